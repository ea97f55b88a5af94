import { deepEqual, equal } from "node:assert/strict";
import { slotOfRunId } from "../../core/engine/run_id.ts";
import { PLANNED_AT_ONCE } from "../../core/engine/scheduler.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

/** What a folder holds that takes so long to be read. */
function slowly(text: () => string, { clock, ms }: { clock: ManualClock; ms: number }) {
  return async () => {
    const { workflows, diagnostics } = load(text());
    await clock.pause(ms, new AbortController().signal);
    const scheduled = workflows.map(({ name, triggers, document: { file, text } }) => ({
      ...{ name, file, text, triggers },
    }));
    return { workflows: scheduled, diagnostics };
  };
}

async function slotsOf(store: JournalStore, workflow: string): Promise<number[]> {
  const runs = await runsOf(store, workflow);
  return runs.map(({ runId }) => slotOfRunId(runId)! - NEW_YEAR).sort((one, other) => one - other);
}

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, at) => first + at * step);
}

test("slots that come while the workflows are read for the first time start once", async () => {
  const clock = new ManualClock(NEW_YEAR + 1);
  const store = memoryJournal();
  const text = workflowText("all", "[{every: 1m, catch-up: all}]") +
    workflowText("newest", "[{every: 1m}]");
  const before = new Daemon(() => text, { clock, store, id: "before" }).start();
  await clock.advance(2 * MINUTE);
  await before.drain();
  const workflows = slowly(() => text, { clock, ms: 3 * MINUTE });
  const one = new Daemon(() => text, { clock, store, id: "slow", workflows }).start();
  await clock.advance(5 * MINUTE);
  const ended = one.drain();
  await clock.advance(3 * MINUTE); // They are being read again.
  await ended;
  deepEqual(await slotsOf(store, "all"), range(MINUTE, 7 * MINUTE, MINUTE));
  const missed = one.said("missed").map(({ workflow, firstMs, slotMs, count }) => [
    ...[workflow, firstMs - NEW_YEAR, slotMs - NEW_YEAR, count],
  ]);
  deepEqual(missed, [["newest", 3 * MINUTE, 4 * MINUTE, 2]], "what is not started is told");
  deepEqual(await slotsOf(store, "newest"), [1, 2, 5, 6, 7].map((minute) => minute * MINUTE));
});

test("slots that come while schedules are planned start once, of every workflow", async () => {
  const count = 3 * PLANNED_AT_ONCE;
  // It takes a millisecond to plan some of them: the first slot comes in the midst of it.
  const clock = new ManualClock(NEW_YEAR + SECOND - 2);
  const store = memoryJournal();
  const names = Array.from({ length: count }, (_, at) => `w${at}`);
  const text = names.map((name) => workflowText(name, "[{every: 1s}]")).join("");
  const one = new Daemon(() => text, { clock, store, id: "many", maxRuns: count }).start();
  await clock.advance(2 * SECOND);
  await one.drain();
  for (const name of names) deepEqual(await slotsOf(store, name), [SECOND, 2 * SECOND], name);
  deepEqual(one.said("missed"), []);
});

test("slots that come just when changed workflows are taken over start once", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  let version = 0;
  // The file is another one each time that it is read, and it is read when slots come.
  const text = () => workflowText("w", "[{every: 1s}]", { more: `desc: v${version++},` });
  for (const ms of [0, 1, 500]) {
    const workflows = slowly(text, { clock, ms });
    const options = { clock, store, id: `taking-${ms}`, workflows, reloadMs: SECOND };
    const one = new Daemon(text, {
      ...options,
      load: ({ text }) => Promise.resolve(load(text).workflows[0]!),
    });
    one.start();
    await clock.advance(MINUTE);
    await one.drain();
    deepEqual(one.said("missed"), [], `${ms} ms`);
  }
  deepEqual(await slotsOf(store, "w"), range(SECOND, 3 * MINUTE, SECOND));
  equal(version > 100, true);
});
