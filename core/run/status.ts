/**
 * The words for an outcome at the edges: the reference's statuses and the
 * results that `needs.<job>.result` gives (REFERENCE S-102, C-260).
 *
 * @module
 */
import type { Outcome } from "./event.ts";

/** A status as users and scripts see it; `WAIT` is anything that has not ended. */
export type Status = "SUCCESS" | "FAILED" | "SKIP" | "CANCEL" | "WAIT";

const STATUS: Readonly<Record<Outcome, Status>> = {
  succeeded: "SUCCESS",
  failed: "FAILED",
  skipped: "SKIP",
  cancelled: "CANCEL",
};

/** What `needs.<job>.result` says. */
export type JobResult = "success" | "failure" | "skipped" | "cancelled";

const RESULT: Readonly<Record<Outcome, JobResult>> = {
  succeeded: "success",
  failed: "failure",
  skipped: "skipped",
  cancelled: "cancelled",
};

const OUTCOME = new Map<string, Outcome>([
  ["SUCCESS", "succeeded"],
  ["FAILED", "failed"],
  ["SKIP", "skipped"],
  ["CANCEL", "cancelled"],
]);

/** The status of something that ended so, or has not ended. */
export function statusOf(outcome: Outcome | undefined): Status {
  return outcome === undefined ? "WAIT" : STATUS[outcome];
}

/** The result of a job that ended so; one that never ran counts as skipped. */
export function resultOf(outcome: Outcome | undefined): JobResult {
  return RESULT[outcome ?? "skipped"];
}

/** The outcome that a final status stands for; `undefined` for `WAIT` and anything else. */
export function outcomeOf(status: string): Outcome | undefined {
  return OUTCOME.get(status);
}

/** What people write for a status besides its own name: the words of outcomes, results and commands. */
const SPELLINGS = new Map<string, Status>([
  ["SUCCEEDED", "SUCCESS"],
  ["FAILURE", "FAILED"],
  ["SKIPPED", "SKIP"],
  ["CANCELLED", "CANCEL"],
  ["CANCELED", "CANCEL"],
  ["WAITING", "WAIT"],
  ["QUEUED", "WAIT"],
]);

/** A status as somebody wrote it, in capitals and by its own name: `cancelled` is `CANCEL`. */
export function statusWritten(text: string): string {
  const name = text.trim().toUpperCase();
  return SPELLINGS.get(name) ?? name;
}
