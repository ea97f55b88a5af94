/**
 * Schedules that start nothing, and never will.
 *
 * @module
 */
import type { Schedule } from "../model/triggers.ts";
import { type Calendar, nextSlot, previousSlot } from "./slots.ts";

/** Why a schedule starts nothing: its last slot was over before a scheduler first saw it, or it has none. */
export type NeverStarts = "passed" | "impossible";

/**
 * Why a schedule starts nothing and never will; `undefined` where a slot will
 * come, or a scheduler was there to decide about the last one.
 */
export function neverStarts(
  schedule: Schedule,
  { cursorMs, nowMs, calendar }: {
    /** Slots up to here have been decided; `undefined` where no scheduler has seen it. */
    readonly cursorMs: number | undefined;
    /** The time, on the schedule's own clock. */
    readonly nowMs: number;
    /** Knows when cron texts fire. */
    readonly calendar: Calendar;
  },
): NeverStarts | undefined {
  if (nextSlot(schedule, nowMs, { calendar }) !== undefined) return undefined;
  const lastMs = previousSlot(schedule, nowMs + 1, { calendar });
  if (lastMs === undefined) return "impossible";
  // Whoever decides about a slot moves the cursor on to it; whoever comes too late begins behind it.
  return cursorMs === undefined || cursorMs > lastMs ? "passed" : undefined;
}

/** That in words. */
export const WHY_NEVER: Readonly<Record<NeverStarts, string>> = {
  passed: "its time had passed before a scheduler was there for it",
  impossible: "no year has such a day",
};
