import { deepEqual, rejects } from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyRetention, retainDaily } from "../../core/engine/apply_retention.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";
import { engineFor } from "./engine_for.ts";

const DAY_MS = 86_400_000;
const HELLO = "hello: {type: Workflow, jobs: {a: {stages: [{name: Greet, echo: Hello}]}}}";

/** A clock that is moved on by whoever sleeps, from a midnight on, and ends it all after so many hours. */
function hours(count: number, { days }: { readonly days: number }) {
  const stop = new AbortController();
  let nowMs = days * DAY_MS;
  const clock = {
    now: () => nowMs,
    sleep: () => Promise.reject(new Error("No moment is waited for")),
    pause: (ms: number) => {
      nowMs += ms;
      if (--count <= 0) stop.abort();
      return Promise.resolve();
    },
  };
  return { clock, signal: stop.signal };
}

test("retainDaily() prunes once a day, whoever has done it", async () => {
  const statePath = await mkdtemp(join(tmpdir(), "sluice-daily-"));
  try {
    await using sluice = await openSluice({ state: statePath, audit: false });
    const { workflows: [hello] } = await sluice.loadText(HELLO, "hello.yml");
    for (const runId of ["r1", "r2"]) {
      await (await sluice.engine.start(hello!, { runId })).result;
    }
    const notes: ScheduleNote[] = [];
    const retention = { runs: { keep: 1 } };
    const tell = (note: ScheduleNote) => void notes.push(note);
    await retainDaily(sluice, { retention, tell, ...hours(30, { days: 20_000 }) });
    const none = { type: "pruned", runs: 0, logs: 0, audits: 0, traces: 0 };
    deepEqual(notes, [{ ...none, runs: 1 }, none]);
    deepEqual((await (await sluice.engine.store()).list()).map(({ runId }) => runId), ["r2"]);
    await retainDaily(sluice, { retention, tell, ...hours(20, { days: 20_001 }) });
    deepEqual(notes.length, 2, "another daemon finds the day's work done");
    await retainDaily(sluice, { retention: undefined, tell, ...hours(30, { days: 20_002 }) });
    deepEqual(notes.length, 2, "nothing is removed where nothing is said");
  } finally {
    await rm(statePath, { recursive: true, force: true });
  }
});

test("applyRetention() leaves no output without a run when it is cut off in between", async () => {
  const statePath = await mkdtemp(join(tmpdir(), "sluice-cut-off-"));
  try {
    await using sluice = await openSluice({ state: statePath, audit: false });
    const { workflows: [hello] } = await sluice.loadText(HELLO, "hello.yml");
    for (const runId of ["r1", "r2"]) {
      await (await sluice.engine.start(hello!, { runId })).result;
    }
    const removeLog = sluice.log.remove.bind(sluice.log);
    sluice.log.remove = () => Promise.reject(new Error("cut off"));
    const prune = () => applyRetention(sluice, { runs: { keep: 1 } });
    await rejects(prune(), /cut off/);
    const kept = async () => (await (await sluice.engine.store()).list()).map(({ runId }) => runId);
    deepEqual(await kept(), ["r2", "r1"], "the run is still there for the next removal to find");

    sluice.log.remove = removeLog;
    deepEqual((await prune()).runs.map(({ runId }) => runId), ["r1"]);
    deepEqual(await kept(), ["r2"]);
    deepEqual(await readdir(join(statePath, "logs")), ["r2"]);
  } finally {
    await rm(statePath, { recursive: true, force: true });
  }
});

test("applyRetention() says beforehand what it will do with runs that somebody holds", async () => {
  const store = memoryJournal();
  const ended = {
    workflow: "etl",
    status: "SUCCESS",
    trigger: "manual",
    startedAt: 0,
    settledAt: 0,
  };
  for (const runId of ["free", "dead", "alive"]) {
    const journal = await store.create({ ...ended, runId }, { id: runId, pid: 1, birth: "" });
    if (runId === "free") await journal.close();
  }
  const engine = engineFor("me", {
    stages: [],
    openStore: () => Promise.resolve(store),
    lives: ({ id }) => id === "alive",
  });
  const state = {
    engine,
    log: { among: () => Promise.resolve(new Set<string>()), remove: () => Promise.resolve() },
    traces: [],
    runs: () => Promise.resolve(store),
    audits: () => Promise.resolve([]),
  };
  const limits = { runs: { keep: 0 } };
  const { runs, counts, unrecorded } = await applyRetention(state, limits, { dryRun: true });
  deepEqual(runs.map(({ runId }) => runId), ["free", "dead"], "who is alive keeps its run");
  deepEqual([counts.runs, unrecorded], [2, 1]);
  deepEqual((await store.list()).length, 3);
});
