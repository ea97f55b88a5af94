/**
 * Where a run failed and why, for programs: what a person is shown.
 *
 * @module
 */
import type { Value } from "../../expr/value.ts";
import type { Address, Failure } from "../../run/event.ts";
import type { RunState } from "../../run/state.ts";
import { stagePath } from "./part_path.ts";
import { failureLines, jobFailure } from "./tree_row.ts";

/** So many are told. */
export const MAX_TOLD_FAILURES = 100;

/** Of a reason so many characters are told. */
export const MAX_REASON_CHARS = 16_000;

/** So many of the last lines of standard error are told, … */
export const MAX_STDERR_LINES = 10;

/** … and of them so many of the last characters. */
export const MAX_STDERR_CHARS = 4_000;

/** A stage or a job that failed, as documents have it. */
export interface PartFailure {
  /** Its address within the run: `load[os=linux]/fetch`. */
  readonly address: Address;
  /** The same with the names that its author gave. */
  readonly path: string;
  /** The error's class. */
  readonly name: string;
  /** What is so, without the code that a message quotes. */
  readonly reason: string;
  /** What a process ended with; `null` where there was none, or where a signal ended it. */
  readonly exit_code: number | null;
  /** The last lines of what a process said on standard error; `null` where there are none. */
  readonly stderr: string | null;
}

/** Where a run failed: its stages in the order in which they began, then jobs that failed by themselves. */
export function partFailures(state: RunState): readonly PartFailure[] {
  const found: PartFailure[] = [];
  for (const stage of state.stages.values()) {
    const { outcome, scope, failure, address } = stage;
    if (found.length === MAX_TOLD_FAILURES) return found;
    // What a stage failed of that holds stages has been told of these.
    if (outcome !== "failed" || failure === undefined || scope?.failed !== undefined) continue;
    found.push({ address, path: stagePath(stage), ...reasonOf(failure) });
  }
  const jobs = [...state.jobs.values()].flatMap((job) => {
    const failure = jobFailure(job);
    const { id } = job.planned;
    return failure === undefined ? [] : [{ address: id, path: id, ...reasonOf(failure) }];
  });
  return [...found, ...jobs].slice(0, MAX_TOLD_FAILURES);
}

function reasonOf(failure: Failure): Omit<PartFailure, "address" | "path"> {
  const { name, details = {} } = failure;
  const code = details["return_code"];
  return {
    name,
    reason: failureLines(failure).join("\n").slice(`${name}: `.length).slice(0, MAX_REASON_CHARS),
    exit_code: typeof code === "number" && code >= 0 ? code : null,
    stderr: endOf(details["stderr"]),
  };
}

function endOf(stderr: Value | undefined): string | null {
  if (typeof stderr !== "string") return null;
  return stderr.slice(-MAX_STDERR_CHARS).split("\n").slice(-MAX_STDERR_LINES).join("\n");
}
