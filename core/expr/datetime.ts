/**
 * Date-times and dates as values.
 *
 * @module
 */

/** Options for {@linkcode Datetime}. */
export interface DatetimeOptions {
  /** A date has no time of day. @default "datetime" */
  readonly kind?: "datetime" | "date";
  /** Minutes east of UTC; absent means naive: its clock reading is kept as if it were UTC. */
  readonly offsetMinutes?: number;
}

/**
 * A point in time with the offset in which it was written, a naive clock
 * reading, or a date. Immutable. Counts in milliseconds: finer parts of a
 * second are dropped.
 *
 * @example
 * ```ts
 * import { Datetime } from "./datetime.ts";
 *
 * const start = Datetime.parse("2024-01-02T03:04:05Z");
 * console.assert(start?.toText() === "2024-01-02 03:04:05+00:00");
 * console.assert(start?.strftime("%Y%m%d") === "20240102");
 * ```
 */
export class Datetime {
  /** Epoch milliseconds; of a naive one or a date, as if its clock were UTC. */
  readonly epochMs: number;
  /** Whether there is a time of day. */
  readonly kind: "datetime" | "date";
  /** Minutes east of UTC; `undefined` for naive ones and dates. */
  readonly offsetMinutes: number | undefined;

  /**
   * Keeps a time, without what is finer than a millisecond (of a date: than a day).
   *
   * @param epochMs Epoch milliseconds, between the years 1 and 9999.
   */
  constructor(epochMs: number, options: DatetimeOptions = {}) {
    if (!(epochMs >= FIRST_MS && epochMs <= LAST_MS)) {
      throw new RangeError(`Internal error: ${epochMs} is no time between the years 1 and 9999`);
    }
    this.kind = options.kind ?? "datetime";
    this.offsetMinutes = this.kind === "date" ? undefined : options.offsetMinutes;
    this.epochMs = this.kind === "date"
      ? Math.floor(epochMs / DAY_MS) * DAY_MS
      : Math.floor(epochMs);
  }

  /**
   * Reads ISO 8601 text: `2024-01-02`, `2024-01-02T03:04:05.678+07:00`, with a
   * space for the `T`, without seconds or minutes, or without the marks between
   * (`20240102T030405`), as Python reads it; `undefined` when the text is none.
   */
  static parse(isoText: string): Datetime | undefined {
    const match = ISO.exec(isoText);
    if (match === null) return undefined;
    const [, date = "", hour, minute, second, fraction, zone] = match;
    const dayMs = epochMsOfDay(date.replace(BASIC_DATE, "$1-$2-$3"));
    if (dayMs === undefined) return undefined;
    if (hour === undefined) return new Datetime(dayMs, { kind: "date" });
    const clockMs = epochMsOfClock([hour, minute, second, fraction]);
    const offset = zone === undefined ? undefined : offsetOf(zone);
    if (clockMs === undefined || Number.isNaN(offset)) return undefined;
    const epochMs = dayMs + clockMs - (offset ?? 0) * MINUTE_MS;
    if (epochMs < FIRST_MS || epochMs > LAST_MS) return undefined;
    return new Datetime(epochMs, offset === undefined ? {} : { offsetMinutes: offset });
  }

  /** Python's `str()`: `2024-01-02 03:04:05+00:00`, `2024-01-02` for a date. */
  toText(): string {
    return this.#written(" ");
  }

  /** `2024-01-02T03:04:05+00:00`, `2024-01-02` for a date; {@linkcode Datetime.parse} reads it back. */
  toIso(): string {
    return this.#written("T");
  }

  /** Python's `repr()`: `datetime.datetime(2024, 1, 2, 3, 4, 5)`. */
  toRepr(): string {
    const clock = this.#clock();
    const parts = [clock.getUTCFullYear(), clock.getUTCMonth() + 1, clock.getUTCDate()];
    if (this.kind === "date") return `datetime.date(${parts.join(", ")})`;
    parts.push(clock.getUTCHours(), clock.getUTCMinutes());
    const [second, micro] = [clock.getUTCSeconds(), clock.getUTCMilliseconds() * 1000];
    if (second !== 0 || micro !== 0) parts.push(second);
    if (micro !== 0) parts.push(micro);
    const zone = this.offsetMinutes === undefined ? "" : `, tzinfo=${zoneRepr(this.offsetMinutes)}`;
    return `datetime.datetime(${parts.join(", ")}${zone})`;
  }

  /** Python's `strftime`, with English names and the `%-d` form; what is no directive stays as it is. */
  strftime(format: string): string {
    const clock = this.#clock();
    const facts = { clock, offsetMinutes: this.offsetMinutes, epochMs: this.epochMs };
    return format.replace(DIRECTIVE, (written, flag: string, letter: string) => {
      const directive = DIRECTIVES.get(letter);
      if (directive === undefined) return written;
      const text = directive(facts);
      return flag === "-" ? text.replace(/^[0 ]+(?=.)/, "") : text;
    });
  }

  /** The same as {@linkcode Datetime.toIso}. */
  toJSON(): string {
    return this.toIso();
  }

  /** A `Date` whose UTC fields read as this one's own clock. */
  #clock(): Date {
    return new Date(this.epochMs + (this.offsetMinutes ?? 0) * MINUTE_MS);
  }

  #written(separator: string): string {
    const clock = this.#clock();
    const date = dateText(clock);
    if (this.kind === "date") return date;
    const ms = clock.getUTCMilliseconds();
    const fraction = ms === 0 ? "" : `.${pad(ms, 3)}000`;
    const zone = this.offsetMinutes === undefined ? "" : zoneText(this.offsetMinutes, ":");
    return `${date}${separator}${timeText(clock)}${fraction}${zone}`;
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const MAX_OFFSET_MINUTES = 24 * 60;

const ISO =
  /^(\d{4}-\d{2}-\d{2}|\d{8})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

const BASIC_DATE = /^(\d{4})(\d{2})(\d{2})$/;

/** `undefined` for a day that the calendar does not have. */
function epochMsOfDay(date: string): number | undefined {
  const epochMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(epochMs) || epochMs < FIRST_MS) return undefined;
  return dateText(new Date(epochMs)) === date ? epochMs : undefined;
}

function epochMsOfClock(parts: readonly (string | undefined)[]): number | undefined {
  const [hour, minute, second] = parts.map((part) => Number(part ?? 0));
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Number((parts[3] ?? "").slice(0, 3).padEnd(3, "0"));
  return ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}

/** Minutes east of UTC; `NaN` when the text names no offset that there can be. */
function offsetOf(zone: string): number {
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  const offset = hours * 60 + minutes;
  if (minutes > 59 || offset >= MAX_OFFSET_MINUTES) return NaN;
  return zone.startsWith("-") ? -offset : offset;
}

function pad(value: number, width: number, fill = "0"): string {
  return String(value).padStart(width, fill);
}

function dateText(clock: Date): string {
  const year = pad(clock.getUTCFullYear(), 4);
  return `${year}-${pad(clock.getUTCMonth() + 1, 2)}-${pad(clock.getUTCDate(), 2)}`;
}

function timeText(clock: Date): string {
  const [hour, minute] = [pad(clock.getUTCHours(), 2), pad(clock.getUTCMinutes(), 2)];
  return `${hour}:${minute}:${pad(clock.getUTCSeconds(), 2)}`;
}

function zoneText(offsetMinutes: number, colon: ":" | ""): string {
  const total = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${sign}${pad(Math.floor(total / 60), 2)}${colon}${pad(total % 60, 2)}`;
}

function zoneRepr(offsetMinutes: number): string {
  if (offsetMinutes === 0) return "datetime.timezone.utc";
  const days = offsetMinutes < 0 ? "days=-1, " : "";
  const seconds = (offsetMinutes + (offsetMinutes < 0 ? MAX_OFFSET_MINUTES : 0)) * 60;
  return `datetime.timezone(datetime.timedelta(${days}seconds=${seconds}))`;
}

interface Facts {
  readonly clock: Date;
  readonly offsetMinutes: number | undefined;
  readonly epochMs: number;
}

const DIRECTIVE = /%(-?)([A-Za-z%])/g;

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const DIRECTIVES: ReadonlyMap<string, (facts: Facts) => string> = new Map<
  string,
  (facts: Facts) => string
>([
  ["a", ({ clock }) => weekdayName(clock).slice(0, 3)],
  ["A", ({ clock }) => weekdayName(clock)],
  ["b", ({ clock }) => monthName(clock).slice(0, 3)],
  ["B", ({ clock }) => monthName(clock)],
  ["c", ({ clock }) => longText(clock)],
  ["C", ({ clock }) => pad(Math.floor(clock.getUTCFullYear() / 100), 2)],
  ["d", ({ clock }) => pad(clock.getUTCDate(), 2)],
  ["D", ({ clock }) => shortDate(clock)],
  ["e", ({ clock }) => pad(clock.getUTCDate(), 2, " ")],
  ["f", ({ clock }) => `${pad(clock.getUTCMilliseconds(), 3)}000`],
  ["F", ({ clock }) => dateText(clock)],
  ["g", ({ clock }) => pad(isoWeek(clock).year % 100, 2)],
  ["G", ({ clock }) => String(isoWeek(clock).year)],
  ["h", ({ clock }) => monthName(clock).slice(0, 3)],
  ["H", ({ clock }) => pad(clock.getUTCHours(), 2)],
  ["I", ({ clock }) => pad(hour12(clock), 2)],
  ["j", ({ clock }) => pad(dayOfYear(clock), 3)],
  ["k", ({ clock }) => pad(clock.getUTCHours(), 2, " ")],
  ["l", ({ clock }) => pad(hour12(clock), 2, " ")],
  ["m", ({ clock }) => pad(clock.getUTCMonth() + 1, 2)],
  ["M", ({ clock }) => pad(clock.getUTCMinutes(), 2)],
  ["n", () => "\n"],
  ["p", ({ clock }) => clock.getUTCHours() < 12 ? "AM" : "PM"],
  ["R", ({ clock }) => timeText(clock).slice(0, 5)],
  ["s", ({ epochMs }) => String(Math.floor(epochMs / 1000))],
  ["S", ({ clock }) => pad(clock.getUTCSeconds(), 2)],
  ["t", () => "\t"],
  ["T", ({ clock }) => timeText(clock)],
  ["u", ({ clock }) => String(clock.getUTCDay() || 7)],
  ["U", ({ clock }) => weekOfYear(clock, 0)],
  ["V", ({ clock }) => pad(isoWeek(clock).week, 2)],
  ["w", ({ clock }) => String(clock.getUTCDay())],
  ["W", ({ clock }) => weekOfYear(clock, 1)],
  ["x", ({ clock }) => shortDate(clock)],
  ["X", ({ clock }) => timeText(clock)],
  ["y", ({ clock }) => pad(clock.getUTCFullYear() % 100, 2)],
  ["Y", ({ clock }) => String(clock.getUTCFullYear())],
  ["z", ({ offsetMinutes }) => offsetMinutes === undefined ? "" : zoneText(offsetMinutes, "")],
  ["Z", ({ offsetMinutes }) => offsetMinutes === undefined ? "" : zoneName(offsetMinutes)],
  ["%", () => "%"],
]);

function weekdayName(clock: Date): string {
  return WEEKDAYS[clock.getUTCDay()] ?? "";
}

function monthName(clock: Date): string {
  return MONTHS[clock.getUTCMonth()] ?? "";
}

function hour12(clock: Date): number {
  return clock.getUTCHours() % 12 || 12;
}

function shortDate(clock: Date): string {
  const [month, day] = [pad(clock.getUTCMonth() + 1, 2), pad(clock.getUTCDate(), 2)];
  return `${month}/${day}/${pad(clock.getUTCFullYear() % 100, 2)}`;
}

function longText(clock: Date): string {
  const day = `${weekdayName(clock).slice(0, 3)} ${monthName(clock).slice(0, 3)}`;
  return `${day} ${pad(clock.getUTCDate(), 2, " ")} ${timeText(clock)} ${clock.getUTCFullYear()}`;
}

function zoneName(offsetMinutes: number): string {
  return offsetMinutes === 0 ? "UTC" : `UTC${zoneText(offsetMinutes, ":")}`;
}

function dayOfYear(clock: Date): number {
  const newYear = new Date(clock);
  newYear.setUTCMonth(0, 1);
  return Math.round((clock.getTime() - newYear.getTime()) / DAY_MS) + 1;
}

/** The week of the year when weeks begin on `firstDay`; days before the first such day are in week 0. */
function weekOfYear(clock: Date, firstDay: 0 | 1): string {
  const sinceFirstDay = (clock.getUTCDay() - firstDay + 7) % 7;
  return pad(Math.floor((dayOfYear(clock) + 6 - sinceFirstDay) / 7), 2);
}

/** ISO 8601: a week belongs to the year that has its Thursday. */
function isoWeek(clock: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(clock.getTime() + (4 - (clock.getUTCDay() || 7)) * DAY_MS);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}
