/**
 * The language of one plan: its stage kinds, loaded, with the functions and
 * filters that are installed.
 *
 * @module
 */
import { z } from "zod";
import { evaluateText } from "../expr/condition.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { renderDeep } from "../expr/template.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { ExpansionFacts, Round } from "../plan/expansion.ts";
import type { Plan, PlannedStage } from "../plan/plan.ts";
import type { Registry } from "../plugin/registry.ts";
import type { StageKind } from "../plugin/stage_kind.ts";
import type { Language } from "../run/contexts.ts";
import { plainValues } from "./plain_values.ts";

/** A language with the stage kinds it was made of. */
export interface LoadedLanguage extends Language {
  /** The kind of a planned stage. Throws when the plan names one that was not loaded. */
  kindOf(stage: PlannedStage): StageKind;
}

/** Loads the stage kinds that a plan uses. Throws a `RangeError` for one that is not installed. */
export async function loadLanguage(
  plan: Plan,
  options: { readonly registry: Registry; readonly runners: ReadonlySet<string> },
): Promise<LoadedLanguage> {
  const { registry, runners } = options;
  const names = [...new Set(plan.jobs.flatMap((job) => kindNames(job.stages)))];
  const kinds = new Map<string, StageKind>();
  for (const name of names) kinds.set(name, await registry.kind(name));
  const kindOf = (stage: PlannedStage): StageKind => {
    const kind = kinds.get(stage.kind);
    if (kind === undefined) {
      throw new Error(`Internal error: stage kind "${stage.kind}" was not loaded`);
    }
    return kind;
  };
  return {
    functions: registry.functions,
    filters: registry.filters,
    hasRunner: (type) => runners.has(type),
    kindOf,
    expand: (stage, { context, rounds }) => {
      const kind = kindOf(stage);
      if (!kind.composite) {
        throw new Error(`Internal error: stage kind "${kind.name}" holds no stages`);
      }
      return kind.expand(renderInput(stage, { kind, context }), factsOf(context, rounds));
    },
  };
}

/**
 * The fields of a stage with their templates rendered, checked by the kind's
 * schema once more: a template that gave text where a number is needed is an
 * error here. Throws {@linkcode ExpressionError}.
 */
export function renderInput(
  stage: PlannedStage,
  { kind, context }: { readonly kind: StageKind; readonly context: EvaluationContext },
): ValueObject {
  const kept = new Set([
    ...kind.raw ?? [],
    ...bodyFields(kind, stage.input),
    ...codeFields(kind, stage.input),
  ]);
  const rendered: Record<string, Value> = Object.create(null);
  for (const [name, value] of Object.entries(stage.input)) {
    rendered[name] = kept.has(name) ? value : renderDeep(value, context);
  }
  const parsed = z.strictObject(kind.fields).safeParse(rendered);
  if (parsed.success) return plainValues(parsed.data);
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new ExpressionError(`Cannot use "${field}": ${issue?.message ?? "it does not fit"}`, {
    name: "ValueError",
  });
}

function factsOf(context: EvaluationContext, rounds: readonly Round[]): ExpansionFacts {
  return {
    rounds,
    evaluate: (text, bindings = {}) => evaluateText(text, withBindings(context, bindings)),
    render: (value) => renderDeep(value, context),
  };
}

/** A context that knows some further names. */
export function withBindings(context: EvaluationContext, bindings: ValueObject): EvaluationContext {
  return {
    ...context,
    lookup: (name) => Object.hasOwn(bindings, name) ? bindings[name] : context.lookup(name),
  };
}

function bodyFields(kind: StageKind, input: ValueObject): string[] {
  return Object.values(kind.bodies?.(input) ?? {}).map(([field]) => String(field));
}

function codeFields(kind: StageKind, input: ValueObject): string[] {
  return Object.keys(kind.code?.(input, "ts") ?? {});
}

function kindNames(stages: readonly PlannedStage[]): string[] {
  return stages.flatMap((stage) => [
    stage.kind,
    ...Object.values(stage.bodies ?? {}).flatMap(kindNames),
  ]);
}
