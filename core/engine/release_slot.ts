/**
 * Which dates a workflow can be released for (REFERENCE C-087, S-054).
 *
 * @module
 */
import type { Schedule } from "../model/triggers.ts";

/** A date that can be released, or why it cannot. */
export type ReleaseSlot =
  | { readonly ok: true; readonly atMs: number }
  | { readonly ok: false; readonly message: string };

/** Whether a schedule fires at a moment; a plugin that knows cron answers. */
export type FiresAt = (schedule: Schedule, atMs: number) => boolean;

const MINUTE_MS = 60_000;

/**
 * The slot of a date: cut to the minute, and one that some schedule of the
 * workflow has, each in its own time zone (W-30). A workflow without a schedule
 * has every slot.
 */
export function judgeRelease(
  schedules: readonly Schedule[],
  { dateMs, firesAt }: { readonly dateMs: number; readonly firesAt: FiresAt },
): ReleaseSlot {
  const atMs = dateMs - (((dateMs % MINUTE_MS) + MINUTE_MS) % MINUTE_MS);
  if (schedules.length === 0 || schedules.some((schedule) => firesAt(schedule, atMs))) {
    return { ok: true, atMs };
  }
  const known = schedules.map(({ cron, timezone }) => `"${cron}" (${timezone})`).join(", ");
  const message = `Cannot release for ${
    new Date(atMs).toISOString()
  }: the schedule does not have it; it is ${known}`;
  return { ok: false, message };
}
