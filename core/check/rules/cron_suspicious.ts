/**
 * A schedule that fires at other times than its author is likely to mean.
 *
 * @module
 */
import type { CronFields } from "../../model/cron_text.ts";
import type { CronSchedule } from "../../model/triggers.ts";
import { nextTimesNote } from "../next_times.ts";
import type { CheckFacts, Rule } from "../rule.ts";
import { neverFires } from "./cron_never.ts";

/** Reports schedules that fire far oftener or more seldom than they look. */
export const cronSuspicious: Rule = {
  code: "cron-suspicious",
  summary: "A schedule fires far oftener, or on fewer days, than it looks",
  check({ triggers: { schedules } }, { facts, report }) {
    for (const schedule of schedules) {
      if (schedule.type !== "cron" || neverFires(schedule)) continue;
      const problem = problemWith(schedule);
      if (problem === undefined) continue;
      const path = [...schedule.path, "cron"];
      report({ severity: "warning", path, ...problem, ...notesOn(schedule, facts) });
    }
  },
};

function notesOn(
  schedule: CronSchedule,
  { times }: CheckFacts,
): { readonly notes?: readonly string[] } {
  const note = times && nextTimesNote(schedule, times);
  return note === undefined ? {} : { notes: [note] };
}

/** The first of what is odd: the others mostly follow from it. */
function problemWith({ text, fields }: CronSchedule): { readonly message: string } | undefined {
  const message = withoutSeconds(text, fields) ?? tooOften(text, fields) ?? tooSeldom(text, fields);
  return message === undefined ? undefined : { message };
}

/** Nobody needs to write that any year will do: whoever has six fields of elsewhere means seconds by the first. */
function withoutSeconds(text: string, { second, minute, hour }: CronFields): string | undefined {
  const fields = text.trim().split(/\s+/);
  const [first, next, day, month, weekday, year] = fields;
  const isYear = second === "0" && minute === first && hour === next && year === "*";
  if (fields.length !== 6 || !isYear) return undefined;
  const without = [first, next, day, month, weekday].join(" ");
  return `"${text}" has a year at its end and no seconds: it is "${without}"; ` +
    `write "${text} *" where the first field is the second`;
}

function tooOften(
  text: string,
  { second, minute, hour, day, month, weekday }: CronFields,
): string | undefined {
  if (second === "*") {
    return `"${text}" fires every second: its first field is the second; write five fields for minutes`;
  }
  const isOneHour = hour !== "*" && !hour.startsWith("*/");
  if (minute === "*" && isOneHour) {
    return `"${text}" fires 60 times an hour, at every minute of hour ${hour}; ` +
      `write "${["0", hour, day, month, weekday].join(" ")}" for once`;
  }
  return undefined;
}

/** Of both restricted, `cron` of old takes either; here both must hold (REFERENCE C-079). */
function tooSeldom(text: string, { day, month, weekday, year }: CronFields): string | undefined {
  if (year !== "*") return undefined;
  const isDay = isRestricted(day) && !day.startsWith("*/");
  if (isDay && isRestricted(weekday) && weekday !== "0-6" && weekday !== "1-7") {
    return `"${text}" fires only on days that are both: day ${day} of the month and weekday ${weekday}; ` +
      "write two schedules for either";
  }
  if (day === "29" && month === "2") return `"${text}" fires only in leap years`;
  return undefined;
}

function isRestricted(field: string): boolean {
  return field !== "*" && field !== "?";
}
