import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { releaseRunId } from "../../core/engine/run_id.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import { LONGEST_BACKOFF_MS } from "../../core/engine/scheduler.ts";
import { together } from "../../core/engine/together.ts";
import { HostError } from "../../core/plugin/ports.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

const OFTEN = workflowText("often", "[{every: 10s}]");

test("Scheduler goes on when the folder of workflows cannot be listed for a while", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const loaded = load(OFTEN);
  const workflows = loaded.workflows.map(({ name, triggers, document: { file, text } }) => ({
    ...{ name, file, text, triggers },
  }));
  let fails = false;
  const daemon = new Daemon(() => OFTEN, {
    ...{ clock, store, id: "listing" },
    workflows: () =>
      fails
        ? Promise.reject(new HostError("ENOENT", 'Cannot list "conf/old"'))
        : Promise.resolve({ workflows, diagnostics: [] }),
  }).start();
  await clock.advance(25 * SECOND);
  fails = true;
  await clock.advance(10 * MINUTE);
  fails = false;
  await clock.advance(MINUTE);
  await daemon.drain();
  equal((await runsOf(store)).length, (11 * MINUTE + 25 * SECOND - 5 * SECOND) / (10 * SECOND));
  const told = daemon.said("trouble").map(({ message }) => message);
  deepEqual([...new Set(told)], ['Cannot list "conf/old"']);
  const most = 10 * MINUTE / LONGEST_BACKOFF_MS + Math.log2(LONGEST_BACKOFF_MS);
  ok(told.length <= most, `it is tried less and less often: ${told.length}`);
});

test("Scheduler passes over a run whose journal it cannot read, and says so once", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  for (const runId of ["often@2025-12-31T00:00Z", releaseRunId("often", NEW_YEAR + 10 * SECOND)]) {
    const summary = { workflow: "often", status: "RUNNING", trigger: "schedule" };
    const journal = await store.create(
      { ...summary, runId, startedAt: NEW_YEAR - 1 },
      { id: "gone", pid: 1, birth: "" },
    );
    await journal.append(['{"v":99,"type":"run.started","at":1}']);
  }
  const daemon = new Daemon(() => OFTEN, { clock, store, id: "unreadable" }).start();
  await clock.advance(5 * MINUTE);
  await daemon.drain();
  equal((await runsOf(store)).filter(({ status }) => status === "SUCCESS").length, 29);
  const told = daemon.said("trouble").map(({ message }) => message);
  equal(told.length, 2, told.join("\n"));
  for (const message of told) match(message, /^Cannot take up run "often@/);
});

test("Scheduler ends as a whole when one part of it fails for good", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const broken = new Error("Nobody listens");
  let fails = false;
  const daemon = new Daemon(() => OFTEN, {
    ...{ clock, store, id: "mute" },
    workflows: () => fails ? Promise.reject(new Error("Gone")) : Promise.resolve(noWorkflows),
    tell: (note: ScheduleNote) => {
      if (note.type === "trouble") throw broken;
    },
  });
  const ended = rejects(daemon.scheduler.run(new AbortController().signal), broken);
  fails = true;
  await clock.advance(MINUTE);
  await ended;
  equal(clock.sleeping, 0, "nothing goes on");
});

const noWorkflows = { workflows: [], diagnostics: [] };

test("together() ends all when one fails, and rejects once all have ended", async () => {
  const log: string[] = [];
  const works = [
    () => Promise.reject(new Error("no")),
    async (ending: AbortSignal) => {
      while (!ending.aborted) await Promise.resolve();
      log.push("ended");
    },
  ];
  await rejects(together(new AbortController().signal, works), /^Error: no$/);
  deepEqual(log, ["ended"]);
  await together(AbortSignal.abort(), [
    (ending) => Promise.resolve(void log.push(`${ending.aborted}`)),
  ]);
  deepEqual(log, ["ended", "true"]);
});
