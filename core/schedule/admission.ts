/**
 * Decides what becomes of a slot whose time has come, in view of what is under
 * way.
 *
 * @module
 */
import type { Overlap } from "../model/schedule_policy.ts";

/** Start its run now, leave it out, or keep it until something has ended; `replace` asks what is under way to end first. */
export type Admission = "start" | "skip" | "wait" | "replace";

/** What is under way. */
export interface Traffic {
  /** Runs of the same workflow that have not ended. */
  readonly underWay: number;
  /** Whether a newer slot of the same workflow has come as well. */
  readonly isSuperseded: boolean;
}

/** What becomes of a slot. */
export function admit(overlap: Overlap, { underWay, isSuperseded }: Traffic): Admission {
  if (overlap === "cancel-running" && isSuperseded) return "skip";
  if (underWay === 0) return "start";
  switch (overlap) {
    case "allow":
      return "start";
    case "skip":
      return "skip";
    case "queue":
      return "wait";
    case "cancel-running":
      return "replace";
    default:
      return overlap satisfies never;
  }
}
