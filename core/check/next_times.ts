/**
 * When a schedule fires next, in words.
 *
 * @module
 */
import { clockIn } from "../model/clock_text.ts";
import type { CronSchedule } from "../model/triggers.ts";

/** What tells when schedules fire: the time now, and a calendar. */
export interface Clockwork {
  /** Now, in epoch milliseconds. */
  readonly nowMs: number;
  /** The first slot after a moment, if there is one. */
  next(schedule: CronSchedule, afterMs: number): number | undefined;
}

/** How many slots are shown. */
export const SHOWN_TIMES = 5;

/**
 * The next slots of a schedule, as a clock in its zone shows them.
 *
 * @example
 * ```ts
 * import { nextTimes } from "./next_times.ts";
 * import { parseCron } from "../model/cron_text.ts";
 * import { DEFAULT_POLICY } from "../model/schedule_policy.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const parsed = parseCron("0 0 * * *");
 * if (parsed.ok) {
 *   const daily = { type: "cron", text: "daily", cron: "0 0 * * *", fields: parsed.fields,
 *     timezone: "UTC", policy: DEFAULT_POLICY, params: {}, path: [] } as const;
 *   const next = (_: unknown, afterMs: number) => afterMs + 86_400_000;
 *   deepEqual(nextTimes(daily, { nowMs: 0, next })[0], "Fri 1970-01-02 00:00 UTC");
 * }
 * ```
 */
export function nextTimes(
  schedule: CronSchedule,
  { nowMs, next }: Clockwork,
): readonly string[] {
  const clock = clockIn(schedule.timezone);
  const times: string[] = [];
  let atMs = next(schedule, nowMs);
  while (atMs !== undefined && times.length < SHOWN_TIMES) {
    times.push(clock(atMs));
    atMs = next(schedule, atMs);
  }
  return times;
}

/** The next slots as a sentence; `undefined` when there is none. */
export function nextTimesNote(schedule: CronSchedule, clockwork: Clockwork): string | undefined {
  const times = nextTimes(schedule, clockwork);
  if (times.length === 0) return undefined;
  const { timezone } = schedule;
  const where = timezone === "UTC" ? "" : ` (${timezone})`;
  return `it fires next at ${times.join(", ")}${where}`;
}
