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
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false; // How the standard says that there is none.
    throw error;
  }
}
