/** What becomes of a run whose beginning was decided before it came. */
import { deepEqual, equal } from "node:assert/strict";
import { PUNCTUAL_MS } from "../../core/engine/first_decision.ts";
import type { ReadyRun } from "../../core/engine/ready_run.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, load, NEW_YEAR, runsOf, SECOND, workflowText } from "../schedule/rig.ts";

const DUE = NEW_YEAR + 2 * SECOND;

/** Begins, so much after it was due, a run that was made ready ahead; gives what is kept of it. */
async function begunLate(lateMs: number, before: (run: ReadyRun) => void = () => {}) {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const { engine } = new Daemon(() => "{}", { clock, store, id: crypto.randomUUID() });
  const { workflows: [workflow] } = load(workflowText("w", "[{every: 1m}]"));
  const run = await engine.ready(workflow!, { runId: "w-1", atMs: DUE });
  deepEqual(await runsOf(store), [], "nothing is kept of it before");
  await clock.advance(DUE + lateMs - clock.now());
  before(run);
  const handle = await run.begin();
  await clock.advance(SECOND);
  const { status } = await handle.result;
  const [{ startedAt } = { startedAt: NaN }] = await runsOf(store);
  const state = await engine.read("w-1");
  return { status, startedAt, stateAt: state.startedAt, begunMs: handle.begunMs };
}

test("a run that was made ready begins at the moment for which it was decided", async () => {
  for (const lateMs of [0, PUNCTUAL_MS]) {
    const { status, startedAt, stateAt, begunMs } = await begunLate(lateMs);
    equal(status, "SUCCESS");
    deepEqual([startedAt, stateAt], [DUE, DUE]);
    equal(begunMs, DUE + lateMs, "how late it was is told as it was");
  }
});

test("a run that was made ready and comes too late or too soon begins when it does", async () => {
  for (const lateMs of [-1, PUNCTUAL_MS + 1]) {
    const { status, startedAt, stateAt } = await begunLate(lateMs);
    equal(status, "SUCCESS");
    deepEqual([startedAt, stateAt], [DUE + lateMs, DUE + lateMs]);
  }
});

test("a run that was made ready and had to wait begins when it does", async () => {
  const { startedAt, stateAt } = await begunLate(1, (run) => run.postpone());
  deepEqual([startedAt, stateAt], [DUE + 1, DUE + 1]);
});
