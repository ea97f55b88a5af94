/** A clock that is put back keeps nobody from what is to be done every second. */
import { deepEqual, equal } from "node:assert/strict";
import { RECOVER_MS, RELOAD_MS } from "../../core/engine/scheduler.ts";
import { REQUEST_POLL_MS } from "../../core/engine/request_watch.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import {
  Daemon,
  HOUR,
  load,
  MINUTE,
  mortal,
  NEW_YEAR,
  runsOf,
  SECOND,
  workflowText,
} from "./rig.ts";

function world(text: string) {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const files = { text };
  const host = new FakeHost();
  const daemon = () => {
    const made: Daemon = new Daemon(() => files.text, {
      ...{ clock, host, id: `${Math.random()}` },
      store: mortal(store, () => made.dead),
    });
    return made;
  };
  return { clock, store, files, host, daemon };
}

test("an engine hears what is asked of its runs although the clock was put back", async () => {
  const { clock, store, daemon } = world("{}");
  const { engine } = daemon();
  const [workflow] = load(workflowText("w", "[]", { seconds: 600 })).workflows;
  const { result } = await engine.start(workflow!, { runId: "r", audit: false });
  await clock.advance(10 * REQUEST_POLL_MS);
  clock.jump(NEW_YEAR - HOUR);
  await store.request({ runId: "r", type: "cancel", by: "another process", why: "a test" });
  await clock.advance(2 * REQUEST_POLL_MS);
  equal((await result).status, "CANCEL");
});

test("a stage's time is up although the clock was put back", async () => {
  const { clock, daemon } = world("{}");
  const { engine } = daemon();
  const { workflows: [workflow], diagnostics } = load(
    "w: {type: Workflow, jobs: {j: {stages: [{name: nap, sleep: 900, timeout: 5m}]}}}",
  );
  deepEqual(diagnostics, []);
  const { result } = await engine.start(workflow!, { runId: "r", audit: false });
  await clock.advance(2 * MINUTE);
  clock.jump(NEW_YEAR - HOUR);
  await clock.advance(3 * MINUTE - 1);
  equal(engine.running("r") === undefined, false);
  await clock.advance(SECOND);
  equal((await result).status, "FAILED");
});

test("Scheduler takes up runs and reads its files although the clock was put back", async () => {
  const { clock, store, files, daemon } = world(workflowText("w", "[{every: 1h}]"));
  const one = daemon().start();
  await clock.advance(5 * SECOND);
  const run = { runId: "left", workflow: "w", startedAt: NEW_YEAR, trigger: "schedule" };
  clock.jump(NEW_YEAR - HOUR);
  await store.create({ ...run, status: "RUNNING" }, { id: "gone", pid: 1, birth: "" }, ["{}"]);
  await clock.advance(RECOVER_MS + SECOND);
  equal(one.said("trouble").length, 1, "it was looked at, and cannot be read");
  files.text += workflowText("more", "[{every: 10s}]");
  await clock.advance(RELOAD_MS);
  equal(one.said("loaded").length, 2);
  await clock.advance(30 * SECOND);
  equal((await runsOf(store, "more")).length >= 2, true);
  await one.drain();
});

test("Scheduler begins no slot again, nor one before its time, when the clock is put back", async () => {
  const { clock, store, daemon } = world(workflowText("w", "[{every: 10m}]"));
  const one = daemon().start();
  await clock.advance(25 * MINUTE);
  clock.jump(NEW_YEAR + 5 * MINUTE);
  await clock.advance(20 * MINUTE);
  equal((await runsOf(store)).length, 2, "00:10 and 00:20 have been");
  await clock.advance(6 * MINUTE);
  equal((await runsOf(store)).length, 3);
  await one.drain();
  for (const { startedAt, runId } of (await runsOf(store)).slice(2)) {
    equal(startedAt, NEW_YEAR + 30 * MINUTE, runId);
  }
});

test("Scheduler looks at files that start something although the clock was put back", async () => {
  const { clock, store, host, daemon } = world(
    workflowText("w", '[{file: {path: "in/*.csv"}}]', { more: "params: {event: map}," }),
  );
  const one = daemon().start();
  await clock.advance(5 * SECOND);
  clock.jump(NEW_YEAR + 5 * SECOND - HOUR);
  host.files.set("/work/in/a.csv", "1");
  host.times.set("/work/in/a.csv", clock.now());
  await clock.advance(30 * SECOND);
  equal((await runsOf(store)).length, 1);
  await one.drain();
});
