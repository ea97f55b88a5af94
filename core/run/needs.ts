/**
 * Whether a job may run, seen from the jobs that it needs
 * (REFERENCE §1.15 and §2, "Dependency decision").
 *
 * @module
 */
import type { JobId, TriggerRule } from "../plan/plan.ts";
import type { Outcome, Reason } from "./event.ts";

/** How one needed job ended. */
export interface Need {
  /** The job. */
  readonly id: JobId;
  /** How it ended. */
  readonly outcome: Outcome;
}

/**
 * `undefined` when the rule lets the job run; otherwise why it is skipped.
 *
 * A need that was cancelled stops every rule but `all_done`: what was called
 * off must not be built upon (W-18).
 */
export function judgeNeeds(rule: TriggerRule, needs: readonly Need[]): Reason | undefined {
  if (needs.length === 0 || rule === "all_done" && needs.some(ran)) return undefined;
  if (!needs.some(ran)) return { kind: "needs-skipped" };
  const culprit = needs.find((need) => need.outcome === "cancelled") ?? culpritOf(rule, needs);
  return culprit && { kind: "rule-unmet", rule, need: culprit.id, outcome: culprit.outcome };
}

/** What the outcomes of its needs look like to `success()`, `failure()` and `cancelled()`. */
export function statusOfNeeds(needs: readonly Need[]): "success" | "failure" | "cancelled" {
  if (needs.some((need) => need.outcome === "failed")) return "failure";
  return needs.some((need) => need.outcome === "cancelled") ? "cancelled" : "success";
}

function culpritOf(rule: TriggerRule, needs: readonly Need[]): Need | undefined {
  switch (rule) {
    case "all_success":
      return needs.find((need) => need.outcome === "failed") ??
        needs.find((need) => need.outcome === "skipped");
    case "all_failed":
      return needs.find((need) => need.outcome !== "failed");
    case "all_done":
      return undefined;
    case "one_success":
      return needs.some((need) => need.outcome === "succeeded") ? undefined : needs[0];
    case "one_failed":
      return needs.some((need) => need.outcome === "failed") ? undefined : needs[0];
    case "none_failed":
      return needs.find((need) => need.outcome === "failed");
    case "none_skipped":
      return needs.find((need) => need.outcome === "skipped");
    default:
      return rule satisfies never;
  }
}

function ran(need: Need): boolean {
  return need.outcome !== "skipped";
}
