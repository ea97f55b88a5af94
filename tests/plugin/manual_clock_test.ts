import assert from "node:assert/strict";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { test } from "../harness.ts";

const never = new AbortController().signal;

test("ManualClock stands still until it is told to advance", async () => {
  const clock = new ManualClock(1_000);
  let woken = false;
  const sleep = clock.sleep(1_500, never).then(() => woken = true);
  assert.equal(clock.nextWake, 1_500);
  await clock.advance(499);
  assert.deepEqual([clock.now(), woken, clock.sleeping], [1_499, false, 1]);
  await clock.advance(1);
  await sleep;
  assert.deepEqual([clock.now(), woken, clock.sleeping], [1_500, true, 0]);
});

test("ManualClock wakes sleepers in order, each at its own time, and again when they sleep again", async () => {
  const clock = new ManualClock();
  const wakes: string[] = [];
  const tick = async (name: string, everyMs: number): Promise<void> => {
    for (let nth = 0; nth < 3; nth++) {
      await clock.sleep(clock.now() + everyMs, never);
      wakes.push(`${name} ${clock.now()}`);
    }
  };
  const ticking = [tick("slow", 20), tick("fast", 15)];
  await clock.advance(60);
  await Promise.all(ticking);
  assert.deepEqual(wakes, ["fast 15", "slow 20", "fast 30", "slow 40", "fast 45", "slow 60"]);
});

test("ManualClock does not sleep until a time that has passed", async () => {
  const clock = new ManualClock(10);
  await clock.sleep(10, never);
  await clock.sleep(3, never);
  assert.equal(clock.nextWake, undefined);
});

test("ManualClock ends a sleep with the signal's reason", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleep = clock.sleep(10, stop.signal);
  const reason = new Error("No longer wanted");
  stop.abort(reason);
  await assert.rejects(sleep, reason);
  assert.equal(clock.sleeping, 0);
  await assert.rejects(clock.sleep(10, stop.signal), reason);
});

test("ManualClock can be put right without waking anybody early", async () => {
  const clock = new ManualClock(100);
  const sleep = clock.sleep(200, never);
  clock.jump(50);
  await clock.advance(100);
  assert.deepEqual([clock.now(), clock.sleeping], [150, 1]);
  await clock.advance(50);
  await sleep;
});

test("ManualClock pauses for as long as it moves on, wherever it jumps", async () => {
  const clock = new ManualClock(1_000);
  const woken: string[] = [];
  void clock.pause(100, never).then(() => woken.push(`pause ${clock.now()}`));
  void clock.sleep(1_100, never).then(() => woken.push(`sleep ${clock.now()}`));
  await clock.advance(40);
  clock.jump(500);
  assert.equal(clock.nextWake, 560);
  await clock.advance(59);
  assert.deepEqual(woken, []);
  await clock.advance(1);
  assert.deepEqual([woken, clock.sleeping], [["pause 560"], 1]);
  const rest = clock.pause(50, never);
  clock.jump(2_000);
  await clock.advance(50);
  await rest;
  assert.deepEqual([clock.now(), woken.slice(1)], [2_050, ["sleep 2000"]]);
  await clock.pause(0, never);
});

test("ManualClock ends a pause with the signal's reason", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const pause = clock.pause(10, stop.signal);
  stop.abort(new Error("No longer wanted"));
  await assert.rejects(pause, /No longer wanted/);
  assert.equal(clock.sleeping, 0);
  await assert.rejects(clock.pause(10, stop.signal), /No longer wanted/);
});
