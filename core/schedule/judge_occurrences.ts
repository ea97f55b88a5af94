/**
 * Decides which of the things that triggers have told of start runs.
 *
 * @module
 */
import type { SchedulePolicy } from "../model/schedule_policy.ts";
import { MAX_CATCH_UP_SLOTS, ON_TIME_MS } from "./judge_schedule.ts";
import type { SlotRange } from "./missed_slots.ts";
import type { Pause } from "./schedule_cursors.ts";

/** When something happened. */
export interface Happened {
  /** In epoch milliseconds. */
  readonly atMs: number;
}

/** What occurrences are judged by. */
export interface OccurrenceFacts extends Pause {
  /** The time. */
  readonly nowMs: number;
  /** The policy of the workflow. */
  readonly policy: SchedulePolicy;
}

/** What becomes of occurrences. */
export interface OccurrenceJudgement<T extends Happened> {
  /** Those that are to start runs, oldest first. */
  readonly due: readonly T[];
  /** Those that nobody was there for and that start nothing: from when to when, and how many. */
  readonly missed?: SlotRange & { readonly count: number };
}

/**
 * Judges occurrences, oldest first, as slots of schedules are: one that is told
 * within a minute is on time, the policy says what becomes of older ones, and
 * what happens during a pause starts nothing.
 */
export function judgeOccurrences<T extends Happened>(
  occurrences: readonly T[],
  { nowMs, paused, endedMs, policy: { catchUp, catchUpWindowMs } }: OccurrenceFacts,
): OccurrenceJudgement<T> {
  const wanted = paused ? [] : occurrences.filter(({ atMs }) => atMs > endedMs);
  const old = wanted.filter(({ atMs }) => nowMs - atMs > ON_TIME_MS);
  const onTime = wanted.slice(old.length);
  const young = old.filter(({ atMs }) => nowMs - atMs <= catchUpWindowMs);
  const caughtUp = { none: 0, latest: onTime.length > 0 ? 0 : 1, all: MAX_CATCH_UP_SLOTS }[catchUp];
  const due = [...young.slice(Math.max(0, young.length - caughtUp)), ...onTime];
  // What a newer one stands in for is not missed.
  const left = old.slice(0, old.length - (due.length - onTime.length));
  const [first] = left;
  if (first === undefined || (catchUp === "latest" && due.length > 0)) return { due };
  const lastMs = left.at(-1)?.atMs ?? first.atMs;
  return { due, missed: { firstMs: first.atMs, lastMs, count: left.length } };
}
