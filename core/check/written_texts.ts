/**
 * Every text in a workflow that may hold expressions, with where it stands and
 * how it is read.
 *
 * @module
 */
import type { Value } from "../expr/value.ts";
import { type CodeLanguage, takesSecrets } from "../model/stage_syntax.ts";
import { type DeclaredOutputs, outputTypeOf, templateOf } from "../model/declared_output.ts";
import type { Job, Workflow } from "../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import type { Path } from "../source/document.ts";
import type { CheckFacts } from "./check_facts.ts";
import { type PlacedStage, placedStages, type Site, within } from "./site.ts";
import {
  ANY,
  arrayOf,
  BOOL,
  mergeTypes,
  NUMBER,
  STRING,
  type Type,
  typeOfOutput,
} from "./types/mod.ts";

/** A text that may hold expressions. */
export interface WrittenText {
  /** The text. */
  readonly text: string;
  /** Where it stands. */
  readonly path: Path;
  /** Whether it is a text with holes, one expression in which holes may stand, or code. */
  readonly reading: "template" | "condition" | CodeLanguage;
  /** What it can see. */
  readonly site: Site;
  /** What it must give, where that is not anything. */
  readonly expects?: Expectation;
}

/** What a template must give. */
export interface Expectation {
  /** What it is for: `an axis of a matrix`. */
  readonly what: string;
  /** The type. */
  readonly type: Type;
}

const COUNT: Type = mergeTypes([NUMBER, STRING]);
const RETRY: Expectation = { what: "a retry", type: COUNT };
const TIMEOUT: Expectation = { what: "a timeout", type: COUNT };
const MAX_PARALLEL: Expectation = { what: '"max-parallel"', type: COUNT };
const AXIS: Expectation = { what: "an axis of a matrix", type: arrayOf(ANY) };
const CONDITION: Expectation = { what: "a condition", type: BOOL };

/** All texts of a workflow, in the order of its parts. */
export function* writtenTexts(workflow: Workflow, facts: CheckFacts): Generator<WrittenText> {
  const scriptLang = workflow.scriptLang ?? facts.scriptLang ?? "ts";
  yield* textsIn(workflow.concurrency?.group ?? null, {
    path: groupPath(workflow),
    site: { onlyParams: true },
  });
  yield* textsIn(workflow.env, { path: [...workflow.path, "env"], site: { takesSecrets: true } });
  for (const job of workflow.jobs.values()) {
    yield* textsOfJob(job);
    for (const placed of placedStages(job)) yield* textsOfStage(placed, job, scriptLang);
  }
}

/** The name of the group stands by itself, or in a mapping. */
function groupPath({ path, definition }: Workflow): Path {
  const own = [...path, "concurrency"];
  return isWrittenMapping(definition.concurrency ?? null) ? [...own, "group"] : own;
}

interface Spot {
  readonly path: Path;
  readonly site: Site;
  readonly expects?: Expectation | undefined;
}

function* textsOfJob(job: Job): Generator<WrittenText> {
  const { path, condition, strategy, env, outputs, runsOn } = job;
  const at = (...keys: readonly string[]): Spot => ({ path: [...path, ...keys], site: { job } });
  yield* conditionAt(condition, at("if"));
  if (strategy !== undefined) yield* textsOfStrategy(strategy, at("strategy"));
  yield* textsIn(job.retry?.attempts ?? null, { ...at("retry"), expects: RETRY });
  yield* textsIn(job.timeoutMs ?? null, { ...at("timeout"), expects: TIMEOUT });
  yield* textsIn(runsOn.with, at("runs-on", "with"));
  // The environment is rendered for each stage, and outputs when all of them have ended.
  const behindAll = { stages: job.stages, before: job.stages.length };
  const inStages: Site = { job, branch: behindAll, everyStage: true, takesSecrets: true };
  yield* textsIn(env, { path: [...path, "env"], site: inStages });
  yield* textsOfOutputs(outputs, { path: [...path, "outputs"], site: siteOfOutputs(job) });
}

/** What the declared outputs of a job see: all its stages, unless there are many legs of them. */
export function siteOfOutputs(job: Job): Site {
  if (job.strategy !== undefined) return { job, ofAllLegs: true };
  return { job, branch: { stages: job.stages, before: job.stages.length } };
}

function* textsOfStrategy(
  strategy: NonNullable<Job["strategy"]>,
  { path, site }: Spot,
): Generator<WrittenText> {
  const matrix = { path: [...path, "matrix"], site };
  if (isWrittenMapping(strategy.matrix)) {
    for (const [axis, values] of Object.entries(strategy.matrix)) {
      const spot = { path: [...matrix.path, axis], site };
      yield* textsIn(values, typeof values === "string" ? { ...spot, expects: AXIS } : spot);
    }
  } else yield* textsIn(strategy.matrix, matrix);
  yield* textsIn(strategy.include, { path: [...path, "include"], site });
  yield* textsIn(strategy.exclude, { path: [...path, "exclude"], site });
  yield* textsIn(strategy.maxParallel, {
    path: [...path, "max-parallel"],
    site,
    expects: MAX_PARALLEL,
  });
}

function* textsOfStage(
  { stage, branch }: PlacedStage,
  job: Job,
  scriptLang: "ts" | "js" | "python",
): Generator<WrittenText> {
  const { path, syntax, input, condition, outputs } = stage;
  const site: Site = { job, branch, stage };
  const at = (key: string): Spot => ({ path: [...path, key], site });
  yield* textsIn(stage.id ?? null, at("id"));
  yield* textsIn(stage.name, at("name"));
  yield* conditionAt(condition, at("if"));
  yield* textsIn(stage.retry?.attempts ?? null, { ...at("retry"), expects: RETRY });
  yield* textsIn(stage.timeoutMs ?? null, { ...at("timeout"), expects: TIMEOUT });
  const code = syntax.code?.(input, scriptLang) ?? {};
  const isLeaf = syntax.bodies === undefined;
  for (const [field, value] of Object.entries(input)) {
    const language = code[field];
    const ownSite = isLeaf && takesSecrets(syntax, field) ? { ...site, takesSecrets: true } : site;
    if (language !== undefined && typeof value === "string") {
      yield { text: value, reading: language, path: [...path, field], site: ownSite };
    } else if (syntax.scope?.boundIn?.includes(field)) {
      yield* conditionAt(value, {
        ...at(field),
        site: { ...site, branch: within({ stage, branch }, []) },
      });
    } else if (syntax.raw?.includes(field) && typeof value === "string") {
      yield { text: value, reading: "condition", path: [...path, field], site };
    } else {
      yield* textsIn(value, { path: [...path, field], site: ownSite });
    }
  }
  yield* textsOfOutputs(outputs, { ...at("outputs"), site: { ...site, seesOutputs: true } });
}

function* textsOfOutputs(
  outputs: DeclaredOutputs | undefined,
  { path, site }: Spot,
): Generator<WrittenText> {
  for (const [name, output] of Object.entries(outputs ?? {})) {
    const type = outputTypeOf(output);
    const expects = { what: `output "${name}"`, type: typeOfOutput(type) };
    yield* textsIn(templateOf(output), {
      path: typeof output === "string" ? [...path, name] : [...path, name, "value"],
      site,
      ...(type !== "any" && { expects }),
    });
  }
}

function* conditionAt(condition: Value | undefined, spot: Spot): Generator<WrittenText> {
  if (typeof condition !== "string") return;
  yield { text: condition, ...spot, reading: "condition", expects: CONDITION };
}

function* textsIn(value: Value, spot: Spot): Generator<WrittenText> {
  if (typeof value === "string") {
    const { expects, ...place } = spot;
    yield { text: value, ...place, reading: "template", ...(expects && { expects }) };
  } else if (isWrittenList(value)) {
    for (const [at, item] of value.entries()) {
      yield* textsIn(item, { path: [...spot.path, at], site: spot.site });
    }
  } else if (isWrittenMapping(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield* textsIn(item, { path: [...spot.path, key], site: spot.site });
    }
  }
}
