/**
 * The reference's own firing times, recorded by running it, and where ours
 * differ (REFERENCE C-078 to C-083, W-30).
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { parseCron } from "../../core/model/cron_text.ts";
import { DEFAULT_POLICY } from "../../core/model/schedule_policy.ts";
import type { CronSchedule } from "../../core/model/triggers.ts";
import { cronCalendar } from "../../plugins/cron.ts";
import { test } from "../harness.ts";
import vectors from "../vectors/cron.json" with { type: "json" };

interface Vector {
  readonly cron: string;
  readonly start: string;
  readonly tz: string;
  readonly next?: readonly string[] | null;
  readonly prev?: readonly string[] | null;
  readonly error?: string | null;
  readonly reference_correct: boolean;
}

interface Difference {
  readonly why: string;
  /** The first firing times, or the message of the refusal. */
  readonly ours: readonly string[] | RegExp;
}

/** Every vector whose answer the reference has wrong. */
const DIFFERENCES: ReadonlyMap<string, Difference> = new Map([
  ["0 0 29 2 *", {
    why: "29 February comes in leap years",
    ours: ["2028-02-29T00:00:00.000Z", "2032-02-29T00:00:00.000Z"],
  }],
  ["0 18 ? * MON-FRI", {
    why: "? is any day",
    ours: ["2024-01-01T18:00:00.000Z", "2024-01-02T18:00:00.000Z"],
  }],
  ["0 0 1 * ?", {
    why: "? is any day",
    ours: ["2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
  }],
  ["@daily", {
    why: "the words of cron are understood",
    ours: ["2024-01-02T00:00:00.000Z", "2024-01-03T00:00:00.000Z"],
  }],
  ["0/15 * * * *", {
    why: "a start with a step goes on to the end",
    ours: ["2024-02-02T00:00:00.000Z", "2024-02-02T00:15:00.000Z"],
  }],
  ["*/0 * * * *", { why: "a step of none is refused", ours: /step/i }],
  ["0 0 L * *", {
    why: "L is the last day",
    ours: ["2024-02-29T00:00:00.000Z", "2024-03-31T00:00:00.000Z"],
  }],
  ["30 2 * * *", {
    why: "a time that the clock leaves out comes at the moment when it is moved",
    ours: ["2024-03-10T07:00:00.000Z", "2024-03-11T06:30:00.000Z"],
  }],
  ["0 12 1 * ? 2024", {
    why: "? is any day",
    ours: ["2024-01-01T12:00:00.000Z", "2024-02-01T12:00:00.000Z"],
  }],
  ["0 12 1 1 * 2026", {
    why: "a year to come is reached",
    ours: ["2026-01-01T12:00:00.000Z"],
  }],
]);

test("cronCalendar() fires when the reference does, but for the listed differences", () => {
  const different = new Set<string>();
  for (const vector of vectors.vectors as readonly Vector[]) {
    const difference = DIFFERENCES.get(vector.cron);
    if (difference !== undefined) different.add(vector.cron);
    const parsed = parseCron(vector.cron);
    if (!parsed.ok) {
      if (difference === undefined) {
        equal(vector.reference_correct && !vector.next, true, vector.cron);
      } else match(parsed.message, difference.ours as RegExp, vector.cron);
      continue;
    }
    const wanted = difference?.ours ?? vector.next?.map(isoOf) ?? [];
    if (wanted instanceof RegExp) throw new Error(`${vector.cron} must be refused`);
    const schedule = scheduleOf(vector, parsed.fields);
    deepEqual(
      firings(schedule, Date.parse(`${vector.start}Z`), wanted.length || 1),
      wanted,
      vector.cron,
    );
    if (difference !== undefined) continue;
    const before = vector.prev?.map(isoOf) ?? [];
    deepEqual(
      earlier(schedule, Date.parse(`${vector.start}Z`), before.length),
      before,
      vector.cron,
    );
  }
  deepEqual(different, new Set(DIFFERENCES.keys()));
});

function scheduleOf({ cron, tz }: Vector, fields: CronSchedule["fields"]): CronSchedule {
  return {
    type: "cron",
    text: cron,
    cron,
    fields,
    timezone: tz,
    policy: DEFAULT_POLICY,
    params: {},
    path: [],
  };
}

/** From `startMs` on, itself included. */
function firings(schedule: CronSchedule, startMs: number, count: number): string[] {
  const times: string[] = [];
  for (let at: number | undefined = startMs - 1; times.length < count;) {
    at = cronCalendar().next(schedule, at);
    if (at === undefined) break;
    times.push(new Date(at).toISOString());
  }
  return times;
}

function earlier(schedule: CronSchedule, startMs: number, count: number): string[] {
  const times: string[] = [];
  for (let at: number | undefined = startMs; times.length < count;) {
    at = cronCalendar().previous(schedule, at);
    if (at === undefined) break;
    times.push(new Date(at).toISOString());
  }
  return times;
}

function isoOf(written: string): string {
  return new Date(written).toISOString();
}
