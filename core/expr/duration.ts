/**
 * Lengths of time as people and programs write them: `30`, `"30s"`, `"1h30m"`, `"PT1H30M"`.
 *
 * @module
 */

/** The longest time that may be written: a year of 366 days. */
export const MAX_DURATION_MS: number = 366 * 86_400_000;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const WHOLE = /^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/;
const PART = /(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)/g;
/** ISO 8601, without years and months: they differ in length. */
const ISO =
  /^P(?=.)(?:(?<w>\d{1,4})W)?(?:(?<d>\d{1,6})D)?(?:T(?=.)(?:(?<h>\d{1,9})H)?(?:(?<m>\d{1,12})M)?(?:(?<s>\d{1,12}(?:\.\d{1,6})?)S)?)?$/;
const PLAIN_SECONDS = /^\d{1,12}(?:\.\d{1,6})?$/;

/**
 * Milliseconds of a duration: a number of seconds, the same as text, parts
 * with units, or what ISO 8601 makes of it. `undefined` when it is none, is negative, or is beyond
 * {@linkcode MAX_DURATION_MS}.
 *
 * @example
 * ```ts
 * import { parseDuration } from "./duration.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(parseDuration("1h30m"), 5_400_000);
 * equal(parseDuration("PT1H30M"), 5_400_000);
 * equal(parseDuration(0.5), 500);
 * equal(parseDuration("soon"), undefined);
 * ```
 */
export function parseDuration(written: number | string): number | undefined {
  const ms = typeof written === "number" ? written * 1_000 : textMs(written.trim());
  if (ms === undefined || !(ms >= 0 && ms <= MAX_DURATION_MS)) return undefined;
  return Math.round(ms);
}

function textMs(text: string): number | undefined {
  if (PLAIN_SECONDS.test(text)) return Number(text) * 1_000;
  if (text.startsWith("P")) return isoMs(text);
  if (!WHOLE.test(text)) return undefined;
  let sum = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(PART)) {
    sum += Number(amount) * (UNITS[unit] ?? 0);
  }
  return sum;
}

function isoMs(text: string): number | undefined {
  const { groups } = ISO.exec(text) ?? {};
  if (groups === undefined) return undefined;
  const { w = 0, d = 0, h = 0, m = 0, s = 0 } = groups;
  return ((((Number(w) * 7 + Number(d)) * 24 + Number(h)) * 60 + Number(m)) * 60 + Number(s)) *
    1_000;
}
