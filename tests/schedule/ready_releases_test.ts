import { deepEqual, equal } from "node:assert/strict";
import { AHEAD_MS } from "../../core/engine/ready_releases.ts";
import { textOf } from "../../core/expr/text.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { pausing, resuming } from "../../core/schedule/schedule_cursors.ts";
import type { ScheduledWorkflow } from "../../core/schedule/scheduled_workflow.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, HOUR, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

/** A scheduler of which is noted when it loads what. */
function world(text: string, { nowMs = NEW_YEAR } = {}) {
  const clock = new ManualClock(nowMs);
  const store = memoryJournal();
  const files = { text };
  const loads: [atMs: number, name: string][] = [];
  const daemon = (options = {}) =>
    new Daemon(() => files.text, {
      ...{ clock, store, id: crypto.randomUUID() },
      load: ({ name, text }: ScheduledWorkflow) => {
        loads.push([clock.now() - NEW_YEAR, name]);
        return Promise.resolve(load(text).workflows.find((it) => it.name === name)!);
      },
      ...options,
    });
  return { clock, store, files, loads, daemon };
}

test("A scheduler makes each slot ready ahead of it, and not only the first", async () => {
  const { clock, store, loads, daemon } = world(workflowText("w", "[{every: 10m}]"));
  const one = daemon().start();
  await clock.advance(30 * MINUTE + SECOND);
  deepEqual(loads, [10, 20, 30].map((at) => [at * MINUTE - AHEAD_MS, "w"]));
  const runs = await runsOf(store);
  deepEqual(runs.map(({ startedAt }) => startedAt - NEW_YEAR), [
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
  ]);
  await one.drain();
});

test("A release that is ready takes its parameters as of its slot", async () => {
  const text = workflowText("w", "[{cron: '0 0 * * *'}]", {
    more: "params: {day: date},",
  });
  const { clock, store, daemon } = world(text, { nowMs: NEW_YEAR + 23 * HOUR });
  const one = daemon().start();
  await clock.advance(HOUR + SECOND);
  const [run] = await runsOf(store);
  const { plan } = await one.engine.read(run!.runId);
  equal(textOf(plan?.params.day ?? null), "2026-01-02");
  equal(plan?.release?.logicalDateMs, NEW_YEAR + 24 * HOUR);
  await one.drain();
});

test("A release that was ready when its file changed begins as the file is now", async () => {
  const text = (region: string) =>
    workflowText("w", "[{every: 1h}]", {
      more: `params: {region: {type: str, default: ${region}}},`,
    });
  const { clock, store, files, daemon } = world(text("north"));
  const one = daemon({ reloadMs: SECOND }).start();
  await clock.advance(HOUR - AHEAD_MS + 1);
  files.text = text("south");
  await clock.advance(AHEAD_MS + SECOND);
  const [run] = await runsOf(store);
  deepEqual((await one.engine.read(run!.runId)).plan?.params, { region: "south" });
  await one.drain();
});

test("A release that is ready does not begin during a pause", async () => {
  const { clock, store, loads, daemon } = world(workflowText("w", "[{every: 1h}]"));
  const one = daemon().start();
  await clock.advance(HOUR - AHEAD_MS + 1);
  equal(loads.length, 1, "it is ready");
  await store.advance(pausing("w", { cursors: new Map(), nowMs: clock.now() }));
  await clock.advance(AHEAD_MS + SECOND);
  deepEqual(await runsOf(store), []);
  await store.advance(resuming("w", { cursors: new Map(), nowMs: clock.now() }));
  await clock.advance(HOUR);
  equal((await runsOf(store)).length, 1, "the next slot");
  await one.drain();
});

test("A release that is ready and waits for room does not begin once its workflow is paused", async () => {
  const { clock, store, daemon } = world(
    workflowText("a", "[{every: 1h}]", { seconds: 1 }) +
      workflowText("b", "[{every: 1h}]", { seconds: 1 }),
  );
  const one = daemon({ maxRuns: 1 }).start();
  await clock.advance(HOUR + SECOND / 2);
  const [waiting] = ["a", "b"].filter((name) =>
    one.said("started").every((it) => it.workflow !== name)
  );
  await store.advance(pausing(waiting!, { cursors: new Map(), nowMs: clock.now() }));
  await clock.advance(MINUTE);
  deepEqual(await runsOf(store, waiting), []);
  equal(one.said("skipped").length, 1);
  await one.drain();
});

test("A release that is ready in two schedulers begins once, and one of them says so", async () => {
  const { clock, store, loads, daemon } = world(workflowText("w", "[{every: 1h}]"));
  const both = [daemon().start(), daemon().start()];
  await clock.advance(HOUR - 1);
  equal(loads.length, 2, "both are ready");
  await clock.advance(MINUTE);
  deepEqual((await runsOf(store)).map(({ status }) => status), ["SUCCESS"]);
  equal(both.flatMap((it) => it.said("started")).length, 1);
  deepEqual(both.flatMap((it) => it.said("trouble")), []);
  await Promise.all(both.map((it) => it.drain()));
});

test("A release that has waited for room is made ready anew, as of when it begins", async () => {
  const day = { more: "params: {day: date}," };
  const { clock, store, loads, daemon } = world(
    workflowText("a", "[{cron: '59 23 * * *'}]", { ...day, seconds: 120 }) +
      workflowText("b", "[{cron: '59 23 * * *'}]", { ...day, seconds: 120 }),
    { nowMs: NEW_YEAR + 23 * HOUR },
  );
  const one = daemon({ maxRuns: 1 }).start();
  await clock.advance(HOUR + 5 * MINUTE);
  const runs = await runsOf(store);
  const days = await Promise.all(
    runs.map(async ({ runId }) => textOf((await one.engine.read(runId)).plan?.params.day ?? null)),
  );
  deepEqual(days, ["2026-01-01", "2026-01-02"]);
  equal(loads.length, 3, "two ahead, and the one that waited once more");
  await one.drain();
});

test("A release that cannot begin is missed at its slot and not before", async () => {
  const { clock, store, daemon } = world(
    workflowText("w", "[{every: 1h}]", { more: "params: {who: {type: str, required: true}}," }),
  );
  const one = daemon().start();
  await clock.advance(HOUR - 1);
  deepEqual(one.said("missed"), [], "nothing is due");
  await clock.advance(SECOND);
  equal(one.said("missed").length, 1);
  deepEqual(await runsOf(store), []);
  await one.drain();
});
