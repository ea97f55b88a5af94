import { deepEqual, equal, ok } from "node:assert/strict";
import { admit } from "../../core/schedule/admission.ts";
import {
  jitterOffset,
  judgeSchedule,
  MAX_CATCH_UP_SLOTS,
} from "../../core/schedule/judge_schedule.ts";
import { releaseCycles } from "../../core/schedule/release_cycle.ts";
import { pauseOf, pausing, resuming } from "../../core/schedule/schedule_cursors.ts";
import { WakeQueue } from "../../core/schedule/wake_queue.ts";
import { below, seeded } from "../simulation/random.ts";
import { test } from "../harness.ts";
import { calendar, HOUR, load, MINUTE, NEW_YEAR, scheduleIn, workflowText } from "./rig.ts";

const quarterHourly = (policy = "") => scheduleIn(`[{cron: '*/15 * * * *' ${policy}}]`);
const at = (minutes: number) => NEW_YEAR + minutes * MINUTE;

function judged(
  policy: string,
  { cursor, now, paused = false }: { cursor: number; now: number; paused?: boolean },
) {
  const facts = { cursorMs: at(cursor), nowMs: at(now), paused, calendar };
  const { due, missed, cursorMs, nextMs } = judgeSchedule(quarterHourly(policy), facts);
  const minute = (ms: number | undefined) =>
    ms === undefined ? undefined : (ms - NEW_YEAR) / MINUTE;
  return {
    due: due.map(minute),
    missed: missed && [minute(missed.firstMs), minute(missed.lastMs)],
    cursor: minute(cursorMs),
    next: minute(nextMs),
  };
}

test("judgeSchedule() waits while no slot has come", () => {
  deepEqual(judged("", { cursor: 0, now: 14.9 }), {
    due: [],
    missed: undefined,
    cursor: 0,
    next: 15,
  });
});

test("judgeSchedule() fires a slot that has come, whatever the policy", () => {
  for (const catchUp of ["none", "latest", "all"]) {
    const expected = { due: [15], missed: undefined, cursor: 15, next: 30 };
    deepEqual(judged(`, catch-up: ${catchUp}`, { cursor: 0, now: 15 }), expected);
    deepEqual(
      judged(`, catch-up: ${catchUp}`, { cursor: 0, now: 16 }),
      expected,
      "a minute is on time",
    );
  }
});

test("judgeSchedule() given an absence: none, the newest, or all", () => {
  const absence = { cursor: 0, now: 50 };
  deepEqual(judged(", catch-up: none", absence), {
    due: [],
    missed: [15, 45],
    cursor: 45,
    next: 60,
  });
  deepEqual(judged(", catch-up: latest", absence), {
    due: [45],
    missed: undefined,
    cursor: 45,
    next: 60,
  });
  deepEqual(judged(", catch-up: all", absence), {
    due: [15, 30, 45],
    missed: undefined,
    cursor: 45,
    next: 60,
  });
});

test("judgeSchedule() given an absence that ends at a slot: that one is on time", () => {
  deepEqual(judged(", catch-up: none", { cursor: 0, now: 45 }), {
    due: [45],
    missed: [15, 30],
    cursor: 45,
    next: 60,
  });
});

test("judgeSchedule() catches up with nothing older than the window", () => {
  const window = (catchUp: string) => `, catch-up: ${catchUp}, catch-up-window: 20m`;
  deepEqual(judged(window("all"), { cursor: 0, now: 50 }).due, [30, 45]);
  deepEqual(judged(window("all"), { cursor: 0, now: 50 }).missed, [15, 15]);
  const short = ", catch-up: latest, catch-up-window: 3m";
  deepEqual(judged(short, { cursor: 0, now: 50 }), {
    due: [],
    missed: [15, 45],
    cursor: 45,
    next: 60,
  });
});

test("judgeSchedule() passes over what comes during a pause, and misses nothing by it", () => {
  const paused = { cursor: 0, now: 50, paused: true };
  deepEqual(judged(", catch-up: all", paused), {
    due: [],
    missed: undefined,
    cursor: 45,
    next: 60,
  });
});

test("judgeSchedule() catches up with a bounded number of slots, however long the absence", () => {
  const everySecond = scheduleIn("[{every: 1s, catch-up: all}]");
  const nowMs = NEW_YEAR + 300 * 24 * HOUR;
  const { due, missed } = judgeSchedule(everySecond, {
    cursorMs: NEW_YEAR,
    nowMs,
    paused: false,
    calendar,
  });
  equal(due.length, MAX_CATCH_UP_SLOTS);
  equal(due.at(-1), nowMs);
  equal(missed?.lastMs, nowMs - MAX_CATCH_UP_SLOTS * 1_000);
});

test("judgeSchedule() ends with a schedule that has one slot", () => {
  const once = scheduleIn("[{at: '2026-01-01T00:10Z'}]");
  const facts = { cursorMs: NEW_YEAR, paused: false, calendar };
  equal(judgeSchedule(once, { ...facts, nowMs: NEW_YEAR }).nextMs, at(10));
  deepEqual(judgeSchedule(once, { ...facts, nowMs: at(10) }), {
    due: [at(10)],
    cursorMs: at(10),
    nextMs: undefined,
  });
  equal(judgeSchedule(once, { ...facts, cursorMs: at(11), nowMs: at(12) }).nextMs, undefined);
});

test("judgeSchedule() does the same in one step and in many", () => {
  const schedule = scheduleIn("[{cron: '7,22 * * * *', catch-up: all}]");
  const random = seeded(7);
  const oneStep = judgeSchedule(schedule, {
    cursorMs: NEW_YEAR,
    nowMs: at(600),
    paused: false,
    calendar,
  });
  for (let round = 0; round < 20; round++) {
    const due: number[] = [];
    for (let now = 0, cursorMs = NEW_YEAR; now < 600;) {
      now = Math.min(600, now + below(random, 90));
      const step = judgeSchedule(schedule, { cursorMs, nowMs: at(now), paused: false, calendar });
      due.push(...step.due);
      ({ cursorMs } = step);
    }
    deepEqual(due, oneStep.due);
  }
});

test("jitterOffset() is always the same for one schedule and spreads many", () => {
  const schedule = scheduleIn("[{cron: '0 * * * *', jitter: 10m}]");
  const offsets = Array.from(
    { length: 200 },
    (_, nth) => jitterOffset(schedule, { workflow: `w${nth}`, key: "k" }),
  );
  deepEqual(offsets[0], jitterOffset(schedule, { workflow: "w0", key: "k" }));
  ok(offsets.every((offset) => offset >= 0 && offset < 10 * MINUTE));
  ok(offsets.filter((offset) => offset < 5 * MINUTE).length > 60);
  ok(offsets.filter((offset) => offset >= 5 * MINUTE).length > 60);
  equal(jitterOffset(scheduleIn("[{cron: '0 * * * *'}]"), { workflow: "w", key: "k" }), 0);
});

test("admit() follows the overlap policy", () => {
  const idle = { underWay: 0, isSuperseded: false };
  const busy = { underWay: 1, isSuperseded: false };
  for (const overlap of ["allow", "skip", "queue", "cancel-running"] as const) {
    equal(admit(overlap, idle), "start");
  }
  deepEqual(
    (["allow", "skip", "queue", "cancel-running"] as const).map((overlap) => admit(overlap, busy)),
    ["start", "skip", "wait", "replace"],
  );
  equal(admit("cancel-running", { underWay: 0, isSuperseded: true }), "skip");
  equal(admit("queue", { underWay: 0, isSuperseded: true }), "start");
});

test("pauseOf() knows the last word, also when the clock was put back", () => {
  let cursors: ReadonlyMap<string, number> = new Map();
  const say = (change: typeof pausing, nowMs: number) => {
    cursors = new Map([...cursors, ...change("w", { cursors, nowMs })]);
    return pauseOf("w", cursors).paused;
  };
  equal(pauseOf("w", cursors).paused, false);
  deepEqual([say(pausing, 100), say(resuming, 90), say(pausing, 80), say(resuming, 200)], [
    true,
    false,
    true,
    false,
  ]);
  equal(pauseOf("w", cursors).endedMs, 200);
  equal(pauseOf("other", cursors).paused, false);
});

test("releaseCycles() finds workflows that start one another without end", () => {
  const text = (names: string) =>
    names.split(" ").map((it) =>
      workflowText(it.slice(0, 1), `{release: [${[...it.slice(1)].join()}]}`)
    ).join("");
  const cycles = (names: string) =>
    releaseCycles(load(text(names)).workflows).map((it) => [...it].sort().join(""));
  deepEqual(cycles("ab bc c"), []);
  deepEqual(cycles("ab bc ca da"), ["abc"]);
  deepEqual(cycles("abc bc c"), []);
});

test("WakeQueue gives back in order whatever is added in between", () => {
  const random = seeded(3);
  const queue = new WakeQueue<number>();
  let waiting: number[] = [];
  for (let nowMs = 0; nowMs < 500; nowMs++) {
    for (let count = below(random, 4); count > 0; count--) {
      const wakeMs = nowMs + below(random, 100);
      queue.add(wakeMs, wakeMs);
      waiting.push(wakeMs);
    }
    const taken: number[] = [];
    for (let item = queue.takeDue(nowMs); item !== undefined; item = queue.takeDue(nowMs)) {
      taken.push(item);
    }
    deepEqual(taken, waiting.filter((it) => it <= nowMs).sort((one, other) => one - other));
    waiting = waiting.filter((it) => it > nowMs);
    equal(queue.nextMs, waiting.length === 0 ? undefined : Math.min(...waiting));
  }
});
