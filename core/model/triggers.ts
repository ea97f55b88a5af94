/**
 * What starts a workflow: `on:`, as a list or as a mapping (REFERENCE §2
 * row 1, C-070 to C-077).
 *
 * @module
 */
import { z } from "zod";
import type { Value } from "../expr/value.ts";
import { closestName } from "../source/closest_name.ts";
import type { Path } from "../source/document.ts";
import { type CronFields, parseCron, weekdayNumber } from "./cron_text.ts";
import type { Report } from "./finding.ts";
import { readWith } from "./issues.ts";
import { isTimezone } from "./timezone.ts";
import { isWrittenList, isWrittenMapping, kindOfWritten } from "./written.ts";

/** The most schedules of one workflow. */
export const MAX_SCHEDULES = 10;

/** The most workflows whose release starts one workflow. */
export const MAX_RELEASES = 100;

/** A schedule. */
export interface Schedule {
  /** Its cron text, as written or made from an interval. */
  readonly cron: string;
  /** The same, taken apart. A day and a weekday must both match (REFERENCE C-079). */
  readonly fields: CronFields;
  /** The IANA name of the time zone whose clock it follows. */
  readonly timezone: string;
  /** Where it stands. */
  readonly path: Path;
}

/** A trigger that a plugin provides. */
export interface PluginTrigger {
  /** What it is called: `webhook`. */
  readonly type: string;
  /** What was written for it. */
  readonly with: Value;
  /** Where it stands. */
  readonly path: Path;
}

/** All that starts a workflow by itself. */
export interface Triggers {
  /** When it starts. */
  readonly schedules: readonly Schedule[];
  /** After the release of which workflows it starts. */
  readonly releases: readonly string[];
  /** Whether the author marked it as started by hand; it always can be. */
  readonly manual: boolean;
  /** What plugins start it on. */
  readonly others: readonly PluginTrigger[];
}

/** What is installed, and where findings go. */
export interface TriggerReading {
  /** Where `on` stands. */
  readonly path: Path;
  /** The triggers that plugins provide. */
  readonly installed: readonly string[];
  /** Takes each thing that is wrong. */
  readonly report: Report;
}

// The reference's pages describe these; nothing acts on them there.
const DESCRIBED = [
  "file",
  "webhook",
  "database",
  "sensor",
  "polling",
  "message_queue",
  "stream_processing",
  "batch_processing",
  "data_quality",
  "api_rate_limit",
  "data_lineage",
  "ml_pipeline",
  "data_catalog",
  "infrastructure",
  "compliance",
  "business",
];

const OWN = ["schedule", "release", "manual"];
const OF_A_SCHEDULE = ["cron", "cronjob", "interval"];

/** How triggers are written. */
export function triggersSchema(): z.ZodType {
  const schedule = z.union([cronSchema(), intervalSchema()]);
  const typed = z.looseObject({
    schedule: z.union([schedule, z.array(schedule)]).optional(),
    release: releaseSchema().optional(),
    manual: z.boolean().optional(),
  });
  return z.union([z.array(z.union([schedule, typed])), schedule, typed]).nullable();
}

/** The triggers that were written; what is wrong with them is reported. */
export function readTriggers(written: unknown, reading: TriggerReading): Triggers {
  const found: FoundTriggers = { schedules: [], releases: [], manual: false, others: [] };
  if (isWrittenList(written)) {
    for (const [at, entry] of written.entries()) {
      readEntry(entry, { ...reading, path: [...reading.path, at] }, found);
    }
  } else if (written !== null && written !== undefined) {
    readEntry(written, reading, found);
  }
  checkSchedules(found.schedules, reading);
  checkReleases(found.releases, reading);
  return found;
}

interface FoundTriggers {
  readonly schedules: Schedule[];
  readonly releases: string[];
  manual: boolean;
  readonly others: PluginTrigger[];
}

function readEntry(entry: unknown, reading: TriggerReading, found: FoundTriggers): void {
  if (!isWrittenMapping(entry)) {
    const example = 'write a mapping such as "cron: 0 9 * * 1-5" or "manual: true"';
    reading.report({
      code: "value-invalid",
      message: `Cannot read the trigger: it is ${kindOfWritten(entry)}; ${example}`,
      path: reading.path,
    });
  } else if (OF_A_SCHEDULE.some((key) => Object.hasOwn(entry, key))) {
    readSchedule(entry, reading, found);
  } else {
    for (const [type, value] of Object.entries(entry)) {
      readTyped([type, value], { ...reading, path: [...reading.path, type] }, found);
    }
  }
}

function readTyped(
  [type, value]: readonly [string, Value],
  reading: TriggerReading,
  found: FoundTriggers,
): void {
  switch (type) {
    case "schedule":
      return readSchedules(value, reading, found);
    case "release":
      found.releases.push(...readReleases(value, reading));
      return;
    case "manual":
      found.manual ||=
        readWith(z.boolean(), value, { ...reading, subject: 'trigger "manual"' }) === true;
      return;
    default:
      found.others.push({ type, with: value, path: reading.path });
      return checkInstalled(type, reading);
  }
}

function checkInstalled(type: string, { path, installed, report }: TriggerReading): void {
  if (installed.includes(type)) return;
  if (DESCRIBED.includes(type)) {
    const message =
      `Nothing starts this workflow on "${type}": no installed plugin provides this trigger`;
    return report({ code: "trigger-missing", severity: "warning", message, path, target: "key" });
  }
  const known = [...OWN, ...OF_A_SCHEDULE, ...installed];
  const guess = closestName(type, known) ?? closestName(type, DESCRIBED);
  const hint = guess ? `did you mean "${guess}"?` : `there are ${known.join(", ")}`;
  report({
    code: "key-unknown",
    message: `Unknown trigger "${type}"; ${hint}`,
    path,
    target: "key",
  });
}

function releaseSchema() {
  return z.union([z.string(), z.array(z.string())]);
}

function readReleases(value: Value, reading: TriggerReading): readonly string[] {
  const names = readWith(releaseSchema(), value, { ...reading, subject: 'trigger "release"' });
  return typeof names === "string" ? [names] : names ?? [];
}

function readSchedules(value: Value, reading: TriggerReading, found: FoundTriggers): void {
  if (!isWrittenList(value)) return readSchedule(value, reading, found);
  for (const [at, entry] of value.entries()) {
    readSchedule(entry, { ...reading, path: [...reading.path, at] }, found);
  }
}

function readSchedule(entry: unknown, reading: TriggerReading, found: FoundTriggers): void {
  const isInterval = isWrittenMapping(entry) && Object.hasOwn(entry, "interval");
  const timed = isInterval ? readInterval(entry, reading) : readCron(entry, reading);
  if (timed === undefined) return;
  const parsed = parseCron(timed.cron);
  if (!parsed.ok) {
    return reading.report({ code: "cron-invalid", message: parsed.message, path: timed.path });
  }
  checkTimezone(timed.timezone, reading);
  found.schedules.push({
    cron: timed.cron,
    fields: parsed.fields,
    timezone: timed.timezone,
    path: reading.path,
  });
}

interface Timed {
  readonly cron: string;
  readonly timezone: string;
  readonly path: Path;
}

function cronSchema() {
  return z.strictObject({
    cron: z.string().optional(),
    cronjob: z.string().optional(),
    timezone: z.string().optional(),
    tz: z.string().optional(),
    desc: z.string().nullable().optional(),
    // How the reference prints the text; it does not change when it fires.
    output_hashes: z.boolean().optional(),
    output_weekday_names: z.boolean().optional(),
    output_month_names: z.boolean().optional(),
  });
}

function readCron(entry: unknown, reading: TriggerReading): Timed | undefined {
  const written = readWith(cronSchema(), entry, { ...reading, subject: "a schedule" });
  if (written === undefined) return undefined;
  const key = written.cron === undefined ? "cronjob" : "cron";
  const cron = written[key];
  if (cron === undefined) {
    const message = 'A schedule has a "cron" text or an "interval"; this one has neither';
    reading.report({ code: "key-missing", message, path: reading.path });
    return undefined;
  }
  return { cron, timezone: timezoneOf(written), path: [...reading.path, key] };
}

function intervalSchema() {
  return z.strictObject({
    interval: z.enum(["daily", "weekly", "monthly"]),
    day: z.string().refine((day) => weekdayNumber(day) !== undefined, {
      error: 'The day of an interval is a weekday such as "monday"',
    }).optional(),
    time: z.string().regex(/^(?:[01]?\d|2[0-3]):[0-5]\d$/, {
      error: 'The time of an interval is written as "HH:MM", from "00:00" to "23:59"',
    }).optional(),
    timezone: z.string().optional(),
    tz: z.string().optional(),
    desc: z.string().nullable().optional(),
  });
}

function readInterval(entry: unknown, reading: TriggerReading): Timed | undefined {
  const written = readWith(intervalSchema(), entry, { ...reading, subject: "an interval" });
  if (written === undefined) return undefined;
  if (written.interval === "daily" && written.day !== undefined) {
    const message = 'A daily interval has no "day"; write "weekly" for one day of the week';
    reading.report({ code: "value-invalid", message, path: [...reading.path, "day"] });
    return undefined;
  }
  const cron = cronOfInterval(written);
  return { cron, timezone: timezoneOf(written), path: reading.path };
}

/**
 * The cron text of an interval. A weekly one without a day is on Monday; a
 * monthly one is on the first, with a day only when that is such a day.
 */
function cronOfInterval(
  { interval, day, time = "00:00" }: {
    readonly interval: "daily" | "weekly" | "monthly";
    readonly day?: string | undefined;
    readonly time?: string | undefined;
  },
): string {
  const [hour, minute] = time.split(":").map(Number);
  const weekday = day === undefined ? undefined : weekdayNumber(day);
  switch (interval) {
    case "daily":
      return `${minute} ${hour} * * *`;
    case "weekly":
      return `${minute} ${hour} * * ${weekday ?? 1}`;
    case "monthly":
      return `${minute} ${hour} 1 * ${weekday ?? "*"}`;
    default:
      return interval satisfies never;
  }
}

function timezoneOf(
  written: { readonly timezone?: string | undefined; readonly tz?: string | undefined },
): string {
  return written.timezone ?? written.tz ?? "UTC";
}

function checkTimezone(timezone: string, { path, report }: TriggerReading): void {
  if (isTimezone(timezone)) return;
  const guess = closestName(timezone, Intl.supportedValuesOf("timeZone"));
  const hint = guess ? `did you mean "${guess}"?` : 'write an IANA name such as "Europe/Berlin"';
  report({ code: "timezone-unknown", message: `Unknown time zone "${timezone}"; ${hint}`, path });
}

function checkSchedules(schedules: readonly Schedule[], { path, report }: TriggerReading): void {
  if (schedules.length > MAX_SCHEDULES) {
    const message =
      `A workflow has at most ${MAX_SCHEDULES} schedules; this one has ${schedules.length}`;
    report({ code: "too-many", message, path, target: "key" });
  }
  const first = new Map<string, Schedule>();
  for (const schedule of schedules) {
    const same = JSON.stringify([Object.values(schedule.fields), schedule.timezone]);
    const earlier = first.get(same);
    if (earlier === undefined) {
      first.set(same, schedule);
      continue;
    }
    report({
      code: "schedule-duplicate",
      message: `The schedule "${schedule.cron}" in ${schedule.timezone} is there twice`,
      path: schedule.path,
      related: [{ message: "first written here", path: earlier.path }],
    });
  }
}

function checkReleases(releases: readonly string[], { path, report }: TriggerReading): void {
  if (releases.length <= MAX_RELEASES) return;
  const message =
    `A workflow follows at most ${MAX_RELEASES} others; this one follows ${releases.length}`;
  report({ code: "too-many", message, path, target: "key" });
}
