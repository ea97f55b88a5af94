/**
 * Which dates a workflow can be released for (REFERENCE C-087, S-054).
 *
 * @module
 */
import type { Schedule } from "../model/triggers.ts";
import { type Calendar, hasSlot } from "../schedule/slots.ts";

/** A date that can be released, or why it cannot. */
export type ReleaseSlot =
  | { readonly ok: true; readonly atMs: number }
  | { readonly ok: false; readonly message: string };

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * The slot of a date: cut to the minute, else to the second, and one that some
 * schedule of the workflow has, each in its own time zone (W-30). A workflow
 * without a schedule has every minute.
 */
export function judgeRelease(
  schedules: readonly Schedule[],
  { dateMs, calendar }: { readonly dateMs: number; readonly calendar: Calendar },
): ReleaseSlot {
  const minuteMs = cut(dateMs, MINUTE_MS);
  if (schedules.length === 0) return { ok: true, atMs: minuteMs };
  for (const atMs of [minuteMs, cut(dateMs, SECOND_MS)]) {
    const known = schedules.some((schedule) => hasSlot(schedule, atMs, { calendar }));
    if (known) return { ok: true, atMs };
  }
  const known = schedules.map(({ text, timezone }) => `"${text}" (${timezone})`).join(", ");
  const message = `Cannot release for ${
    new Date(minuteMs).toISOString()
  }: the schedule does not have it; it is ${known}`;
  return { ok: false, message };
}

function cut(dateMs: number, unitMs: number): number {
  return Math.floor(dateMs / unitMs) * unitMs;
}
