import { deepEqual } from "node:assert/strict";
import { allRuns } from "../../core/engine/all_runs.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";

const writer = { id: "engine-1", pid: 1, birth: "" };
const dead = () => false;

async function storeOf(count: number): Promise<JournalStore> {
  const store = memoryJournal();
  for (let at = 0; at < count; at++) {
    const summary = { workflow: "etl", status: "SUCCESS", trigger: "manual", startedAt: at };
    await store.create({ ...summary, runId: `r${at}`, settledAt: at }, writer);
  }
  return store;
}

test("allRuns() goes on behind a run that is removed while it reads", async () => {
  const store = await storeOf(1_200);
  const read: string[] = [];
  for await (const { runId } of allRuns(store)) {
    read.push(runId);
    // The last of the first page, and the one before it: the next page was to begin behind them.
    if (read.length === 500) {
      for (const gone of ["r700", "r701"]) await store.remove(gone, dead);
    }
  }
  deepEqual(read, Array.from({ length: 1_200 }, (_, at) => `r${1_199 - at}`));
});

test("allRuns() ends once all that it has seen, and all behind it, is removed", async () => {
  const store = await storeOf(1_000);
  const read: string[] = [];
  for await (const { runId } of allRuns(store)) {
    read.push(runId);
    if (read.length !== 500) continue;
    for (let at = 0; at < 1_000; at++) await store.remove(`r${at}`, dead);
  }
  deepEqual(read, Array.from({ length: 500 }, (_, at) => `r${999 - at}`));
});
