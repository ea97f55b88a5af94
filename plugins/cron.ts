/**
 * When a cron text fires.
 *
 * @module
 */
import { Cron } from "croner";

/** A cron text and the zone whose clock it follows. */
export interface CronSchedule {
  /** Five fields, six with a year or seconds in front, or seven; a day and a weekday must both match (REFERENCE C-079). */
  readonly cron: string;
  /** The IANA name of the zone. */
  readonly timezone: string;
}

/**
 * Whether a schedule fires at a moment.
 *
 * @example
 * ```ts
 * import { cronFiresAt } from "./cron.ts";
 * import { equal } from "node:assert/strict";
 *
 * const nine = { cron: "0 9 * * *", timezone: "Europe/Berlin" };
 * equal(cronFiresAt(nine, Date.UTC(2026, 0, 31, 8, 0)), true);
 * equal(cronFiresAt(nine, Date.UTC(2026, 6, 31, 8, 0)), false);
 * ```
 */
export function cronFiresAt({ cron, timezone }: CronSchedule, atMs: number): boolean {
  return new Cron(cron, { timezone, domAndDow: true }).match(new Date(atMs));
}
