import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Backfill, backfillSlots } from "../../core/engine/backfill.ts";
import { AHEAD_MS } from "../../core/engine/ready_releases.ts";
import type { ScheduledWorkflow } from "../../core/schedule/scheduled_workflow.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import {
  pauseOf,
  pausing,
  resuming,
  SCHEDULE_CURSORS,
} from "../../core/schedule/schedule_cursors.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import {
  Daemon,
  HOUR,
  load,
  MINUTE,
  NEW_YEAR,
  runsOf,
  SECOND,
  slotsOf,
  workflowText,
} from "./rig.ts";

function world(text: string) {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const files = { text };
  let count = 0;
  const daemon = (options = {}) =>
    new Daemon(() => files.text, { clock, store, id: `${Math.random()}-${count++}`, ...options });
  return { clock, store, files, daemon };
}

test("Scheduler fires each slot once, at its time", async () => {
  const { clock, store, daemon } = world(
    workflowText("ten", "[{every: 10m}]") + workflowText("hourly", "[{cron: '5 * * * *'}]"),
  );
  const one = daemon().start();
  await clock.advance(2 * HOUR);
  await one.drain();
  equal((await runsOf(store, "ten")).length, 12);
  deepEqual(await slotsOf(store, "hourly"), ["2026-01-01T00:05Z", "2026-01-01T01:05Z"]);
  for (const run of await runsOf(store)) {
    deepEqual([run.status, run.trigger], ["SUCCESS", "schedule"]);
  }
  deepEqual(one.said("started").filter(({ lateMs }) => lateMs !== 0), []);
  deepEqual(one.said("missed"), []);
});

test("Scheduler: two of them on one store make each slot once", async () => {
  const { clock, store, daemon } = world(workflowText("often", "[{every: 10s}]", { seconds: 3 }));
  const both = [daemon().start(), daemon().start()];
  await clock.advance(HOUR);
  await clock.advance(3 * SECOND);
  await Promise.all(both.map((it) => it.drain()));
  const runs = await runsOf(store, "often");
  equal(runs.length, 360);
  equal(new Set(runs.map(({ runId }) => runId)).size, 360);
  deepEqual(runs.filter(({ status }) => status !== "SUCCESS"), []);
  deepEqual(both.flatMap((it) => it.said("trouble")), []);
});

test("Scheduler catches up as the policy says", async () => {
  const on = (policy: string) => `[{cron: '*/10 * * * *', ${policy}}]`;
  const { clock, store, daemon } = world(
    workflowText("none", on("catch-up: none")) + workflowText("latest", on("catch-up: latest")) +
      workflowText("all", on("catch-up: all")) +
      workflowText("some", on("catch-up: all, catch-up-window: 25m")),
  );
  await clock.advance(MINUTE);
  const before = daemon().start();
  await clock.advance(10 * MINUTE);
  await before.drain();
  await clock.advance(45 * MINUTE); // 00:56; 00:20 to 00:50 have passed.
  const after = daemon().start();
  await clock.advance(0);
  await after.drain();
  const minutes = async (name: string) =>
    (await slotsOf(store, name)).map((it) => it.slice(14, 16));
  deepEqual(await minutes("none"), ["10"]);
  deepEqual(await minutes("latest"), ["10", "50"]);
  deepEqual(await minutes("all"), ["10", "20", "30", "40", "50"]);
  deepEqual(await minutes("some"), ["10", "40", "50"]);
  deepEqual(
    after.said("missed").map(({ workflow, slotMs }) => [workflow, (slotMs - NEW_YEAR) / MINUTE])
      .sort(),
    [["none", 50], ["some", 30]],
  );
});

test("Scheduler keeps to the overlap policy", async () => {
  const text = (overlap: string) =>
    workflowText(overlap, `[{every: 1m, overlap: ${overlap}}]`, { seconds: 150 });
  const { clock, store, daemon } = world(
    ["allow", "skip", "queue", "cancel-running"].map(text).join(""),
  );
  const one = daemon().start();
  await clock.advance(6 * MINUTE + 10 * SECOND);
  const begun = async (name: string) =>
    (await runsOf(store, name)).map(({ startedAt }) => (startedAt - NEW_YEAR) / SECOND);
  deepEqual(await begun("allow"), [60, 120, 180, 240, 300, 360]);
  deepEqual(await begun("skip"), [60, 240]);
  const queued = await begun("queue");
  equal(queued.length, 3, "each begins when the one before has ended");
  ok(queued[0] === 60 && queued[1]! >= 210 && queued[1]! <= 211 && queued[2]! <= 362, `${queued}`);
  equal((await runsOf(store, "cancel-running")).length, 6);
  deepEqual((await runsOf(store, "cancel-running")).map(({ status }) => status), [
    ...Array.from({ length: 5 }, () => "CANCEL"),
    "RUNNING",
  ]);
  equal(one.said("skipped").filter(({ workflow }) => workflow === "skip").length, 4);
  one.scheduler.cancel("test", "over");
  const drained = one.drain();
  await clock.advance(MINUTE);
  await drained;
});

test("Scheduler has no more runs under way than it may", async () => {
  const { clock, store, daemon } = world(
    Array.from({ length: 6 }, (_, at) => workflowText(`w${at}`, "[{every: 1h}]", { seconds: 60 }))
      .join(""),
  );
  const one = daemon({ maxRuns: 2 }).start();
  await clock.advance(HOUR + SECOND);
  equal((await runsOf(store)).length, 2);
  await clock.advance(5 * MINUTE);
  equal((await runsOf(store)).length, 6);
  await one.drain();
});

test("Scheduler starts nothing that is paused, and catches nothing up for it", async () => {
  const { clock, store, daemon } = world(workflowText("w", "[{every: 1m, catch-up: all}]"));
  const one = daemon().start();
  await clock.advance(2 * MINUTE);
  const nowMs = () => clock.now();
  await store.advance(pausing("w", { cursors: await store.cursors(""), nowMs: nowMs() }));
  equal(pauseOf("w", await store.cursors(SCHEDULE_CURSORS)).paused, true);
  await clock.advance(3 * MINUTE);
  await one.drain();
  await clock.advance(3 * MINUTE);
  await store.advance(resuming("w", { cursors: await store.cursors(""), nowMs: nowMs() }));
  const two = daemon().start();
  await clock.advance(2 * MINUTE);
  await two.drain();
  deepEqual((await slotsOf(store, "w")).map((it) => it.slice(14, 16)), ["01", "02", "09", "10"]);
  deepEqual(two.said("missed"), []);
});

test("Scheduler drains: it starts nothing more and waits for what is under way", async () => {
  const { clock, store, daemon } = world(workflowText("w", "[{every: 1m}]", { seconds: 90 }));
  const one = daemon().start();
  await clock.advance(MINUTE);
  let drained = false;
  const draining = one.drain().then(() => drained = true);
  await clock.advance(80 * SECOND);
  equal(drained, false);
  await clock.advance(20 * SECOND);
  await draining;
  deepEqual((await runsOf(store)).map(({ status }) => status), ["SUCCESS"]);
});

test("Scheduler takes up the runs of another one that died", async () => {
  const { clock, store, daemon } = world(
    workflowText("w", "[{at: '2026-01-01T00:01'}]", { seconds: 60 }),
  );
  const dying = daemon().start();
  await clock.advance(MINUTE + 10 * SECOND);
  const heir = daemon().start();
  await clock.advance(15 * SECOND);
  deepEqual(heir.said("recovered"), [], "its engine lives");
  dying.dead = true;
  await clock.advance(2 * MINUTE);
  equal(heir.said("recovered").length, 1);
  deepEqual((await runsOf(store)).map(({ status }) => status), ["SUCCESS"]);
  await heir.drain();
});

test("Scheduler begins a run again whose engine died before it had a plan", async () => {
  const { clock, store, daemon } = world(workflowText("w", "[{every: 1h}]"));
  const summary = {
    runId: "w@2026-01-01T00:00Z",
    workflow: "w",
    status: "RUNNING",
    startedAt: NEW_YEAR,
    trigger: "schedule",
  };
  await store.create(summary, { id: "long gone", pid: 1, birth: "" });
  const one = daemon().start();
  await clock.advance(SECOND);
  await one.drain();
  deepEqual((await runsOf(store)).map(({ status }) => status), ["SUCCESS"]);
});

test("Scheduler reads changed files, and keeps the last good version of a broken one", async () => {
  const { clock, store, files, daemon } = world(workflowText("w", "[{every: 1m}]"));
  const one = daemon().start();
  await clock.advance(2 * MINUTE);
  files.text = workflowText("w", "[{evry: 1m}]");
  await clock.advance(2 * MINUTE);
  equal(one.said("broken").length, 1, "it is said once");
  match(one.said("broken")[0]?.first.message ?? "", /evry/);
  equal((await runsOf(store, "w")).length, 4);
  files.text = workflowText("w", "[{every: 30s}]");
  await clock.advance(2 * MINUTE);
  equal((await runsOf(store, "w")).length, 4 + 4, "seen after ten seconds, each slot once");
  files.text = "{}";
  await clock.advance(2 * MINUTE);
  equal((await runsOf(store, "w")).length, 8);
  equal(one.said("loaded").at(-1)?.schedules, 0);
  await one.drain();
});

test("Scheduler loads a workflow before its slot, as it was when it was right", async () => {
  const text = workflowText("w", "[{every: 1h}]");
  const loads: [number, string][] = [];
  const { clock, store, files, daemon } = world(text);
  const one = daemon({
    load: (workflow: ScheduledWorkflow) => {
      loads.push([clock.now() - NEW_YEAR, workflow.text]);
      return Promise.resolve(load(workflow.text).workflows[0]!);
    },
  }).start();
  await clock.advance(30 * MINUTE);
  deepEqual(loads, [], "nothing is near");
  files.text = "w: {type: Workflow, jbos: {}}";
  await clock.advance(31 * MINUTE);
  equal(one.said("broken").length, 1);
  deepEqual(loads, [[HOUR - AHEAD_MS, text]], "it begins with what was loaded");
  deepEqual((await runsOf(store)).map(({ status }) => status), ["SUCCESS"]);
  await one.drain();
});

test("Scheduler starts a workflow after another one's success or failure, once for each run", async () => {
  const { clock, store, daemon } = world(
    workflowText("first", "[{every: 10m}]") + workflowText("then", "{release: first}") +
      workflowText("last", "[{release: [{workflow: then, when: always}]}]") +
      workflowText("alarm", "{release: [{workflow: first, when: failure}]}"),
  );
  const both = [daemon().start(), daemon().start()];
  await clock.advance(30 * MINUTE + 5 * SECOND);
  await Promise.all(both.map((it) => it.drain()));
  const again = daemon().start();
  await clock.advance(5 * SECOND);
  await again.drain();
  const runs = await runsOf(store, "then");
  deepEqual(
    runs.map(({ parentRunId }) => parentRunId),
    await runsOf(store, "first").then((all) => all.map(({ runId }) => runId)),
  );
  equal((await runsOf(store, "last")).length, 3);
  equal((await runsOf(store, "alarm")).length, 0);
  const state = await again.engine.read(runs[0]!.runId);
  equal(state.plan?.release?.logicalDateMs, NEW_YEAR + 10 * MINUTE, "it stands for the same date");
});

test("Scheduler follows no circle", async () => {
  const { clock, store, daemon } = world(
    workflowText("a", "[{every: 10m}, {release: b}]") + workflowText("b", "{release: a}"),
  );
  const one = daemon().start();
  await clock.advance(30 * MINUTE);
  await one.drain();
  deepEqual(one.said("circle").map(({ workflows }) => [...workflows].sort()), [["a", "b"]]);
  equal((await runsOf(store, "b")).length, 0);
});

test("Scheduler.runOnce() fires what is due and what follows it, and ends", async () => {
  const { clock, store, daemon } = world(
    workflowText("w", "[{every: 5m, catch-up: all}]") + workflowText("then", "{release: w}"),
  );
  await daemon().scheduler.runOnce(new AbortController().signal);
  equal((await runsOf(store)).length, 0, "a schedule begins when it is first seen");
  await clock.advance(11 * MINUTE);
  const once = daemon();
  await once.scheduler.runOnce(new AbortController().signal);
  equal((await runsOf(store, "w")).length, 2);
  equal((await runsOf(store, "then")).length, 2);
  equal(once.scheduler.failed, 0);
});

test("Scheduler does nothing twice when the clock is put back, and nothing is lost when it jumps", async () => {
  const { clock, store, daemon } = world(workflowText("w", "[{every: 10m, catch-up: all}]"));
  const one = daemon().start();
  await clock.advance(30 * MINUTE);
  clock.jump(NEW_YEAR + 5 * MINUTE);
  await clock.advance(26 * MINUTE);
  equal((await runsOf(store)).length, 3);
  clock.jump(NEW_YEAR + 65 * MINUTE);
  await clock.advance(MINUTE);
  equal((await runsOf(store)).length, 6);
  await one.drain();
});

test("Scheduler starts the runs of a schedule with its parameters, backfills them too", async () => {
  const { clock, store, daemon, files } = world(
    workflowText("w", "[{every: 10m, params: {n: 5}}, {cron: '5 * * * *', params: {n: 7}}]", {
      more: "params: {n: int},",
    }),
  );
  const one = daemon().start();
  await clock.advance(10 * MINUTE);
  await one.drain();
  const span = { fromMs: NEW_YEAR - 5 * MINUTE, toMs: NEW_YEAR + 10 * MINUTE };
  const { workflows: [workflow] } = load(files.text);
  const slots = await backfillSlots(one.engine, workflow!, span);
  await new Backfill(one.engine, { workflow: workflow! }).run(slots);
  const given: unknown[] = [];
  for (const { runId } of await runsOf(store)) {
    given.push([runId, (await one.engine.read(runId)).plan?.params.n]);
  }
  deepEqual(given.sort(), [
    ["w@2026-01-01T00:00Z", 5],
    ["w@2026-01-01T00:05Z", 7],
    ["w@2026-01-01T00:10Z", 5],
  ]);
});

test("Scheduler says what cannot be started, and goes on", async () => {
  const { clock, store, daemon } = world(
    workflowText("w", "[{every: 10m}]", { more: "params: {who: {type: str, required: true}}," }) +
      workflowText("fine", "[{every: 10m}]"),
  );
  const one = daemon().start();
  await clock.advance(10 * MINUTE);
  await one.drain();
  match(one.said("missed")[0]?.why ?? "", /who/);
  equal((await runsOf(store, "fine")).length, 1);
  equal(one.scheduler.failed, 1);
});
