/**
 * Moments as people write them: a date and a time of day, on the clock of a
 * time zone or with its distance from UTC.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";

/** A moment, or why the text is none. */
export type ReadMoment =
  | { readonly ok: true; readonly atMs: number }
  | { readonly ok: false; readonly message: string };

const DAY_MS = 86_400_000;

/**
 * The moment that a text names. Without a distance from UTC it is read on the
 * clock of `timezone`: a time that this clock shows twice is the first one, and
 * a time that it skips is refused.
 *
 * @example
 * ```ts
 * import { momentOf } from "./moment.ts";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * deepEqual(momentOf("2026-07-01T09:00", "Europe/Berlin"), {
 *   ok: true,
 *   atMs: Date.UTC(2026, 6, 1, 7),
 * });
 * equal(momentOf("2026-03-29T02:30", "Europe/Berlin").ok, false);
 * ```
 */
export function momentOf(text: string, timezone: string): ReadMoment {
  const written = Datetime.parse(text.trim());
  if (written === undefined) {
    const example =
      'write a date and a time such as "2027-01-31T09:00" or "2027-01-31T09:00+01:00"';
    return { ok: false, message: `Cannot read the moment "${text}": ${example}` };
  }
  if (written.offsetMinutes !== undefined) return { ok: true, atMs: written.epochMs };
  const [first] = momentsOfClock(written.epochMs, timezone);
  if (first !== undefined) return { ok: true, atMs: first };
  const message = `There is no "${text}" in ${timezone}: clocks are put forward over it that day`;
  return { ok: false, message };
}

/** When a zone's clock reads as one in UTC does at `clockMs`: once, twice or never. */
function momentsOfClock(clockMs: number, timezone: string): readonly number[] {
  const offsets = [offsetMs(clockMs - DAY_MS, timezone), offsetMs(clockMs + DAY_MS, timezone)];
  return [...new Set(offsets.map((offset) => clockMs - offset))]
    .filter((atMs) => atMs + offsetMs(atMs, timezone) === clockMs)
    .sort((one, other) => one - other);
}

/** How far a zone's clock is ahead of UTC at a moment. */
function offsetMs(atMs: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(atMs);
  const part = (type: string) => Number(parts.find((it) => it.type === type)?.value);
  const clockMs = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return clockMs - Math.floor(atMs / 1_000) * 1_000;
}
