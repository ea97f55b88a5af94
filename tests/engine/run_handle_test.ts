import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions } from "../../core/engine/engine_options.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";

function engine(store: JournalStore, changes: Partial<EngineOptions> = {}): Engine {
  return new Engine({
    host: new FakeHost(),
    clock: new ManualClock(),
    chance: () => 0.5,
    registry: createRegistry([], [{ name: "test", stages: [empty()] }]),
    openStore: () => Promise.resolve(store),
    writer: { id: "e1", pid: 1, birth: "" },
    lives: ({ id }) => id === "e1",
    source: { find: () => Promise.resolve(undefined) },
    defaults: { timeoutMs: 60_000, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
    warn: () => {},
    loadCalendar: () => Promise.reject(new Error("There is no calendar")),
    version: "test",
    ...changes,
  });
}

function workflow(): Workflow {
  const text =
    `w: {type: Workflow, jobs: {a: {stages: [{name: A, echo: hi}, {name: B, echo: ho}]}}}`;
  const { workflows: [only] } = loadFile(text, "w.yml", { stages: [empty()] });
  if (only === undefined) throw new Error("The workflow did not load");
  return only;
}

async function typesOf(events: AsyncIterable<{ readonly type: string }>): Promise<string[]> {
  return (await Array.fromAsync(events)).map(({ type }) => type);
}

test("the events of a run are all there, whenever somebody begins to read", async () => {
  await using runs = engine(memoryJournal());
  const run = await runs.start(workflow());
  const [early, late] = [run.events(), run.events()];
  const first = await typesOf(early);
  await run.result;
  deepEqual([first[0], first.at(-1)], ["run.started", "run.settled"]);
  deepEqual(await typesOf(late), first);
  deepEqual(await typesOf(run.events()), first);
});

test("a reader who stops half-way keeps nobody waiting", async () => {
  await using runs = engine(memoryJournal());
  const run = await runs.start(workflow());
  for await (const { type } of run.events()) {
    equal(type, "run.started");
    break;
  }
  equal((await run.result).status, "SUCCESS");
});

test("of two that start one run at once, the second is given the first one's", async () => {
  await using runs = engine(memoryJournal());
  const only = workflow();
  const [one, other] = await Promise.all([
    runs.start(only, { runId: "same" }),
    runs.start(only, { runId: "same" }),
  ]);
  equal(one.runId, other.runId);
  deepEqual(await typesOf(one.events()), await typesOf(other.events()));
  equal((await other.result).status, "SUCCESS");
});

test("a run does not begin while its audits cannot be opened, and begins once they can", async () => {
  const store = memoryJournal();
  let broken = true;
  await using runs = engine(store, {
    openAudits: () => broken ? Promise.reject(new Error("no such audit")) : Promise.resolve([]),
  });
  await rejects(runs.start(workflow()), /no such audit/);
  deepEqual(await store.list({}), []);
  broken = false;
  equal((await (await runs.start(workflow())).result).status, "SUCCESS");
});

test("a run whose record could not be made stays held, so that it is found", async () => {
  const store = memoryJournal();
  await using runs = engine(store, {
    openAudits: () => Promise.resolve([]),
    provenance: () => {
      throw new Error("nobody knows");
    },
  });
  const audits = [{
    name: "broken",
    save: () => Promise.resolve(),
    find: () => Promise.resolve([]),
  }];
  const run = await runs.start(workflow(), { audit: { audits: audits as never } });
  await rejects(run.result, (error: Error) => {
    match(error.message, /nobody knows/);
    return true;
  });
  equal((await store.writerOf(run.runId))?.id, "e1");
});

test("a run whose stages cannot be loaded leaves nothing behind", async () => {
  const store = memoryJournal();
  const registry = createRegistry([], [{ name: "test", stages: [empty()] }]);
  await using runs = engine(store, {
    registry: Object.create(registry, {
      kind: { value: () => Promise.reject(new Error("no module")) },
    }),
  });
  await rejects(runs.start(workflow()), /no module/);
  deepEqual(await store.list({}), []);
});
