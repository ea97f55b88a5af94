import { deepEqual, equal, rejects } from "node:assert/strict";
import { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions } from "../../core/engine/engine_options.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { decodeEvent } from "../../core/run/codec.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";

const TEXT = `
waits:
  type: Workflow
  jobs:
    first: {stages: [{name: Sleep, sleep: 100}]}
    tidy: {needs: [first], if: "\${{ always() }}", stages: [{name: Tidy, sleep: 100}]}
`;

const stages = [empty()];
const [WAITS] = loadFile(TEXT, "waits.yml", { stages }).workflows;

function engine(id: string, changes: Partial<EngineOptions> = {}): Engine {
  return new Engine({
    host: new FakeHost(),
    clock: new ManualClock(),
    chance: () => 0,
    registry: createRegistry([], [{ name: "test", stages }]),
    openStore: () => Promise.resolve(memoryJournal()),
    writer: { id, pid: 1, birth: "" },
    lives: () => false,
    source: { find: () => Promise.resolve(undefined) },
    defaults: { timeoutMs: 1e9, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
    warn: () => {},
    loadCalendar: () => Promise.reject(new Error("Nothing is scheduled here")),
    version: "test",
    ...changes,
  });
}

function waits(): Workflow {
  if (WAITS !== undefined) return WAITS;
  throw new Error("The workflow of this test does not load");
}

async function cancelsOf(store: JournalStore, runId: string): Promise<unknown[]> {
  const events = (await Array.fromAsync(store.read(runId))).map(decodeEvent);
  return events.flatMap((event) =>
    event.type === "cancel.requested" && event.target === "" ? [event.force ?? false] : []
  );
}

test("an engine that takes over a run does not hear an old request to cancel it again", async () => {
  const store = memoryJournal();
  const openStore = () => Promise.resolve(store);
  const clock = new ManualClock();
  await engine("first", { clock, openStore }).start(waits(), { runId: "r", audit: false });
  await store.request({ runId: "r", type: "cancel", by: "user", why: "a test" });
  await clock.advance(500);
  deepEqual(await cancelsOf(store, "r"), [false]);

  const later = new ManualClock(clock.now());
  const { result } = await engine("second", { clock: later, openStore }).resume("r", {
    audit: false,
  });
  await later.advance(500);
  deepEqual(await cancelsOf(store, "r"), [false], "clean-up may go on");
  await store.request({ runId: "r", type: "cancel", by: "user", why: "at once" });
  await later.advance(500);
  deepEqual(await cancelsOf(store, "r"), [false, true]);
  equal((await result).status, "CANCEL");
});

test("start() begins a run of which only the id was written", async () => {
  const store = memoryJournal();
  const summary = { workflow: "waits", status: "RUNNING", startedAt: 0, trigger: "manual" };
  await store.create({ runId: "r", ...summary }, { id: "dead", pid: 2, birth: "" });
  const clock = new ManualClock();
  const openStore = () => Promise.resolve(store);
  const { result } = await engine("next", { clock, openStore }).start(waits(), {
    runId: "r",
    audit: false,
  });
  await clock.advance(1_000_000);
  equal((await result).status, "SUCCESS");
});

test("resume() forgets a run of which only the id was written", async () => {
  const store = memoryJournal();
  const summary = { workflow: "waits", status: "RUNNING", startedAt: 0, trigger: "manual" };
  await store.create({ runId: "r", ...summary }, { id: "dead", pid: 2, birth: "" });
  const openStore = () => Promise.resolve(store);
  await rejects(engine("next", { openStore }).resume("r"), /"r" never began/);
  equal(await store.find("r"), undefined);
});

test("a run that cannot be taken up is not held", async () => {
  const store = memoryJournal();
  const openStore = () => Promise.resolve(store);
  const clock = new ManualClock();
  await engine("first", { clock, openStore }).start(waits(), { runId: "r", audit: false });
  await clock.advance(10);
  const registry = createRegistry([]);
  await rejects(engine("second", { openStore, registry }).resume("r"), RangeError);
  equal(await store.writerOf("r"), undefined);
});
