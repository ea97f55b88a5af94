/**
 * Every text in a workflow that may hold expressions, with where it stands and
 * how it is read.
 *
 * @module
 */
import type { Value } from "../expr/value.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import { type Job, type Stage, stagesOf, type Workflow } from "../model/workflow.ts";
import type { CodeLanguage } from "../model/stage_syntax.ts";
import type { Path } from "../source/document.ts";
import type { CheckFacts } from "./rule.ts";

/** A text that may hold expressions. */
export interface WrittenText {
  /** The text. */
  readonly text: string;
  /** Where it stands. */
  readonly path: Path;
  /** Whether it is a text with holes, one expression in which holes may stand, or code. */
  readonly reading: "template" | "condition" | CodeLanguage;
}

/** All texts of a workflow, in the order of its parts. */
export function* writtenTexts(workflow: Workflow, facts: CheckFacts): Generator<WrittenText> {
  const scriptLang = workflow.scriptLang ?? facts.scriptLang ?? "ts";
  yield* textsIn(workflow.env, [...workflow.path, "env"]);
  for (const job of workflow.jobs.values()) {
    yield* textsOfJob(job);
    for (const stage of stagesOf(job.stages)) yield* textsOfStage(stage, scriptLang);
  }
}

function* textsOfJob(
  { path, condition, strategy, env, outputs, runsOn, ...job }: Job,
): Generator<WrittenText> {
  yield* conditionAt(condition, [...path, "if"]);
  yield* textsIn(env, [...path, "env"]);
  yield* textsIn(outputs ?? {}, [...path, "outputs"]);
  yield* textsIn(runsOn.with, [...path, "runs-on", "with"]);
  yield* textsIn(job.retry?.attempts ?? null, [...path, "retry"]);
  yield* textsIn(job.timeoutMs ?? null, [...path, "timeout"]);
  if (strategy === undefined) return;
  for (const part of ["matrix", "include", "exclude"] as const) {
    yield* textsIn(strategy[part], [...path, "strategy", part]);
  }
  yield* textsIn(strategy.maxParallel, [...path, "strategy", "max-parallel"]);
}

function* textsOfStage(stage: Stage, scriptLang: "ts" | "js" | "python"): Generator<WrittenText> {
  const { path, syntax, input, condition, outputs } = stage;
  yield* textsIn(stage.id ?? null, [...path, "id"]);
  yield* textsIn(stage.name, [...path, "name"]);
  yield* conditionAt(condition, [...path, "if"]);
  yield* textsIn(stage.retry?.attempts ?? null, [...path, "retry"]);
  yield* textsIn(stage.timeoutMs ?? null, [...path, "timeout"]);
  yield* textsIn(outputs ?? {}, [...path, "outputs"]);
  const code = syntax.code?.(input, scriptLang) ?? {};
  for (const [field, value] of Object.entries(input)) {
    const language = code[field];
    if (language !== undefined && typeof value === "string") {
      yield { text: value, path: [...path, field], reading: language };
    } else if (syntax.raw?.includes(field)) {
      yield* conditionAt(value, [...path, field]);
    } else {
      yield* textsIn(value, [...path, field]);
    }
  }
}

function* conditionAt(condition: Value | undefined, path: Path): Generator<WrittenText> {
  if (typeof condition === "string") yield { text: condition, path, reading: "condition" };
}

function* textsIn(value: Value, path: Path): Generator<WrittenText> {
  if (typeof value === "string") {
    yield { text: value, path, reading: "template" };
  } else if (isWrittenList(value)) {
    for (const [at, item] of value.entries()) yield* textsIn(item, [...path, at]);
  } else if (isWrittenMapping(value)) {
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, [...path, key]);
  }
}
