/**
 * How long something took, for people.
 *
 * @module
 */

const TENTH_MS = 100;
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
  // What would be rounded to the next unit is shown in that one.
  if (ms < MINUTE_MS - TENTH_MS / 2) {
    return `${ms % SECOND_MS === 0 ? ms / SECOND_MS : (ms / SECOND_MS).toFixed(1)}s`;
  }
  if (ms < HOUR_MS - SECOND_MS / 2) return inUnits(ms, { large: MINUTE_MS, small: SECOND_MS });
  if (ms < DAY_MS - MINUTE_MS / 2) return inUnits(ms, { large: HOUR_MS, small: MINUTE_MS });
  return inUnits(ms, { large: DAY_MS, small: HOUR_MS });
}

const LETTERS: ReadonlyMap<number, string> = new Map([
  [SECOND_MS, "s"],
  [MINUTE_MS, "m"],
  [HOUR_MS, "h"],
  [DAY_MS, "d"],
]);

function inUnits(
  ms: number,
  { large, small }: { readonly large: number; readonly small: number },
): string {
  const smalls = Math.round(ms / small);
  const perLarge = large / small;
  const rest = String(smalls % perLarge).padStart(2, "0");
  return `${Math.floor(smalls / perLarge)}${LETTERS.get(large)} ${rest}${LETTERS.get(small)}`;
}
