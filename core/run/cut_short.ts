/**
 * What was under way in a run, or in a part of it, when that was told to end.
 *
 * @module
 */
import type { Address, Reason } from "./event.ts";
import type { RunState } from "./state.ts";

/** The most that is told: a matrix may have a hundred thousand legs. */
export const MAX_CUT_SHORT = 100;

/** A stage that had begun and was ended before it could say how it went. */
export interface CutShort {
  /** The stage. */
  readonly stage: Address;
  /** Which attempt it was at. */
  readonly attempt: number;
  /** When that began, in epoch milliseconds. */
  readonly startedAt: number;
  /** When it was over, in epoch milliseconds. */
  readonly endedAt: number;
  /** Why it was ended. */
  readonly reason?: Reason;
}

/** The stages that an end has cut short, in the order in which they began; stages that hold others are not among them. */
export function cutShort(state: RunState): readonly CutShort[] {
  const found: CutShort[] = [];
  for (const stage of state.stages.values()) {
    const { address, attempt, startedAt, reason } = stage;
    if (stage.outcome !== "cancelled" || attempt === 0 || stage.scope !== undefined) continue;
    const endedAt = stage.settledAt ?? state.at;
    found.push({ stage: address, attempt, startedAt, endedAt, ...(reason && { reason }) });
    if (found.length === MAX_CUT_SHORT) break;
  }
  return found;
}
