/**
 * What a state asks of the world.
 *
 * @module
 */
import type { Address } from "./event.ts";
import type { RunState, StageState } from "./state.ts";

/** One attempt that should be under way, named so that it is begun once. */
export interface Attempt {
  /** `stage#n`: unique within the run. */
  readonly key: string;
  /** The stage. */
  readonly address: Address;
  /** Which attempt, from 1. */
  readonly attempt: number;
  /** The stage's state, for its input and what it sees. */
  readonly stage: StageState;
}

/**
 * Every attempt that should be under way in `state`. The engine begins those
 * that are not, and aborts those that are but should not be; so a crash, a
 * cancellation and a normal step all end in the same comparison.
 */
export function demand(state: RunState): Attempt[] {
  const attempts: Attempt[] = [];
  for (const [address, stage] of state.live) {
    if (stage.cancel !== undefined) continue;
    const { attempt } = stage;
    attempts.push({ key: attemptKey(address, attempt), address, attempt, stage });
  }
  return attempts;
}

/** The name of an attempt within its run. */
export function attemptKey(address: Address, attempt: number): string {
  return `${address}#${attempt}`;
}

/**
 * When the state next wants to be woken, in epoch milliseconds; `Infinity` for
 * never. What was due by `afterMs` has been looked at: if it is still there, it
 * waits for something other than time.
 */
export function wakeTime(state: RunState, afterMs: number): number {
  let soonest = Infinity;
  for (const dueAt of state.dues.values()) {
    if (dueAt > afterMs && dueAt < soonest) soonest = dueAt;
  }
  return soonest;
}
