/**
 * The text of a schedule: read and checked field by field when a workflow is
 * loaded, so that a mistake is shown where it was written and not when the
 * schedule would have fired.
 *
 * ```text
 * ┌──────────── second   0-59 (only with seven fields, or six without a year)
 * │ ┌────────── minute   0-59
 * │ │ ┌──────── hour     0-23
 * │ │ │ ┌────── day      1-31, L, LW, 15W
 * │ │ │ │ ┌──── month    1-12, JAN-DEC
 * │ │ │ │ │ ┌── weekday  0-7, SUN-SAT, 5#2, 5L
 * │ │ │ │ │ │ ┌ year     1990-2100
 * * * * * * * *
 * ```
 *
 * @module
 */

/** The longest cron text. */
export const MAX_CRON_CHARS = 256;

/** A cron text taken apart; each field as written, but in digits and capitals. */
export interface CronFields {
  /** Seconds; `"0"` where none were written. */
  readonly second: string;
  /** Minutes. */
  readonly minute: string;
  /** Hours. */
  readonly hour: string;
  /** Days of the month. */
  readonly day: string;
  /** Months. */
  readonly month: string;
  /** Days of the week. */
  readonly weekday: string;
  /** Years; `"*"` where none were written. */
  readonly year: string;
}

/** The fields of a cron text, or what is wrong with it. */
export type ParsedCron =
  | { readonly ok: true; readonly fields: CronFields }
  | { readonly ok: false; readonly message: string };

interface FieldRule {
  readonly name: keyof CronFields;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** Forms beyond numbers, ranges and steps. */
  readonly special?: RegExp;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const SECOND: FieldRule = { name: "second", min: 0, max: 59 };
const MINUTE: FieldRule = { name: "minute", min: 0, max: 59 };
const HOUR: FieldRule = { name: "hour", min: 0, max: 23 };
const DAY: FieldRule = {
  name: "day",
  min: 1,
  max: 31,
  special: /^(?:\?|L|LW|(?:[1-9]|[12]\d|3[01])W)$/,
};
const MONTH: FieldRule = { name: "month", min: 1, max: 12, names: MONTHS };
const WEEKDAY: FieldRule = {
  name: "weekday",
  min: 0,
  max: 7,
  names: WEEKDAYS,
  special: /^(?:\?|[0-7](?:#[1-5L]|L))$/,
};
const YEAR: FieldRule = { name: "year", min: 1990, max: 2100 };

const MINUTE_TO_WEEKDAY = [MINUTE, HOUR, DAY, MONTH, WEEKDAY];
const WITH_YEAR = [...MINUTE_TO_WEEKDAY, YEAR];
const WITH_SECOND = [SECOND, ...MINUTE_TO_WEEKDAY];
const WITH_BOTH = [...WITH_SECOND, YEAR];

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const UNWRITTEN: CronFields = {
  second: "0",
  minute: "*",
  hour: "*",
  day: "*",
  month: "*",
  weekday: "*",
  year: "*",
};

/**
 * Takes a cron text apart: five fields, six with a year behind or seconds in
 * front, seven with both, or a nickname such as `@daily`. Six fields are read
 * as a year behind wherever the last one can be a year.
 *
 * @example
 * ```ts
 * import { parseCron } from "./cron_text.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(parseCron("0 9 * * mon-fri"), {
 *   ok: true,
 *   fields: {
 *     second: "0", minute: "0", hour: "9", day: "*", month: "*", weekday: "1-5", year: "*",
 *   },
 * });
 * ```
 */
export function parseCron(text: string): ParsedCron {
  if (text.length > MAX_CRON_CHARS) {
    return refused(
      `A cron text has at most ${MAX_CRON_CHARS} characters; this one has ${text.length}`,
    );
  }
  const spelled = text.trim();
  if (spelled.startsWith("@")) return parseNickname(spelled);

  const words = spelled.split(/\s+/);
  switch (words.length) {
    case 5:
      return parseFields(words, MINUTE_TO_WEEKDAY);
    case 6:
      return parseSix(words);
    case 7:
      return parseFields(words, WITH_BOTH);
    default:
      return refused(
        `A cron text has 5 fields, 6 with a year or 7 with seconds and a year; ` +
          `"${spelled}" has ${spelled === "" ? 0 : words.length}`,
      );
  }
}

/** The name of a weekday as a cron number, `"monday"` as well as `"Mon"`; `undefined` for anything else. */
export function weekdayNumber(name: string): number | undefined {
  const at = WEEKDAYS.indexOf(name.slice(0, 3).toUpperCase());
  const whole = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  const known = name.length === 3 || whole[at] === name.toLowerCase();
  return at >= 0 && known ? at : undefined;
}

function parseNickname(spelled: string): ParsedCron {
  const meaning = NICKNAMES[spelled.toLowerCase()];
  if (meaning !== undefined && Object.hasOwn(NICKNAMES, spelled.toLowerCase())) {
    return parseFields(meaning.split(" "), MINUTE_TO_WEEKDAY);
  }
  const known = Object.keys(NICKNAMES).join(", ");
  return refused(`The cron nickname "${spelled}" is not known; there are ${known}`);
}

function parseSix(words: readonly string[]): ParsedCron {
  const withYear = parseFields(words, WITH_YEAR);
  if (withYear.ok) return withYear;
  const withSecond = parseFields(words, WITH_SECOND);
  return withSecond.ok ? withSecond : withYear;
}

function parseFields(words: readonly string[], rules: readonly FieldRule[]): ParsedCron {
  const fields: { -readonly [K in keyof CronFields]: string } = { ...UNWRITTEN };
  for (const [at, rule] of rules.entries()) {
    const read = readField(words[at] ?? "", rule);
    if (!read.ok) return read;
    fields[rule.name] = read.text;
  }
  return { ok: true, fields };
}

type ReadField = { readonly ok: true; readonly text: string } | ReturnType<typeof refused>;

function readField(word: string, rule: FieldRule): ReadField {
  const parts: string[] = [];
  for (const part of word.split(",")) {
    const read = readPart(spellOut(part, rule), rule);
    if (!read.ok) return read;
    parts.push(read.text);
  }
  return { ok: true, text: parts.join(",") };
}

function readPart(part: string, rule: FieldRule): ReadField {
  if (rule.special?.test(part)) return { ok: true, text: part === "?" ? "*" : part };

  const shape = /^(?:\*|(\d{1,4})(?:-(\d{1,4}))?)(?:\/(\d{1,4}))?$/.exec(part);
  if (shape === null) return refused(`The ${rule.name} field cannot be "${part}"`);

  const [, first, last, step] = shape;
  for (const bound of [first, last]) {
    if (bound !== undefined && !(Number(bound) >= rule.min && Number(bound) <= rule.max)) {
      return refused(
        `The ${rule.name} field goes from ${rule.min} to ${rule.max}; it has ${bound}`,
      );
    }
  }
  if (last !== undefined && Number(last) < Number(first)) {
    return refused(`The ${rule.name} field has the range "${part}", which ends before it starts`);
  }
  if (step !== undefined && Number(step) === 0) {
    return refused(`The ${rule.name} field has the step 0; the smallest is 1`);
  }
  // "5/10" is "every tenth from 5 on", as in Quartz.
  const open = first !== undefined && last === undefined && step !== undefined;
  return { ok: true, text: open ? `${first}-${rule.max}/${step}` : part };
}

// Names become numbers, so that one form is left to check.
function spellOut(part: string, rule: FieldRule): string {
  const offset = rule.name === "month" ? 1 : 0;
  return part.toUpperCase().replace(/[A-Z]{3}/g, (name) => {
    const at = rule.names?.indexOf(name) ?? -1;
    return at < 0 ? name : String(at + offset);
  });
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
