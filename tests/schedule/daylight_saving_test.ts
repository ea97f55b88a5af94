/**
 * The table of docs/schedules.md, and a second cron library's opinion of the
 * same three years.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { CronExpressionParser } from "cron-parser";
import type { CronSchedule } from "../../core/model/triggers.ts";
import { judgeSchedule } from "../../core/schedule/judge_schedule.ts";
import { hasSlot, slotsBetween } from "../../core/schedule/slots.ts";
import { test } from "../harness.ts";
import { calendar, load, scheduleIn, workflowText } from "./rig.ts";

const FROM = Date.UTC(2025, 0, 1);
const UNTIL = Date.UTC(2028, 0, 1);

function cron(text: string, timezone: string): CronSchedule {
  const schedule = scheduleIn(`[{cron: '${text}', timezone: ${timezone}}]`);
  if (schedule.type !== "cron") throw new Error("no cron text");
  return schedule;
}

/** The slots of a time, as `DDTHH:MM` in UTC. */
function slots(text: string, timezone: string, from: string, until: string): string[] {
  const span = { afterMs: Date.parse(from) - 1, untilMs: Date.parse(until) };
  return [...slotsBetween(cron(text, timezone), span, { calendar })].map((ms) =>
    new Date(ms).toISOString().slice(8, 16)
  );
}

test("a fixed time that the clock leaves out comes when the clock is put forward", () => {
  const days = ["2026-03-28T00:00Z", "2026-03-30T23:00Z"] as const;
  deepEqual(slots("30 2 * * *", "Europe/Berlin", ...days), ["28T01:30", "29T01:00", "30T00:30"]);
  deepEqual(slots("30 2 * * *", "America/New_York", "2026-03-07T12:00Z", "2026-03-09T12:00Z"), [
    "08T07:00",
    "09T06:30",
  ]);
  deepEqual(slots("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T12:00Z", "2026-10-04T23:00Z"), [
    "02T15:45",
    "03T15:30",
    "04T15:15",
  ]);
  deepEqual(slots("30 0 * * *", "Africa/Cairo", "2026-04-22T12:00Z", "2026-04-24T23:00Z"), [
    "22T22:30",
    "23T22:00",
    "24T21:30",
  ]);
});

test("a fixed time that the clock shows twice comes the first time only", () => {
  deepEqual(slots("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-26T12:00Z"), [
    "25T00:30",
    "26T01:30",
  ]);
  deepEqual(slots("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", "2026-11-02T12:00Z"), [
    "01T05:30",
    "02T06:30",
  ]);
  deepEqual(slots("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00Z", "2026-04-05T23:00Z"), [
    "04T14:45",
    "05T15:15",
  ]);
});

test("an interval goes on through both nights by the real time", () => {
  const spring = ["2026-03-29T00:00Z", "2026-03-29T02:00Z"] as const;
  deepEqual(slots("*/30 * * * *", "Europe/Berlin", ...spring), [
    "29T00:00",
    "29T00:30",
    "29T01:00",
    "29T01:30",
    "29T02:00",
  ]);
  const autumn = ["2026-10-25T00:00Z", "2026-10-25T02:00Z"] as const;
  deepEqual(slots("*/30 * * * *", "Europe/Berlin", ...autumn), [
    "25T00:00",
    "25T00:30",
    "25T01:00",
    "25T01:30",
    "25T02:00",
  ]);
  deepEqual(slots("*/20 2 * * *", "Europe/Berlin", ...spring), [], "the hour is not there");
  equal(slots("*/20 2 * * *", "Europe/Berlin", ...autumn).length, 6, "the hour is there twice");
});

test("a length of time goes on by the real time, and a single moment is refused or the first of two", () => {
  const every = scheduleIn("[{every: 30m}]");
  const [fromMs, untilMs] = [Date.UTC(2026, 2, 29), Date.UTC(2026, 2, 29, 2)];
  const found = [...slotsBetween(every, { afterMs: fromMs, untilMs }, { calendar })];
  deepEqual(found.map((ms) => (ms - fromMs) / 60_000), [30, 60, 90, 120]);

  const at = (text: string) => load(workflowText("w", `[{at: '${text}', tz: Europe/Berlin}]`));
  deepEqual(at("2026-03-29T02:30").diagnostics.map(({ message }) => message), [
    'There is no "2026-03-29T02:30" in Europe/Berlin: clocks are put forward over it that day',
  ]);
  const [first] = at("2026-10-25T02:30").workflows[0]?.triggers.schedules ?? [];
  equal(first?.type === "at" && first.atMs, Date.UTC(2026, 9, 25, 0, 30));
});

test("each policy of catching up takes what the nights of the clocks bring, and no more", () => {
  const caughtUp = (text: string, policy: string, [from, until]: readonly [string, string]) => {
    const schedule = scheduleIn(`[{cron: '${text}', tz: Europe/Berlin, catch-up: ${policy}}]`);
    const { due, missed } = judgeSchedule(schedule, {
      ...{ cursorMs: Date.parse(from), nowMs: Date.parse(until), paused: false, calendar },
    });
    const shown = (ms: number) => new Date(ms).toISOString().slice(8, 16);
    return [...due.map(shown), ...(missed === undefined ? [] : [`missed ${shown(missed.lastMs)}`])];
  };
  const spring = ["2026-03-28T12:00Z", "2026-03-29T12:00Z"] as const;
  const autumn = ["2026-10-24T12:00Z", "2026-10-25T12:00Z"] as const;
  const fixed = "30 2 * * *";
  deepEqual(caughtUp(fixed, "none", spring), ["missed 29T01:00"]);
  deepEqual(caughtUp(fixed, "latest", spring), ["29T01:00"]);
  deepEqual(caughtUp(fixed, "all", spring), ["29T01:00"]);
  deepEqual(caughtUp(fixed, "all", autumn), ["25T00:30"]);
  const repeated = "0,30 2 * * *";
  deepEqual(caughtUp(repeated, "all", spring), []);
  deepEqual(caughtUp(repeated, "latest", autumn), ["25T01:30"]);
  deepEqual(caughtUp(repeated, "all", autumn), ["25T00:00", "25T00:30", "25T01:00", "25T01:30"]);
});

interface Change {
  readonly zone: string;
  /** A reading that the clock leaves out, two of its hour, and when the clock is put forward. */
  readonly gap: { day: string; time: string; repeated: string; atUtc: string };
  /** A reading that the clock shows twice, two of its hour, and both moments of the first. */
  readonly overlap: { day: string; time: string; repeated: string; utc: readonly string[] };
}

const CHANGES: readonly Change[] = [
  {
    zone: "Europe/Berlin",
    gap: { day: "2026-03-29", time: "02:30", repeated: "10,30 2", atUtc: "2026-03-29T01:00" },
    overlap: {
      ...{ day: "2026-10-25", time: "02:30", repeated: "10,30 2" },
      utc: ["2026-10-25T00:30", "2026-10-25T01:30"],
    },
  },
  {
    zone: "America/New_York",
    gap: { day: "2026-03-08", time: "02:30", repeated: "10,30 2", atUtc: "2026-03-08T07:00" },
    overlap: {
      ...{ day: "2026-11-01", time: "01:30", repeated: "10,30 1" },
      utc: ["2026-11-01T05:30", "2026-11-01T06:30"],
    },
  },
  {
    zone: "Australia/Lord_Howe",
    gap: { day: "2026-10-04", time: "02:15", repeated: "5,15 2", atUtc: "2026-10-03T15:30" },
    overlap: {
      ...{ day: "2026-04-05", time: "01:45", repeated: "40,45 1" },
      utc: ["2026-04-04T14:45", "2026-04-04T15:15"],
    },
  },
  {
    zone: "Africa/Cairo",
    gap: { day: "2026-04-24", time: "00:30", repeated: "10,30 0", atUtc: "2026-04-23T22:00" },
    overlap: {
      ...{ day: "2026-10-29", time: "23:30", repeated: "10,30 23" },
      utc: ["2026-10-29T20:30", "2026-10-29T21:30"],
    },
  },
  {
    zone: "America/Santiago",
    gap: { day: "2026-09-06", time: "00:30", repeated: "10,30 0", atUtc: "2026-09-06T04:00" },
    overlap: {
      ...{ day: "2026-04-04", time: "23:30", repeated: "10,30 23" },
      utc: ["2026-04-05T02:30", "2026-04-05T03:30"],
    },
  },
];

const HOUR_MS = 3_600_000;
const POLICIES = ["none", "latest", "all"] as const;

function fixedAt(time: string): string {
  const [hour, minute] = time.split(":").map(Number);
  return `${minute} ${hour} * * *`;
}

/** From so many hours before a moment to as many behind it. */
function around(
  utc: string,
  hours: number,
): { readonly afterMs: number; readonly untilMs: number } {
  const ms = Date.parse(`${utc}Z`);
  return { afterMs: ms - hours * HOUR_MS, untilMs: ms + hours * HOUR_MS };
}

function minutesUtc(times: Iterable<number>): string[] {
  return Array.from(times, (ms) => new Date(ms).toISOString().slice(0, 16));
}

for (const { zone, gap, overlap } of CHANGES) {
  const found = (text: string, span: { afterMs: number; untilMs: number }) =>
    minutesUtc(slotsBetween(cron(text, zone), span, { calendar }));
  const at = (day: string, time: string) =>
    load(workflowText("w", `[{at: '${day}T${time}', tz: ${zone}}]`));
  /** What a scheduler starts that comes back six hours later. */
  const caughtUp = (text: string, catchUp: string, utc: string) => {
    const { afterMs: cursorMs, untilMs: nowMs } = around(utc, 6);
    const on = `[{cron: '${text}', tz: ${zone}, catch-up: ${catchUp}}]`;
    const facts = { cursorMs, nowMs, paused: false, calendar };
    return minutesUtc(judgeSchedule(scheduleIn(on), facts).due);
  };

  test(`the table holds where clocks are put forward in ${zone}`, () => {
    const { day, time, repeated, atUtc } = gap;
    const span = around(atUtc, 6);
    deepEqual(found(fixedAt(time), span), [atUtc], "fixed: at that moment, and once");
    deepEqual(found(`${repeated} * * *`, span), [], "repeated: not that day");
    equal(found("*/30 * * * *", span).length, 24, "through the hours: by real time");
    equal(
      [...slotsBetween(scheduleIn("[{every: 30m}]"), span, { calendar })].length,
      24,
      "every: by real time",
    );
    match(at(day, time).diagnostics[0]?.message ?? "", /clocks are put forward over it that day/);
    const fixed = POLICIES.map((policy) => caughtUp(fixedAt(time), policy, atUtc));
    deepEqual(fixed, [[], [atUtc], [atUtc]]);
    const none = POLICIES.map((policy) => caughtUp(`${repeated} * * *`, policy, atUtc));
    deepEqual(none, [[], [], []]);
  });

  test(`the table holds where a clock shows an hour twice in ${zone}`, () => {
    const { day, time, repeated, utc: [first = "", second = ""] } = overlap;
    const span = around(first, 6);
    deepEqual(found(fixedAt(time), span), [first], "fixed: the first time only");
    const both = found(`${repeated} * * *`, span);
    deepEqual([both.length, both[1], both[3]], [4, first, second], "repeated: both times");
    equal(found("*/30 * * * *", span).length, 24, "through the hours: by real time");
    const [schedule] = at(day, time).workflows[0]?.triggers.schedules ?? [];
    deepEqual(minutesUtc(schedule?.type === "at" ? [schedule.atMs] : []), [first], "at: the first");
    const fixed = POLICIES.map((policy) => caughtUp(fixedAt(time), policy, first));
    deepEqual(fixed, [[], [first], [first]]);
    const repeats = POLICIES.map((policy) => caughtUp(`${repeated} * * *`, policy, first));
    deepEqual(repeats, [[], [second], both]);
  });
}

test("zones without daylight saving are what they look like", () => {
  for (const zone of ["Asia/Tehran", "Pacific/Apia"]) {
    const all = slots("30 2 * * *", zone, "2025-01-01T00:00Z", "2027-12-31T23:59Z");
    equal(new Set(all.map((slot) => slot.slice(3))).size, 1, zone);
    equal(all.length, 365 * 3, zone);
  }
});

const ZONES = [
  ...["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"],
  ...["Africa/Cairo", "Asia/Tehran", "Pacific/Apia"],
];
const TEXTS = [
  ...["30 2 * * *", "15 23 L * *", "0 3 * * 5L", "45 1 1,15 * *", "0 0 29 2 *"],
  "*/30 1-3 * * 0",
];
/** Each text in each zone; daily ones take the other library seconds, so two of them are in one zone each. */
const COMPARED: readonly (readonly [text: string, zone: string])[] = [
  ...ZONES.flatMap((zone) => TEXTS.map((text) => [text, zone] as const)),
  ["15 0 * * *", "Africa/Cairo"],
  ["0 9 * * 1-5", "America/New_York"],
];

/** What the two make of the nights when clocks change, in three years. */
interface Difference {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

// docs/schedules.md says in words what these are.
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  // A fixed time that is left out: cron-parser moves it by as much as the clock is moved.
  "30 2 * * * Europe/Berlin": {
    ours: ["2025-03-30T01:00", "2026-03-29T01:00", "2027-03-28T01:00"],
    theirs: ["2025-03-30T01:30", "2026-03-29T01:30", "2027-03-28T01:30"],
  },
  "30 2 * * * America/New_York": {
    ours: ["2025-03-09T07:00", "2026-03-08T07:00", "2027-03-14T07:00"],
    theirs: ["2025-03-09T07:30", "2026-03-08T07:30", "2027-03-14T07:30"],
  },
  "15 0 * * * Africa/Cairo": {
    ours: ["2025-04-24T22:00", "2026-04-23T22:00", "2027-04-29T22:00"],
    theirs: ["2025-04-24T22:15", "2026-04-23T22:15", "2027-04-29T22:15"],
  },
  // A repeated time that is there twice: cron-parser runs the first time only.
  "*/30 1-3 * * 0 Europe/Berlin": {
    ours: [
      ...["2025-10-26T01:00", "2025-10-26T01:30", "2026-10-25T01:00"],
      ...["2026-10-25T01:30", "2027-10-31T01:00", "2027-10-31T01:30"],
    ],
    theirs: [],
  },
  "*/30 1-3 * * 0 America/New_York": {
    ours: [
      ...["2025-11-02T06:00", "2025-11-02T06:30", "2026-11-01T06:00"],
      ...["2026-11-01T06:30", "2027-11-07T06:00", "2027-11-07T06:30"],
    ],
    theirs: [],
  },
  // Half an hour: cron-parser loses the time at which the clock is put forward as well.
  "*/30 1-3 * * 0 Australia/Lord_Howe": {
    ours: [
      ...["2025-04-05T15:00", "2025-10-04T15:30", "2026-04-04T15:00"],
      ...["2026-10-03T15:30", "2027-04-03T15:00", "2027-10-02T15:30"],
    ],
    theirs: [],
  },
};

test("cronCalendar() agrees with cron-parser over three years, but for the listed nights", () => {
  const found: Record<string, Difference> = {};
  for (const [text, zone] of COMPARED) {
    const ours = new Set(
      slotsBetween(cron(text, zone), { afterMs: FROM, untilMs: UNTIL - 1 }, { calendar }),
    );
    const theirs = new Set(otherSlots(text, zone));
    const difference = { ours: only(ours, theirs), theirs: only(theirs, ours) };
    if (difference.ours.length + difference.theirs.length === 0) continue;
    found[`${text} ${zone}`] = difference;
  }
  deepEqual(found, DIFFERENCES);
});

test("cronCalendar() finds the same slots backwards as forwards", () => {
  for (const zone of ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"]) {
    for (const text of ["30 2 * * *", "45 1 * * *", "0 */6 * * *"]) {
      const schedule = cron(text, zone);
      const span = { afterMs: Date.UTC(2026, 2, 20), untilMs: Date.UTC(2026, 4, 1) };
      let before: number | undefined;
      for (const slot of slotsBetween(schedule, span, { calendar })) {
        if (before !== undefined) {
          equal(calendar.previous(schedule, slot), before, `${text} ${zone}`);
        }
        equal(hasSlot(schedule, slot, { calendar }), true);
        before = slot;
      }
    }
  }
});

function otherSlots(text: string, tz: string): number[] {
  const parser = CronExpressionParser.parse(text, { tz, currentDate: new Date(FROM) });
  const found: number[] = [];
  for (let ms = parser.next().getTime(); ms < UNTIL; ms = parser.next().getTime()) found.push(ms);
  return found;
}

function only(these: ReadonlySet<number>, those: ReadonlySet<number>): string[] {
  return [...these.difference(those)].map((ms) => new Date(ms).toISOString().slice(0, 16));
}
