/**
 * A schedule whose days do not exist.
 *
 * @module
 */
import type { CronFields } from "../../model/cron_text.ts";
import type { CronSchedule } from "../../model/triggers.ts";
import type { Rule } from "../rule.ts";

/** Reports cron texts that match no day of any year: the 30th of February, a fifth Monday on the 1st. */
export const cronNever: Rule = {
  code: "cron-never",
  summary: "A schedule names days that no calendar has, so it never fires",
  check({ triggers: { schedules } }, { report }) {
    for (const schedule of schedules) {
      if (schedule.type !== "cron" || !neverFires(schedule)) continue;
      report({
        severity: "warning",
        message: `"${schedule.text}" never fires: no year has such a day`,
        path: [...schedule.path, "cron"],
      });
    }
  },
};

/** Whether no day is one that the schedule means. */
export function neverFires({ fields }: CronSchedule): boolean {
  return !matchesSomeDay(fields);
}

const FIRST_YEAR = 1990;
const LAST_YEAR = 2100;

/** Looks through the days that a cron text can mean, which begin and end somewhere; almost always the first year has one. */
function matchesSomeDay({ year, month, day, weekday }: CronFields): boolean {
  for (let y = FIRST_YEAR; y <= LAST_YEAR; y++) {
    if (!matchesNumber(year, y)) continue;
    for (let m = 1; m <= 12; m++) {
      if (matchesNumber(month, m, 1) && matchesSomeDayOf({ year: y, month: m }, day, weekday)) {
        return true;
      }
    }
  }
  return false;
}

interface Month {
  readonly year: number;
  readonly month: number;
}

function matchesSomeDayOf({ year, month }: Month, day: string, weekday: string): boolean {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  for (let d = 1; d <= last; d++) {
    const date = { day: d, last, weekday: (firstWeekday + d - 1) % 7 };
    if (matchesDay(day, date) && matchesWeekday(weekday, date)) return true;
  }
  return false;
}

interface Day {
  readonly day: number;
  /** The last day of its month. */
  readonly last: number;
  /** From Sunday, 0. */
  readonly weekday: number;
}

function matchesDay(field: string, { day, last }: Day): boolean {
  return field.split(",").some((part) => {
    if (part === "L") return day === last;
    // The working day that is nearest to one: every month has it, and where does not matter here.
    return part.endsWith("W") || matchesNumber(part, day, 1);
  });
}

function matchesWeekday(field: string, { day, last, weekday }: Day): boolean {
  return field.split(",").some((part) => {
    const { name, nth } = /^(?<name>[0-7])(?:#(?<nth>[1-5L])|(?<last>L))$/.exec(part)?.groups ?? {};
    if (name === undefined) return matchesNumber(part, weekday) || matchesNumber(part, weekday + 7);
    if (Number(name) % 7 !== weekday) return false;
    return nth === undefined || nth === "L" ? day > last - 7 : Math.ceil(day / 7) === Number(nth);
  });
}

/** Steps of `*` are counted from `first`: from the 1st, from January, from Sunday. */
function matchesNumber(field: string, wanted: number, first = 0): boolean {
  return field.split(",").some((part) => {
    const [range = "", step = "1"] = part.split("/");
    if (range === "*") return (wanted - first) % Number(step) === 0;
    const [from = NaN, to = from] = range.split("-").map(Number);
    return wanted >= from && wanted <= to && (wanted - from) % Number(step) === 0;
  });
}
