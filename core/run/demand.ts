/**
 * What a state asks of the world.
 *
 * @module
 */
import type { Address } from "./event.ts";
import type { RunState, StageState } from "./state.ts";

/** One attempt that has begun and not been reported on. */
export interface Attempt {
  /** `stage#n`: unique within the run. */
  readonly key: string;
  /** The stage. */
  readonly address: Address;
  /** Which attempt, from 1. */
  readonly attempt: number;
  /** The stage's state, for its input and what it sees. */
  readonly stage: StageState;
  /** Whether it should be under way, or end as soon as it can. */
  readonly wanted: boolean;
}

/**
 * Every attempt that waits for a report. The engine begins the wanted ones that
 * are not under way, aborts the unwanted ones that are, and reports on unwanted
 * ones that it never began; so a crash, a cancellation and a normal step all
 * end in the same comparison.
 */
export function demand(state: RunState): Attempt[] {
  return Array.from(state.live.values(), attemptOf);
}

/**
 * The part of the demand that may have changed since this was last asked: what
 * began or is to end. The rest need not be compared again, so that a turn of a
 * run costs nothing for each of 10,000 attempts that just go on.
 */
export function changedDemand(state: RunState): Attempt[] {
  const changed: Attempt[] = [];
  for (let stage = state.stirred.take(); stage !== undefined; stage = state.stirred.take()) {
    if (state.live.has(stage.address)) changed.push(attemptOf(stage));
  }
  return changed;
}

function attemptOf(stage: StageState): Attempt {
  const { address, attempt, cancel } = stage;
  return {
    key: attemptKey(address, attempt),
    address,
    attempt,
    stage,
    wanted: cancel === undefined,
  };
}

/** Whether the run stands in line for a permit. Clean-up needs none, so an end ends the waiting too. */
export function wantsPermit({ permit, phase }: RunState): boolean {
  return permit === "wanted" && phase === "running";
}

/** Whether the run keeps a permit from others. */
export function keepsPermit({ permit, phase }: RunState): boolean {
  return permit === "held" && phase !== "settled";
}

/** The name of an attempt within its run. */
export function attemptKey(address: Address, attempt: number): string {
  return `${address}#${attempt}`;
}

/**
 * When the state next wants to be woken, in epoch milliseconds; `Infinity` for
 * never. It may have passed already: then something became due while nobody
 * looked.
 */
export function wakeTime(state: RunState): number {
  return state.dues.soonest();
}
