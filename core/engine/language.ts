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
import { LOCAL } from "./attempt_runner.ts";
import { plainValues } from "./plain_values.ts";
import { templateVariable } from "./stage_environment.ts";

/** A language with the stage kinds it was made of. */
export interface LoadedLanguage extends Language {
  /** The kind of a planned stage. Throws when the plan names one that was not loaded. */
  kindOf(stage: PlannedStage): StageKind;
  /**
   * The fields of a stage with their templates rendered, checked by the kind's
   * schema once more: a template that gave text where a number is needed is an
   * error here. Throws {@linkcode ExpressionError}.
   */
  inputOf(
    stage: PlannedStage,
    context: EvaluationContext,
    options?: { readonly secrets?: FieldSecrets },
  ): ValueObject;
}

/** The secrets that the fields of a stage see. */
export interface FieldSecrets {
  /** What the expressions in a field see. */
  contextOf(field: string, kind: StageKind, context: EvaluationContext): EvaluationContext;
  /** Told what rendering has made of a field. */
  taint(written: Value, rendered: Value): void;
}

/** What a language is loaded with. */
export interface LanguageOptions {
  /** What is installed. */
  readonly registry: Registry;
  /** The engine's environment, for `${NAME}` in the author's own text (REFERENCE C-358); looked at only where there is one. */
  readonly env: Readonly<Record<string, string>>;
}

interface LoadedKind {
  readonly kind: StageKind;
  readonly schema: z.ZodObject;
}

/** Loads the stage kinds that a plan uses. Throws a `RangeError` for one that is not installed. */
export async function loadLanguage(plan: Plan, options: LanguageOptions): Promise<LoadedLanguage> {
  const { registry } = options;
  const runners = new Set([LOCAL, ...registry.runnerNames]);
  const kinds = new Map<string, LoadedKind>();
  for (const name of new Set(plan.jobs.flatMap((job) => kindNames(job.stages)))) {
    const kind = await registry.kind(name);
    kinds.set(name, { kind, schema: schemaOf(kind) });
  }
  const loaded = (stage: PlannedStage): LoadedKind => {
    const found = kinds.get(stage.kind);
    if (found !== undefined) return found;
    throw new Error(`Internal error: stage kind "${stage.kind}" was not loaded`);
  };
  const variable = templateVariable(() => options.env);
  const inputOf: LoadedLanguage["inputOf"] = (stage, context, { secrets } = {}) => {
    const { kind, schema } = loaded(stage);
    const kept = keptFields(kind, stage.input);
    const rendered: Record<string, Value> = {};
    for (const [name, value] of Object.entries(stage.input)) {
      if (kept.has(name)) rendered[name] = value;
      else {
        const seen = secrets?.contextOf(name, kind, context) ?? context;
        rendered[name] = renderDeep(value, seen, { env: variable, unsetIsNull: true });
        secrets?.taint(value, rendered[name]);
      }
    }
    return parsed(schema, rendered);
  };
  return {
    functions: registry.functions,
    filters: registry.filters,
    hasRunner: (type) => runners.has(type),
    kindOf: (stage) => loaded(stage).kind,
    inputOf,
    expand: (stage, { context, rounds }) => {
      const { kind } = loaded(stage);
      if (kind.composite) {
        return kind.expand(inputOf(stage, context), factsOf(context, { rounds, variable }));
      }
      throw new Error(`Internal error: stage kind "${kind.name}" holds no stages`);
    },
  };
}

/** A schema is compiled when it is first used, so a kind has one for all runs. */
const SCHEMAS = new WeakMap<StageKind, z.ZodObject>();

function schemaOf(kind: StageKind): z.ZodObject {
  const known = SCHEMAS.get(kind);
  if (known !== undefined) return known;
  const schema = z.strictObject(kind.fields);
  SCHEMAS.set(kind, schema);
  return schema;
}

function parsed(schema: z.ZodObject, rendered: ValueObject): ValueObject {
  const result = schema.safeParse(rendered);
  if (result.success) return plainValues(result.data);
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new ExpressionError(`Cannot use "${field}": ${issue?.message ?? "it does not fit"}`, {
    name: "ValueError",
  });
}

/** What is kept as written: lists of stages, code, and what the kind evaluates itself. */
function keptFields(kind: StageKind, input: ValueObject): ReadonlySet<string> {
  return new Set([
    ...kind.raw ?? [],
    ...Object.values(kind.bodies?.(input) ?? {}).map(([field]) => String(field)),
    ...Object.keys(kind.code?.(input, "ts") ?? {}),
  ]);
}

function factsOf(
  context: EvaluationContext,
  { rounds, variable }: {
    readonly rounds: readonly Round[];
    readonly variable: (name: string) => string | undefined;
  },
): ExpansionFacts {
  return {
    rounds,
    evaluate: (text, bindings = {}) => evaluateText(text, withBindings(context, bindings)),
    render: (value) => renderDeep(value, context, { env: variable, unsetIsNull: true }),
  };
}

/** A context that knows some further names. */
export function withBindings(context: EvaluationContext, bindings: ValueObject): EvaluationContext {
  return {
    ...context,
    lookup: (name) => Object.hasOwn(bindings, name) ? bindings[name] : context.lookup(name),
  };
}

function kindNames(stages: readonly PlannedStage[]): string[] {
  return stages.flatMap((stage) => [
    stage.kind,
    ...Object.values(stage.bodies ?? {}).flatMap(kindNames),
  ]);
}
