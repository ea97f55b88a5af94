/**
 * What starts a workflow: `on:`, as a list or as a mapping (REFERENCE §2
 * row 1, C-070 to C-077).
 *
 * @module
 */
import { z } from "zod";
import { sha256Hex } from "../expr/sha256.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { closestName } from "../source/closest_name.ts";
import type { Path } from "../source/document.ts";
import { type CronFields, parseCron, weekdayNumber } from "./cron_text.ts";
import { parseDuration } from "../expr/duration.ts";
import type { Report } from "./finding.ts";
import { withoutInert } from "./inert.ts";
import { readWith } from "./issues.ts";
import { madeShape } from "./late_shape.ts";
import { momentOf } from "./moment.ts";
import {
  DEFAULT_POLICY,
  POLICY_FIELDS,
  readPolicy,
  type SchedulePolicy,
  type WrittenPolicy,
} from "./schedule_policy.ts";
import { isTimezone } from "./timezone.ts";
import { MAX_TRIGGERS_OF_A_KIND, type TriggerSyntax } from "./trigger_syntax.ts";
import { isWrittenList, isWrittenMapping, kindOfWritten } from "./written.ts";
import { once } from "./once.ts";

/** The most schedules of one workflow. */
export const MAX_SCHEDULES = 10;

/** The most workflows whose release starts one workflow. */
export const MAX_RELEASES = 100;

/** The shortest time between two slots of `every`. */
export const MIN_EVERY_MS = 1_000;

/** What every schedule has. */
export interface ScheduleBase {
  /** As people wrote it, short: `0 9 * * *`, `every 10s`, `at 2027-01-01T00:00`. */
  readonly text: string;
  /** The IANA name of the time zone whose clock it follows. */
  readonly timezone: string;
  /** What becomes of its slots. */
  readonly policy: SchedulePolicy;
  /** The parameters of its runs. */
  readonly params: ValueObject;
  /** Where it stands. */
  readonly path: Path;
}

/** A schedule in cron text, or one that an interval was made into. */
export interface CronSchedule extends ScheduleBase {
  /** Tells it from the others. */
  readonly type: "cron";
  /** Its cron text, as written or made from an interval. */
  readonly cron: string;
  /** The same, taken apart. A day and a weekday must both match (REFERENCE C-079). */
  readonly fields: CronFields;
}

/** A schedule with slots at whole multiples of a length of time since 1970 in UTC, whatever the clocks on walls do. */
export interface EverySchedule extends ScheduleBase {
  /** Tells it from the others. */
  readonly type: "every";
  /** Milliseconds from slot to slot. */
  readonly everyMs: number;
}

/** A schedule with one slot. */
export interface AtSchedule extends ScheduleBase {
  /** Tells it from the others. */
  readonly type: "at";
  /** The slot, in epoch milliseconds. */
  readonly atMs: number;
}

/** A schedule. */
export type Schedule = CronSchedule | EverySchedule | AtSchedule;

/** After which ends of another workflow's runs a workflow starts. */
export type ReleaseWhen = "success" | "failure" | "always";

/** Starts a workflow after the run of another one. */
export interface ReleaseTrigger {
  /** The other workflow's name. */
  readonly workflow: string;
  /** After which ends of its runs. */
  readonly when: ReleaseWhen;
  /** Where it stands. */
  readonly path: Path;
}

/** A trigger that a plugin provides. */
export interface PluginTrigger {
  /** What it is called: `webhook`. */
  readonly type: string;
  /** What was written for it. */
  readonly with: Value;
  /** Whether its runs stand for no slot. @default they do */
  readonly slotless?: true;
  /** Where it stands. */
  readonly path: Path;
}

/** All that starts a workflow by itself. */
export interface Triggers {
  /** When it starts. */
  readonly schedules: readonly Schedule[];
  /** After the runs of which workflows it starts. */
  readonly releases: readonly ReleaseTrigger[];
  /** Whether the author marked it as started by hand; it always can be. */
  readonly manual: boolean;
  /** What plugins start it on. */
  readonly others: readonly PluginTrigger[];
  /** What becomes of slots where their schedule says nothing, and of the runs of other workflows that it follows. */
  readonly policy: SchedulePolicy;
}

/** What is installed, and where findings go. */
export interface TriggerReading {
  /** Where `on` stands. */
  readonly path: Path;
  /** The triggers of plugins that may be used. */
  readonly installed: readonly TriggerSyntax[];
  /** The names of all triggers of plugins; messages name them. @default those of `installed` */
  readonly known?: readonly string[];
  /** The policy of the workflow. @default {@linkcode DEFAULT_POLICY} */
  readonly policy?: SchedulePolicy;
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
const OF_A_SCHEDULE = ["cron", "cronjob", "interval", "every", "at"];

/** Whether a key under `on` means something without any plugin. */
export function isOwnTrigger(name: string): boolean {
  return OWN.includes(name) || OF_A_SCHEDULE.includes(name);
}

/** How triggers are written, with those of plugins. */
export function triggersSchema(installed: readonly TriggerSyntax[] = []): z.ZodType {
  const schedule = z.union([cronSchema(), intervalSchema(), everySchema(), atSchema()]);
  const plugged = installed.map(({ name, fields }) => {
    const one = z.strictObject(fields);
    return [name, z.union([one, z.array(one)]).optional()] as const;
  });
  const typed = z.looseObject({
    ...Object.fromEntries(plugged),
    schedule: z.union([schedule, z.array(schedule)]).optional(),
    release: releaseSchema().optional(),
    manual: z.boolean().optional(),
  });
  return z.union([z.array(z.union([schedule, typed])), schedule, typed]).nullable();
}

/** The triggers that were written; what is wrong with them is reported. */
export function readTriggers(written: unknown, reading: TriggerReading): Triggers {
  const { policy = DEFAULT_POLICY } = reading;
  const found: FoundTriggers = { schedules: [], releases: [], manual: false, others: [], policy };
  if (isWrittenList(written)) {
    for (const [at, entry] of written.entries()) {
      readEntry(entry, { ...reading, path: [...reading.path, at] }, found);
    }
  } else if (written !== null && written !== undefined) {
    readEntry(written, reading, found);
  }
  checkSchedules(found.schedules, reading);
  checkReleases(found.releases, reading);
  checkCounts(found.others, reading);
  return found;
}

interface FoundTriggers {
  readonly schedules: Schedule[];
  readonly releases: ReleaseTrigger[];
  manual: boolean;
  readonly others: PluginTrigger[];
  readonly policy: SchedulePolicy;
}

function readEntry(entry: unknown, reading: TriggerReading, found: FoundTriggers): void {
  if (!isWrittenMapping(entry)) {
    const example = 'write a mapping such as "cron: 0 9 * * 1-5" or "manual: true"';
    reading.report({
      code: "value-invalid",
      message: `Cannot read the trigger: it is ${
        typeof entry === "string" ? `the text "${shortened(entry)}"` : kindOfWritten(entry)
      }; ${example}`,
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
      return readPlugged([type, value], reading, found);
  }
}

function readPlugged(
  [type, value]: readonly [string, Value],
  reading: TriggerReading,
  found: FoundTriggers,
): void {
  const syntax = reading.installed.find(({ name }) => name === type);
  if (syntax === undefined) {
    found.others.push({ type, with: value, path: reading.path });
    return reportMissing(type, reading);
  }
  const entries = isWrittenList(value) ? value : [value];
  for (const [at, entry] of entries.entries()) {
    const path = isWrittenList(value) ? [...reading.path, at] : reading.path;
    const place = { path, subject: `trigger "${type}"`, report: reading.report };
    const written = isWrittenMapping(entry)
      ? withoutInert(entry, syntax.inert ?? [], place)
      : entry ?? {};
    const read = readWith(z.strictObject(syntax.fields), written, place);
    const { slotless } = syntax;
    if (read === undefined) continue;
    found.others.push({ type, with: written, path, ...(slotless && { slotless }) });
  }
}

function checkCounts(others: readonly PluginTrigger[], { installed, report }: TriggerReading) {
  for (const { name, most = MAX_TRIGGERS_OF_A_KIND } of installed) {
    const beyond = others.filter(({ type }) => type === name)[most];
    if (beyond === undefined) continue;
    const message = `A workflow has at most ${most} of the trigger "${name}"`;
    report({ code: "too-many", message, path: beyond.path });
  }
}

function reportMissing(type: string, reading: TriggerReading): void {
  const { path, installed, known = installed.map(({ name }) => name), report } = reading;
  if (DESCRIBED.includes(type)) {
    const message =
      `Nothing starts this workflow on "${type}": no installed plugin provides this trigger`;
    return report({ code: "trigger-missing", severity: "warning", message, path, target: "key" });
  }
  const all = [...OWN, ...OF_A_SCHEDULE, ...known];
  const guess = closestName(type, all) ?? closestName(type, DESCRIBED);
  const hint = Object.hasOwn(FOREIGN_TRIGGERS, type)
    ? `write "${FOREIGN_TRIGGERS[type]}"`
    : guess
    ? `did you mean "${guess}"?`
    : `there are ${all.join(", ")}`;
  report({
    code: "key-unknown",
    message: `Unknown trigger "${type}"; ${hint}`,
    path,
    target: "key",
  });
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** What starts workflows elsewhere. */
const FOREIGN_TRIGGERS: Readonly<Record<string, string>> = {
  workflow_dispatch: "manual: true",
  workflow_run: "release: NAME",
  repository_dispatch: "webhook: …",
  push: "webhook: …",
  pull_request: "webhook: …",
};

function releaseSchema() {
  return z.union([oneReleaseSchema(), z.array(oneReleaseSchema())]);
}

function oneReleaseSchema() {
  return z.union([
    z.string(),
    z.strictObject({
      workflow: z.string(),
      when: z.enum(["success", "failure", "always"]).optional(),
    }),
  ]);
}

function readReleases(value: Value, reading: TriggerReading): readonly ReleaseTrigger[] {
  if (!isWrittenList(value)) return readRelease(value, reading);
  return value.flatMap((entry, at) =>
    readRelease(entry, { ...reading, path: [...reading.path, at] })
  );
}

function readRelease(entry: Value, reading: TriggerReading): readonly ReleaseTrigger[] {
  const subject = 'trigger "release"';
  const read = readWith(oneReleaseSchema(), entry, { ...reading, subject });
  if (read === undefined) return [];
  const { path } = reading;
  if (typeof read === "string") return [{ workflow: read, when: "success", path }];
  return [{ workflow: read.workflow, when: read.when ?? "success", path }];
}

function readSchedules(value: Value, reading: TriggerReading, found: FoundTriggers): void {
  if (!isWrittenList(value)) return readSchedule(value, reading, found);
  for (const [at, entry] of value.entries()) {
    readSchedule(entry, { ...reading, path: [...reading.path, at] }, found);
  }
}

function readSchedule(entry: unknown, reading: TriggerReading, found: FoundTriggers): void {
  const schedule = scheduleIn(entry, reading);
  if (schedule !== undefined) found.schedules.push(schedule);
}

function scheduleIn(entry: unknown, reading: TriggerReading): Schedule | undefined {
  if (isWrittenMapping(entry) && Object.hasOwn(entry, "every")) return readEvery(entry, reading);
  if (isWrittenMapping(entry) && Object.hasOwn(entry, "at")) return readAt(entry, reading);
  const isInterval = isWrittenMapping(entry) && Object.hasOwn(entry, "interval");
  const timed = isInterval ? readInterval(entry, reading) : readCron(entry, reading);
  if (timed === undefined) return undefined;
  const { cron, timezone, policy, params } = timed;
  const parsed = parseCron(cron);
  if (!parsed.ok) {
    reading.report({ code: "cron-invalid", message: parsed.message, path: timed.path });
    return undefined;
  }
  checkTimezone(timezone, reading);
  const { fields } = parsed;
  return { type: "cron", text: cron, cron, fields, timezone, policy, params, path: reading.path };
}

interface Timed {
  readonly cron: string;
  readonly timezone: string;
  readonly policy: SchedulePolicy;
  readonly params: ValueObject;
  readonly path: Path;
}

/** What every schedule may have, however its slots are written. */
function commonShape() {
  return {
    desc: z.string().nullable().optional(),
    params: z.custom<ValueObject>(isWrittenMapping, {
      error: 'The "params" of a schedule are a mapping from names to values',
    }).optional(),
    ...madeShape(POLICY_FIELDS),
  };
}

function policyFor(written: WrittenPolicy, { path, report, policy }: TriggerReading) {
  return readPolicy(written, { outer: policy ?? DEFAULT_POLICY, path, report });
}

const everySchema = once(() =>
  z.strictObject({
    every: z.union([z.number(), z.string()]).refine(
      (written) => (parseDuration(written) ?? 0) >= MIN_EVERY_MS,
      {
        error:
          'The time between two slots is a length such as "10s" or "15m", at least "1s" and at most 366 days',
      },
    ),
    ...commonShape(),
  })
);

function readEvery(entry: unknown, reading: TriggerReading): Schedule | undefined {
  const written = readWith(everySchema(), entry, { ...reading, subject: "a schedule" });
  const everyMs = written === undefined ? undefined : parseDuration(written.every);
  if (written === undefined || everyMs === undefined) return undefined;
  const policy = policyFor(written, reading);
  if (written.jitter !== undefined && policy.jitterMs >= everyMs) {
    const message = `The "jitter" reaches beyond the next slot, which comes after ${written.every}`;
    reading.report({ code: "policy-contradiction", message, path: [...reading.path, "jitter"] });
  }
  const unit = typeof written.every === "number" ? "s" : "";
  const text = `every ${written.every}${unit}`;
  const { params = {} } = written;
  return { type: "every", text, everyMs, timezone: "UTC", policy, params, path: reading.path };
}

const atSchema = once(() =>
  z.strictObject({
    at: z.string(),
    timezone: z.string().optional(),
    tz: z.string().optional(),
    ...commonShape(),
  })
);

function readAt(entry: unknown, reading: TriggerReading): Schedule | undefined {
  const written = readWith(atSchema(), entry, { ...reading, subject: "a schedule" });
  if (written === undefined) return undefined;
  const timezone = timezoneOf(written);
  checkTimezone(timezone, reading);
  const moment = isTimezone(timezone) ? momentOf(written.at, timezone) : undefined;
  if (moment === undefined) return undefined;
  if (!moment.ok) {
    const path = [...reading.path, "at"];
    reading.report({ code: "value-invalid", message: moment.message, path });
    return undefined;
  }
  const policy = policyFor(written, reading);
  const text = `at ${written.at}`;
  const { atMs } = moment;
  const { params = {} } = written;
  return { type: "at", text, atMs, timezone, policy, params, path: reading.path };
}

const cronSchema = once(() =>
  z.strictObject({
    cron: z.string().optional(),
    cronjob: z.string().optional(),
    timezone: z.string().optional(),
    tz: z.string().optional(),
    // How the reference prints the text; it does not change when it fires.
    output_hashes: z.boolean().optional(),
    output_weekday_names: z.boolean().optional(),
    output_month_names: z.boolean().optional(),
    ...commonShape(),
  })
);

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
  const policy = policyFor(written, reading);
  const { params = {} } = written;
  return { cron, timezone: timezoneOf(written), policy, params, path: [...reading.path, key] };
}

const intervalSchema = once(() =>
  z.strictObject({
    interval: z.enum(["daily", "weekly", "monthly"]),
    day: z.string().refine((day) => weekdayNumber(day) !== undefined, {
      error: 'The day of an interval is a weekday such as "monday"',
    }).optional(),
    time: z.string().regex(/^(?:[01]?\d|2[0-3]):[0-5]\d$/, {
      error: 'The time of an interval is written as "HH:MM", from "00:00" to "23:59"',
    }).optional(),
    timezone: z.string().optional(),
    tz: z.string().optional(),
    ...commonShape(),
  })
);

function readInterval(entry: unknown, reading: TriggerReading): Timed | undefined {
  const written = readWith(intervalSchema(), entry, { ...reading, subject: "an interval" });
  if (written === undefined) return undefined;
  if (written.interval === "daily" && written.day !== undefined) {
    const message = 'A daily interval has no "day"; write "weekly" for one day of the week';
    reading.report({ code: "value-invalid", message, path: [...reading.path, "day"] });
    return undefined;
  }
  const cron = cronOfInterval(written);
  const policy = policyFor(written, reading);
  const { params = {} } = written;
  return { cron, timezone: timezoneOf(written), policy, params, path: reading.path };
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
    const same = slotsKey(schedule);
    const earlier = first.get(same);
    if (earlier === undefined) {
      first.set(same, schedule);
      continue;
    }
    report({
      code: "schedule-duplicate",
      message: `The schedule "${schedule.text}" in ${schedule.timezone} is there twice`,
      path: schedule.path,
      related: [{ message: "first written here", path: earlier.path }],
    });
  }
}

/**
 * Names what slots a schedule has: two schedules of a workflow with the same
 * key are one. It stays when the entry moves, is described anew or has its
 * policy changed.
 */
export function slotsKey(schedule: Schedule): string {
  switch (schedule.type) {
    case "cron":
      return `cron ${Object.values(schedule.fields).join(" ")} ${schedule.timezone}`;
    case "every":
      return `every ${schedule.everyMs}`;
    case "at":
      return `at ${schedule.atMs}`;
    default:
      return schedule satisfies never;
  }
}

/** Names a trigger of a plugin among those of its workflow. It stays when the entry moves. */
export function triggerKey({ type, with: options }: PluginTrigger): string {
  return `${type} ${sha256Hex(JSON.stringify(options)).slice(0, TRIGGER_KEY_DIGITS)}`;
}

const TRIGGER_KEY_DIGITS = 16;

function checkReleases(
  releases: readonly ReleaseTrigger[],
  { path, report }: TriggerReading,
): void {
  if (releases.length <= MAX_RELEASES) return;
  const message =
    `A workflow follows at most ${MAX_RELEASES} others; this one follows ${releases.length}`;
  report({ code: "too-many", message, path, target: "key" });
}
