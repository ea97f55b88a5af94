/** Whether what came of a case is what must come of it. @module */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openHost } from "../../platform/mod.ts";
import { cancelledStage, withoutCancelled } from "./cancel_signal.ts";
import {
  type Case,
  type Deviation,
  type Json,
  type JsonObject,
  type Outcome,
  unknownIn,
} from "./case.ts";
import { difference, isObject } from "./compare.ts";
import deviations from "./deviations.json" with { type: "json" };
import { runCase } from "./run_case.ts";

/** What is thought of a case. */
export type Verdict =
  | {
    readonly verdict: "passed";
    /** How it differs where the corpus advises to, and no line of ours says so. */
    readonly differs?: string;
  }
  | { readonly verdict: "failed" | "skipped"; readonly why: string };

/** Carries out the case `name` of a folder and judges it. */
export async function judge(folder: string, name: string): Promise<Verdict> {
  try {
    const wanted = await readCase(folder, name);
    const unknown = unknownIn(wanted);
    if (unknown.length > 0) {
      return {
        verdict: "failed",
        why: `Cannot carry out ${unknown.join(", ")}: nothing here does`,
      };
    }
    const skipped = await reasonToSkip(wanted);
    if (skipped !== undefined) return { verdict: "skipped", why: skipped };
    return verdictOf(await runCase(wanted, join(folder, `${name}.yml`)), wanted);
  } catch (error) {
    const why = error instanceof Error ? error.stack ?? error.message : String(error);
    return { verdict: "failed", why };
  }
}

function verdictOf(outcome: Outcome, wanted: Case): Verdict {
  const why = mismatch(outcome, wanted);
  if (why === undefined) return { verdict: "passed" };
  if (wanted.stance !== "deviate" || DEVIATIONS.has(wanted.case)) return { verdict: "failed", why };
  const silence = silenceIn(outcome);
  return silence === undefined
    ? { verdict: "passed", differs: why }
    : { verdict: "failed", why: `${silence}; ${why}` };
}

/** Reads `NAME.expect.json`. */
export async function readCase(folder: string, name: string): Promise<Case> {
  return JSON.parse(await readFile(join(folder, `${name}.expect.json`), "utf8"));
}

/** What the reference and we differ in on purpose, by case. */
export const DEVIATIONS: ReadonlyMap<string, Deviation> = new Map(Object.entries(deviations));

/** A virtual Python is made by `uv`. */
async function reasonToSkip({ python_specific: parts }: Case): Promise<string | undefined> {
  const program = JSON.stringify(parts ?? []).includes("deps:") ? "uv" : undefined;
  if (program === undefined || await openHost().which(program) !== undefined) return undefined;
  return `needs the program "${program}", which is not installed`;
}

function mismatch(outcome: Outcome, wanted: Case): string | undefined {
  const deviation = DEVIATIONS.get(wanted.case);
  if (deviation !== undefined) return deviationMismatch(outcome, deviation);
  if (wanted.executable === false) return cancelMismatch(outcome, wanted);
  return isToldBefore(outcome, wanted) ? undefined : referenceMismatch(outcome, wanted);
}

/**
 * What must hold of a result wherever the corpus advises to differ and no line
 * says how: nothing is lost, and what failed says why (W-01, W-12, W-20, W-46).
 */
function silenceIn(outcome: Outcome): string | undefined {
  if (outcome.kind !== "result") return undefined;
  const { status, context } = outcome;
  if (!ENDED.has(status)) return `the status "${status}" is none that a result may have`;
  if (status === "FAILED" && !isExplained(context)) return "the workflow failed without an error";
  const jobs = Object.entries(isObject(context.jobs) ? context.jobs : {});
  const [silent] =
    jobs.find(([, job]) => isObject(job) && job.status === "FAILED" && !isExplained(job)) ?? [];
  if (silent !== undefined) return `the job "${silent}" failed without an error`;
  const [failed] = jobs.find(([, job]) => isObject(job) && job.status === "FAILED") ?? [];
  return failed !== undefined && status !== "FAILED"
    ? `the job "${failed}" failed, and the workflow has the status "${status}"`
    : undefined;
}

const ENDED: ReadonlySet<string> = new Set(["SUCCESS", "FAILED", "SKIP", "CANCEL"]);

function isExplained({ errors }: JsonObject): boolean {
  return isObject(errors) && Object.keys(errors).length > 0;
}

function referenceMismatch(outcome: Outcome, wanted: Case): string | undefined {
  if (wanted.expected_from_test !== undefined) return testMismatch(outcome, wanted);
  if (wanted.load_error !== undefined) {
    return outcome.kind === "load-error" ? undefined : `it loads, and must not: ${show(outcome)}`;
  }
  if (wanted.raised !== undefined) {
    return outcome.kind === "raised" && outcome.name === wanted.raised.name
      ? undefined
      : `must raise ${wanted.raised.name}: ${show(outcome)}`;
  }
  if (outcome.kind !== "result") return show(outcome);
  if (wanted.status !== null && outcome.status !== wanted.status) {
    return wrongStatus(outcome, wanted);
  }
  const { context, any_of, provenance, volatile, earlier_steps } = wanted;
  const before = earlier_steps?.map(({ status }) => status).join() ?? outcome.earlier.join();
  if (outcome.earlier.join() !== before) {
    return `the steps before gave ${outcome.earlier.join()} and must give ${before}`;
  }
  if (context === null || provenance.includes("status only")) return undefined;
  const found = difference(outcome.context, context, { volatile });
  return found === undefined || any_of === true && isLegal(outcome.context, wanted)
    ? undefined
    : found;
}

/** Whether a result is another one of those that the reference's test allows. */
function isLegal(context: JsonObject, { asserted = [], volatile }: Case): boolean {
  return asserted.some(({ as, equals }) => {
    const is = partOf(context, as);
    return isObject(is) && isObject(equals) && difference(is, equals, { volatile }) === undefined;
  });
}

/** What an assertion speaks of, as the reference's test has it. */
function partOf(context: JsonObject, as: string): Json {
  const [what, job = "", stage = ""] = as.split(":");
  const entry = at(context, ["jobs", job]);
  switch (what) {
    case "jobs":
      return at(context, ["jobs"]);
    case "job":
      return jobPart(entry);
    case "stages":
      return at(entry, ["stages"]);
    case "stage":
      return stagePart(at(entry, ["stages", stage]));
    default:
      return context;
  }
}

/** A job as it is before its workflow takes it in (REFERENCE C-113). */
function jobPart(entry: Json): Json {
  if (!isObject(entry)) return null;
  const { stages, strategies, ...rest } = entry;
  if (isObject(strategies)) return { ...rest, ...strategies };
  const { status = null, errors } = rest;
  const failed = errors === undefined ? {} : { errors };
  return { ...rest, EMPTY: { status, matrix: {}, stages: stages ?? {}, ...failed } };
}

/** A stage as it is before its job takes it in (REFERENCE C-157). */
function stagePart(entry: Json): Json {
  if (!isObject(entry)) return null;
  const { outputs, ...rest } = entry;
  return { ...(isObject(outputs) ? outputs : {}), ...rest };
}

/** What a test of the reference asserts that was not recorded: parts of entries, by path. */
function testMismatch(outcome: Outcome, { expected_from_test = {} }: Case): string | undefined {
  if (outcome.kind !== "result") return show(outcome);
  for (const [path, must] of Object.entries(expected_from_test)) {
    const found = partMismatch(at(outcome.context, path.split(".")), must);
    if (found !== undefined) return `${path}: ${found}`;
  }
  return undefined;
}

const ANYTHING = "<any>";

function partMismatch(is: Json, must: Json): string | undefined {
  if (must === ANYTHING) return undefined;
  if (!isObject(must)) {
    const [one, other] = [JSON.stringify(is), JSON.stringify(must)];
    return one === other ? undefined : `it is ${one} and must be ${other}`;
  }
  const parts = Object.entries(must).map(([name, part]) => partMismatch(at(is, [name]), part));
  return parts.find((part) => part !== undefined);
}

function deviationMismatch(outcome: Outcome, deviation: Deviation): string | undefined {
  if (deviation.load_error !== undefined) {
    return outcome.kind === "load-error" && outcome.message.includes(deviation.load_error)
      ? undefined
      : `must not load with "${deviation.load_error}": ${show(outcome)}`;
  }
  if (outcome.kind !== "result") return show(outcome);
  if (outcome.status !== deviation.status) return wrongStatus(outcome, deviation);
  for (const [path, must] of Object.entries(deviation.expect ?? {})) {
    const is = at(outcome.context, path.split("/"));
    if (JSON.stringify(is) !== JSON.stringify(must)) {
      return `${path} is ${JSON.stringify(is)} and must be ${JSON.stringify(must)}`;
    }
  }
  return undefined;
}

/** A call that is cancelled before anything begins leaves nothing but that. */
function cancelMismatch(outcome: Outcome, wanted: Case): string | undefined {
  if (outcome.kind !== "result") return show(outcome);
  if (outcome.status !== wanted.status) return wrongStatus(outcome, wanted);
  const { context } = outcome;
  if (cancelledStage(wanted.context) > 0) {
    const ended = withoutCancelled(context, wanted.context);
    return difference(isObject(ended) ? ended : {}, wanted.context ?? {}, wanted);
  }
  const begun = ["stages", "EMPTY", "outputs"].find((name) => context[name] !== undefined);
  return begun === undefined ? undefined : `"${begun}" is there although nothing may begin`;
}

const TEMPLATE_MISTAKES: ReadonlySet<string> = new Set([
  "argument-count",
  "argument-not-constant",
  "argument-type",
  "condition-text",
  "condition-type",
  "expression-syntax",
  "filter-input",
  "filter-unknown",
  "function-unknown",
  "name-unknown",
  "operator-type",
  "property-misplaced",
  "property-unknown",
]);

/**
 * Whether the reference fails of a template that is wrong in itself, and we
 * said so before anything ran: the same verdict, sooner (docs/compatibility.md).
 */
function isToldBefore(outcome: Outcome, { status, context }: Case): boolean {
  return outcome.kind === "load-error" && outcome.codes.length > 0 &&
    outcome.codes.every((code) => TEMPLATE_MISTAKES.has(code)) &&
    status === "FAILED" && hasTemplateError(context);
}

/** A template that fails a stage is a `UtilError`, a condition a `StageError`; one of a job leaves no error at all (W-46). */
function hasTemplateError(value: Json): boolean {
  if (!isObject(value)) return false;
  const { status, stages, errors } = value;
  if (isObject(errors) && (errors.name === "UtilError" || errors.name === "StageError")) {
    return true;
  }
  const isSilentJob = status === "FAILED" && stages === undefined && errors === undefined;
  return isSilentJob || Object.values(value).some(hasTemplateError);
}

function at(value: Json | JsonObject, [name, ...rest]: readonly string[]): Json {
  if (name === undefined) return value;
  return isObject(value) ? at(value[name] ?? null, rest) : null;
}

function wrongStatus(
  outcome: Extract<Outcome, { kind: "result" }>,
  { status }: { readonly status?: string | null },
): string {
  return `status is ${outcome.status} and must be ${status}: ${show(outcome)}`;
}

function show(outcome: Outcome): string {
  return JSON.stringify(outcome).slice(0, 600);
}
