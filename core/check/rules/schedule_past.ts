/**
 * A schedule whose last slot has passed.
 *
 * @module
 */
import type { Schedule } from "../../model/triggers.ts";
import type { Clockwork } from "../next_times.ts";
import type { Rule } from "../rule.ts";
import { neverFires } from "./cron_never.ts";

/** Reports moments that have passed, where somebody knows the time: `at` of last year, a cron text with a year that is over. */
export const schedulePast: Rule = {
  code: "schedule-past",
  summary: "The last time that a schedule names has passed, so it starts nothing any more",
  check({ triggers: { schedules } }, { facts: { times }, report }) {
    if (times === undefined) return;
    for (const schedule of schedules) {
      if (!isOver(schedule, times)) continue;
      report({
        severity: "warning",
        message: `"${schedule.text}" has passed: it starts nothing any more`,
        path: [...schedule.path, schedule.type],
      });
    }
  },
};

function isOver(schedule: Schedule, { nowMs, next }: Clockwork): boolean {
  switch (schedule.type) {
    case "at":
      return schedule.atMs <= nowMs;
    case "cron":
      // Without a year in it, it comes again, or never does.
      return schedule.fields.year !== "*" && !neverFires(schedule) &&
        next(schedule, nowMs) === undefined;
    case "every":
      return false;
    default:
      return schedule satisfies never;
  }
}
