/** What a run knows of the run that it follows. */
import { deepEqual, equal } from "node:assert/strict";
import type { Engine } from "../../core/engine/engine.ts";
import { prepareRerun } from "../../core/engine/rerun.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { planOf } from "../../core/run/state.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

const CHAIN = workflowText("first", "[{every: 10m}]", { seconds: 90 }) +
  workflowText("then", "{release: first}", { seconds: 90 }) +
  workflowText("last", "{release: [{workflow: then, when: always}]}");

async function releaseOf(engine: Engine, runId: string) {
  return planOf(await engine.read(runId)).release;
}

/** The only run of a workflow. */
async function runOf(store: JournalStore, workflow: string): Promise<string> {
  const [run] = await runsOf(store, workflow);
  return run?.runId ?? "";
}

async function chain(): Promise<{ store: JournalStore; clock: ManualClock; daemon: Daemon }> {
  const [clock, store] = [new ManualClock(NEW_YEAR), memoryJournal()];
  const daemon = new Daemon(() => CHAIN, { clock, store }).start();
  await clock.advance(15 * MINUTE);
  await daemon.drain();
  return { clock, store, daemon };
}

test("a run that follows another one knows which, and how it ended", async () => {
  const { store, daemon: { engine } } = await chain();
  const [first, then, last] = await Promise.all(
    ["first", "then", "last"].map((name) => runOf(store, name)),
  );
  equal((await releaseOf(engine, first!))?.followed, undefined);
  deepEqual((await releaseOf(engine, then!))?.followed, {
    ...{ workflow: "first", runId: first, status: "SUCCESS" },
  });
  deepEqual((await releaseOf(engine, last!))?.followed, {
    ...{ workflow: "then", runId: then, status: "SUCCESS" },
  });
});

test("all that follow one another stand for the slot of the first", async () => {
  const { store, daemon: { engine } } = await chain();
  for (const name of ["first", "then", "last"]) {
    const release = await releaseOf(engine, await runOf(store, name));
    equal(release?.logicalDateMs, NEW_YEAR + 10 * MINUTE, name);
  }
});

test("a rerun follows what the first run followed", async () => {
  const { store, daemon: { engine } } = await chain();
  const { workflows } = load(CHAIN);
  const workflow = workflows.find(({ name }) => name === "then")!;
  const then = await runOf(store, "then");
  const { start } = await prepareRerun(engine, then, { workflow });
  deepEqual(start.release, { ...await releaseOf(engine, then), type: "rerun" });
});

test("a follower whose engine died before it had a plan begins again with what it follows", async () => {
  const { clock, store, daemon: { engine } } = await chain();
  const then = await runOf(store, "then");
  const { settledAt: _, ...known } = (await store.find(then))!;
  await store.remove(then, () => false);
  await store.create(
    { ...known, status: "RUNNING", startedAt: clock.now() },
    { id: "gone", pid: 1, birth: "" },
  );
  const before = await releaseOf(engine, await runOf(store, "last"));
  const heir = new Daemon(() => CHAIN, { clock, store, id: "heir" }).start();
  await clock.advance(MINUTE + SECOND);
  const release = await releaseOf(engine, then);
  deepEqual(release?.followed, {
    ...{ workflow: "first", runId: await runOf(store, "first"), status: "SUCCESS" },
  });
  equal(release?.logicalDateMs, before?.logicalDateMs);
  const ended = heir.drain();
  await clock.advance(2 * MINUTE);
  await ended;
});
