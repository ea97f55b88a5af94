import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions } from "../../core/engine/engine_options.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { decodeEvent } from "../../core/run/codec.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";
import { engineFor } from "./engine_for.ts";

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
  return engineFor(id, { stages, ...changes });
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

test("an engine believes the store of who lives, and only where that cannot tell, what it sees", async () => {
  let known: boolean | undefined = true;
  const store = Object.assign(memoryJournal(), { lives: () => known });
  const openStore = () => Promise.resolve(store);
  const audit = false;
  await engine("first", { openStore }).start(waits(), { runId: "r", audit });
  const blind = engine("blind", { openStore, lives: () => false });
  await rejects(blind.resume("r", { audit }), { code: "busy" });
  equal(await blind.isHeld("r"), true);
  known = undefined;
  const seeing = engine("seeing", { openStore, lives: () => true });
  await rejects(seeing.resume("r", { audit }), { code: "busy" });
  equal(await seeing.isHeld("r"), true);
  known = false;
  equal(await seeing.isHeld("r"), false);
  await seeing.resume("r", { audit });
  deepEqual((await store.writerOf("r"))?.id, "seeing");
});

test("resume() of a run that the same engine is taking up gives the same handle", async () => {
  const store = memoryJournal();
  const openStore = () => Promise.resolve(store);
  const audit = false;
  const clock = new ManualClock();
  await engine("first", { clock, openStore }).start(waits(), { runId: "r", audit });
  await clock.advance(10);
  const lives = ({ id }: { readonly id: string }) => id === "second";
  const later = new ManualClock(clock.now());
  const heir = engine("second", { clock: later, openStore, lives });
  const handles = await Promise.all([
    heir.resume("r", { audit }),
    heir.resume("r", { audit }),
    heir.start(waits(), { runId: "r", audit }),
  ]);
  equal(new Set(handles).size, 1);
  equal(await heir.resume("r", { audit }), handles[0]);
  const rival = engine("third", { openStore, lives });
  await rejects(rival.resume("r", { audit }), { code: "busy" });
  await later.advance(1_000_000);
  equal((await handles[0].result).status, "SUCCESS");
});

test("resume() of a run that could not be taken up tries again", async () => {
  const store = memoryJournal();
  const openStore = () => Promise.resolve(store);
  const clock = new ManualClock();
  await engine("first", { clock, openStore }).start(waits(), { runId: "r", audit: false });
  await clock.advance(10);
  const { open } = store;
  const heir = engine("second", { openStore });
  store.open = () => Promise.reject(new Error("Not now"));
  const both = [heir.resume("r", { audit: false }), heir.resume("r", { audit: false })];
  for (const resumed of both) await rejects(resumed, /Not now/);
  store.open = open;
  equal((await heir.resume("r", { audit: false })).runId, "r");
});
