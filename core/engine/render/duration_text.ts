/**
 * How long something took, for people.
 *
 * @module
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A duration in its two largest units: `8ms`, `1.2s`, `30s`, `1m 05s`, `2h 03m`.
 *
 * @example
 * ```ts
 * import { durationText } from "./duration_text.ts";
 *
 * console.assert(durationText(8) === "8ms");
 * console.assert(durationText(1_240) === "1.2s");
 * console.assert(durationText(65_000) === "1m 05s");
 * ```
 */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < MINUTE_MS && ms % SECOND_MS === 0) return `${ms / SECOND_MS}s`;
  // What would be rounded to the next unit is shown in that one.
  if (ms < MINUTE_MS - 50) return `${(ms / SECOND_MS).toFixed(1)}s`;
  if (ms < HOUR_MS) return pair(ms, { large: MINUTE_MS, small: SECOND_MS, units: "ms" });
  if (ms < DAY_MS) return pair(ms, { large: HOUR_MS, small: MINUTE_MS, units: "hm" });
  return pair(ms, { large: DAY_MS, small: HOUR_MS, units: "dh" });
}

function pair(
  ms: number,
  { large, small, units }: {
    readonly large: number;
    readonly small: number;
    readonly units: string;
  },
): string {
  const smalls = Math.round(ms / small);
  const perLarge = large / small;
  const rest = String(smalls % perLarge).padStart(2, "0");
  return `${Math.floor(smalls / perLarge)}${units[0]} ${rest}${units[1]}`;
}
