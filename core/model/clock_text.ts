/**
 * What a clock on a wall shows.
 *
 * @module
 */

const ZERO_SECONDS = "00";

/**
 * Writes moments as a clock in a time zone shows them, with how far it is from
 * UTC: the same reading comes twice where clocks are put back.
 *
 * @example
 * ```ts
 * import { clockIn } from "./clock_text.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(clockIn("Europe/Berlin")(0), "Thu 1970-01-01 01:00 UTC+01:00");
 * equal(clockIn("UTC")(30_000), "Thu 1970-01-01 00:00:30 UTC");
 * ```
 *
 * @param timezone An IANA name.
 */
export function clockIn(timezone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
    const day = `${of("weekday")} ${of("year")}-${of("month")}-${of("day")}`;
    const seconds = of("second") === ZERO_SECONDS ? "" : `:${of("second")}`;
    // Of no distance at all one runtime says "GMT", the other one "GMT+00:00".
    const offset = of("timeZoneName").replace("GMT", "UTC").replace("+00:00", "");
    return `${day} ${of("hour")}:${of("minute")}${seconds} ${offset}`;
  };
}
