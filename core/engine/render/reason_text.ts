/**
 * Why something was skipped, cancelled or tried again, for people.
 *
 * @module
 */
import type { Outcome, Reason } from "../../run/event.ts";
import { durationText } from "./duration_text.ts";

/** A reason as the end of a sentence: "skipped: its condition is false". */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "condition-false":
      return "its condition is false";
    case "needs-skipped":
      return "all that it needs was skipped";
    case "rule-unmet":
      return `its rule ${reason.rule} is not met: "${reason.need}" ${ENDED[reason.outcome]}`;
    case "run-aborted":
      return `the rule of "${reason.by}" was not met, which ended the run`;
    case "all-skipped":
      return "nothing in it ran";
    case "stage-said":
      return reason.message;
    case "requested":
      return `by ${reason.by} (${reason.why})`;
    case "timeout":
      return `it took longer than ${durationText(reason.afterMs)}`;
    case "fail-fast":
      return "another one failed";
    case "attempt-failed":
      return "the attempt failed";
    case "lost":
      return "its engine died";
    case "kept":
      return "kept from an earlier run";
    case "no-room":
      return `concurrency group "${reason.group}" has no room`;
    case "overridden":
      return `set by ${reason.by} (${reason.why})`;
    default:
      return reason satisfies never;
  }
}

const ENDED: Readonly<Record<Outcome, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  skipped: "was skipped",
  cancelled: "was cancelled",
};
