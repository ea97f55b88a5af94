import { deepEqual } from "node:assert/strict";
import { judgeOccurrences } from "../../core/schedule/judge_occurrences.ts";
import { DEFAULT_POLICY, type SchedulePolicy } from "../../core/model/schedule_policy.ts";
import { test } from "../harness.ts";

const NOW = 1_000_000;
const FRESH = NOW - 60_000;
const OLD = NOW - 60_001;

function judged(
  times: readonly number[],
  policy: Partial<SchedulePolicy> = {},
  pause: { paused?: boolean; endedMs?: number } = {},
): readonly [readonly number[], readonly number[] | undefined] {
  const { due, missed } = judgeOccurrences(times.map((atMs) => ({ atMs })), {
    ...{ nowMs: NOW, paused: false, endedMs: 0, ...pause },
    policy: { ...DEFAULT_POLICY, ...policy },
  });
  return [
    due.map(({ atMs }) => atMs),
    missed && [missed.firstMs, missed.lastMs, missed.count],
  ];
}

test("judgeOccurrences() starts all that is on time, whatever the policy", () => {
  for (const catchUp of ["none", "latest", "all"] as const) {
    deepEqual(judged([FRESH, FRESH, NOW], { catchUp }), [[FRESH, FRESH, NOW], undefined]);
  }
});

test("judgeOccurrences() does with what is old as the policy says", () => {
  const times = [OLD - 2, OLD - 1, OLD];
  deepEqual(judged(times), [[], [OLD - 2, OLD, 3]]);
  deepEqual(judged(times, { catchUp: "latest" }), [[OLD], undefined]);
  deepEqual(judged([...times, NOW], { catchUp: "latest" }), [[NOW], undefined]);
  deepEqual(judged(times, { catchUp: "all" }), [times, undefined]);
});

test("judgeOccurrences() catches up with nothing beyond the window", () => {
  const policy = { catchUpWindowMs: NOW - OLD + 1 };
  const times = [OLD - 2, OLD - 1, OLD];
  deepEqual(judged(times, { ...policy, catchUp: "all" }), [[OLD - 1, OLD], [OLD - 2, OLD - 2, 1]]);
  deepEqual(judged([OLD - 2], { ...policy, catchUp: "latest" }), [[], [OLD - 2, OLD - 2, 1]]);
});

test("judgeOccurrences() starts nothing that happens during a pause, and misses nothing by it", () => {
  deepEqual(judged([OLD, NOW], { catchUp: "all" }, { paused: true }), [[], undefined]);
  deepEqual(judged([OLD, FRESH, NOW], { catchUp: "all" }, { endedMs: FRESH }), [[NOW], undefined]);
});
