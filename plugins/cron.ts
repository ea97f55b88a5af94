/**
 * When a cron text fires, as croner reckons it.
 *
 * @module
 */
import { Cron } from "croner";
import type { CronFields } from "../core/model/cron_text.ts";
import type { CronSchedule } from "../core/model/triggers.ts";
import type { Calendar } from "../core/schedule/slots.ts";

/** How many schedules are kept ready: one takes eighty kilobytes, and a tenth of a millisecond to make again. */
export const MAX_READY_SCHEDULES = 8;

const SECOND_MS = 1_000;

/**
 * A calendar for cron texts in any time zone. A day and a weekday must both
 * match (REFERENCE C-079). On the nights when clocks change it does as
 * `docs/schedules.md` says.
 *
 * @example
 * ```ts
 * import { cronCalendar } from "./cron.ts";
 * import { parseCron } from "../core/model/cron_text.ts";
 * import { DEFAULT_POLICY } from "../core/model/schedule_policy.ts";
 * import { equal } from "node:assert/strict";
 *
 * const parsed = parseCron("0 9 * * *");
 * if (parsed.ok) {
 *   const nine = { type: "cron", text: "nine", cron: "0 9 * * *", fields: parsed.fields,
 *     timezone: "Europe/Berlin", policy: DEFAULT_POLICY, params: {}, path: [] } as const;
 *   equal(cronCalendar().next(nine, Date.UTC(2026, 6, 31)), Date.UTC(2026, 6, 31, 7));
 * }
 * ```
 */
export function cronCalendar(): Calendar {
  const ready = new Map<string, Ready>();
  const readyFor = ({ fields, timezone }: CronSchedule): Ready => {
    const key = `${patternOf(fields)} ${timezone}`;
    const found = ready.get(key) ??
      { cron: new Cron(patternOf(fields), { timezone, domAndDow: true }) };
    // The one that was used last stands last.
    ready.delete(key);
    ready.set(key, found);
    const [oldest] = ready.keys();
    if (ready.size > MAX_READY_SCHEDULES && oldest !== undefined) ready.delete(oldest);
    return found;
  };
  return {
    next: (schedule, afterMs) => {
      const known = readyFor(schedule);
      if (known.last?.afterMs !== afterMs) {
        const slotMs = known.cron.nextRun(new Date(afterMs))?.getTime();
        known.last = { afterMs, slotMs };
      }
      return known.last.slotMs;
    },
    // To the second: a slot in the second of `beforeMs` is before it unless it is that very moment.
    previous: (schedule, beforeMs) =>
      readyFor(schedule).cron.previousRuns(
        1,
        new Date(Math.ceil(beforeMs / SECOND_MS) * SECOND_MS),
      )[0]
        ?.getTime(),
  };
}

interface Ready {
  readonly cron: Cron;
  /** What was asked last: at midnight many schedules ask the same. */
  last?: { readonly afterMs: number; readonly slotMs: number | undefined };
}

/** All seven fields: what six of them mean was settled when the workflow was loaded. */
function patternOf({ second, minute, hour, day, month, weekday, year }: CronFields): string {
  // croner writes "the last Friday" as `5#L`.
  const weekdays = weekday.replace(/(\d)L/g, "$1#L");
  return [second, minute, hour, day, month, weekdays, year].join(" ");
}
