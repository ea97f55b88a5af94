import { deepEqual, equal, rejects } from "node:assert/strict";
import { Backfill, backfillSlots } from "../../core/engine/backfill.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, HOUR, load, MINUTE, NEW_YEAR, runsOf, workflowText } from "./rig.ts";

test("Backfill starts nothing more once one of its runs cannot be started, and rejects when the others have ended", async () => {
  const text = workflowText("w", "[{every: 10m}]", { seconds: 30 });
  const clock = new ManualClock(NEW_YEAR + 2 * HOUR);
  const store = memoryJournal();
  const create = store.create.bind(store);
  const broken = new Error("The disk is full");
  store.create = (summary, ...more) =>
    summary.runId.includes("00:20") ? Promise.reject(broken) : create(summary, ...more);
  const { engine } = new Daemon(() => text, { clock, store, id: "backfill" });
  const workflow = load(text).workflows[0]!;
  const slots = await backfillSlots(engine, workflow, { fromMs: NEW_YEAR, toMs: clock.now() });
  const told: string[] = [];
  const backfill = new Backfill(engine, {
    ...{ workflow, parallel: 2 },
    tell: ({ runId }, status) => void told.push(`${runId} ${status}`),
  });
  let isOver = false;
  const run = backfill.run(slots).finally(() => isOver = true);
  const rejected = rejects(run, broken);
  await clock.advance(20_000);
  equal(isOver, false);
  await clock.advance(2 * MINUTE);
  await rejected;
  const begun = (await runsOf(store)).map(({ runId, status }) => `${runId} ${status}`);
  await clock.advance(HOUR);
  deepEqual((await runsOf(store)).map(({ runId, status }) => `${runId} ${status}`), begun);
  deepEqual(told.sort(), begun.sort(), "those that were under way ended first, and were told of");
  equal(begun.length < 4, true, begun.join());
});
