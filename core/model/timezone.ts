/**
 * Time zones.
 *
 * @module
 */

/**
 * Whether the runtime knows a time zone of this name.
 *
 * @example
 * ```ts
 * import { isTimezone } from "./timezone.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(isTimezone("Asia/Bangkok"), true);
 * equal(isTimezone("Mars/Olympus"), false);
 * ```
 */
export function isTimezone(name: string): boolean {
  if (KNOWN.has(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    if (KNOWN.size < MAX_KNOWN) KNOWN.add(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false; // How the standard says that there is none.
    throw error;
  }
}

// To ask the runtime takes a tenth of a millisecond, and ten thousand schedules have a few zones.
const KNOWN = new Set<string>();
const MAX_KNOWN = 1_000;
