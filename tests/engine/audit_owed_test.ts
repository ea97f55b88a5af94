import { deepEqual, equal, match } from "node:assert/strict";
import { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions } from "../../core/engine/engine_options.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import type { Audit, AuditRecord } from "../../core/plugin/sink.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { fileAudit } from "../../plugins/file_audit.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";

const stages = [empty()];
const [FOUND] = loadFile(
  "etl: {type: Workflow, jobs: {load: {stages: [{name: Say, echo: Hello}]}}}",
  "etl.yml",
  { stages },
).workflows;

function etl(): Workflow {
  if (FOUND !== undefined) return FOUND;
  throw new Error("The workflow of this test does not load");
}

/** An audit in memory that can be broken, or never answer as when its engine dies. */
function audit() {
  const kept = fileAudit({ folder: "/audits", host: new FakeHost(), warn: () => {} });
  const state: { mode: "well" | "broken" | "silent"; saves: number } = { mode: "well", saves: 0 };
  const breakable: Audit = {
    ...kept,
    save: (record: AuditRecord, options) => {
      state.saves++;
      if (state.mode === "silent") return new Promise<string>(() => {});
      if (state.mode === "broken") return Promise.reject(new Error("The disk is full"));
      return kept.save(record, options);
    },
  };
  const runs = async () => (await kept.find({})).map(({ runId }) => runId).sort();
  return { audit: breakable, kept, state, runs };
}

function engine(
  id: string,
  changes: Partial<EngineOptions> & {
    readonly store: JournalStore;
    readonly audits: readonly Audit[];
  },
): Engine {
  const { store, audits, ...options } = changes;
  return new Engine({
    host: new FakeHost(),
    clock: new ManualClock(),
    chance: () => 0,
    registry: createRegistry([], [{ name: "test", stages }]),
    openStore: () => Promise.resolve(store),
    openAudits: () => Promise.resolve(audits),
    writer: { id, pid: 1, birth: "" },
    lives: () => false,
    source: { find: () => Promise.resolve(undefined) },
    defaults: { timeoutMs: 1e9, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
    warn: () => {},
    loadCalendar: () => Promise.reject(new Error("Nothing is scheduled here")),
    version: "test",
    ...options,
  });
}

/** Waits until an engine has settled a run and hangs in its audit, where it comes no further. */
async function hangs({ saves }: { readonly saves: () => number }): Promise<void> {
  while (saves() === 0) await Promise.resolve();
}

test("a run whose engine died between its end and its audit is audited by the next engine", async () => {
  const store = memoryJournal();
  const { audit: breakable, state, runs } = audit();
  state.mode = "silent"; // The engine gets as far as the audit, and no further.
  await engine("first", { store, audits: [breakable] }).start(etl(), { runId: "r1" });
  await hangs({ saves: () => state.saves });
  deepEqual(await runs(), []);

  state.mode = "well";
  const next = engine("second", { store, audits: [breakable] });
  deepEqual(await next.auditOwed(), ["r1"]);
  deepEqual(await runs(), ["r1"]);
  equal(await store.writerOf("r1"), undefined);
  deepEqual(await next.auditOwed(), [], "it has its record");
});

test("resume() of a run that has ended audits it where its engine died first", async () => {
  const store = memoryJournal();
  const { audit: breakable, state, runs } = audit();
  state.mode = "silent";
  await engine("first", { store, audits: [breakable] }).start(etl(), { runId: "r1" });
  await hangs({ saves: () => state.saves });
  state.mode = "well";
  const { result } = await engine("second", { store, audits: [breakable] }).resume("r1");
  equal((await result).status, "SUCCESS");
  deepEqual(await runs(), ["r1"]);
});

test("a run of an engine that lives is left to it", async () => {
  const store = memoryJournal();
  const { audit: breakable, state, runs } = audit();
  state.mode = "silent";
  await engine("first", { store, audits: [breakable] }).start(etl(), { runId: "r1" });
  await hangs({ saves: () => state.saves });
  state.mode = "well";
  const next = engine("second", { store, audits: [breakable], lives: ({ id }) => id === "first" });
  deepEqual(await next.auditOwed(), []);
  deepEqual(await runs(), []);
});

test("an audit that fails is reported, and gets its records once it works again", async () => {
  const store = memoryJournal();
  const { audit: breakable, kept, state, runs } = audit();
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const one = engine("first", { store, audits: [breakable], warn, lives: () => true });
  state.mode = "broken";
  for (const runId of ["r1", "r2"]) {
    equal((await (await one.start(etl(), { runId })).result).status, "SUCCESS");
  }
  deepEqual(await runs(), []);
  match(warnings[0] ?? "", /could not keep run "r1": The disk is full; the journal keeps it/);
  state.mode = "well";
  await (await one.start(etl(), { runId: "r3" })).result;
  deepEqual(await runs(), ["r1", "r2", "r3"]);
  deepEqual((await kept.evidence.verify()).problems, []);
  for (const runId of ["r1", "r2", "r3"]) equal(await store.writerOf(runId), undefined);
});

test("an audit that fails until its engine ends gets its records from the next engine", async () => {
  const store = memoryJournal();
  const { audit: breakable, state, runs } = audit();
  state.mode = "broken";
  {
    const one = engine("first", { store: notClosed(store), audits: [breakable] });
    await (await one.start(etl(), { runId: "r1" })).result;
    await one[Symbol.asyncDispose]();
  }
  state.mode = "well";
  deepEqual(await engine("second", { store, audits: [breakable] }).auditOwed(), ["r1"]);
  deepEqual(await runs(), ["r1"]);
});

test("a late record goes only where it is missing", async () => {
  const store = memoryJournal();
  const [one, other] = [audit(), audit()];
  other.state.mode = "silent"; // It dies after the first of two audits.
  const audits = [one.audit, other.audit];
  await engine("first", { store, audits }).start(etl(), { runId: "r1" });
  await hangs({ saves: () => other.state.saves });
  other.state.mode = "well";
  deepEqual(await engine("second", { store, audits }).auditOwed(), ["r1"]);
  deepEqual([await one.runs(), await other.runs()], [["r1"], ["r1"]]);
  deepEqual([one.state.saves, other.state.saves], [1, 2]);
  equal((await one.kept.evidence.verify()).links, 1, "nothing is written twice");
});

test("a record says who wrote it, and what was left out of it", async () => {
  const store = memoryJournal();
  const { audit: breakable, kept } = audit();
  const provenance = () => ({ version: "1.2.3", runtime: "Deno/2.9.6", user: "ada" });
  const one = engine("first", { store, audits: [breakable], provenance });
  await (await one.start(etl(), { runId: "r1", audit: { excluded: ["context"] } })).result;
  const [record] = await kept.find({});
  deepEqual(record?.runsMetadata["recorded_by"], provenance());
  deepEqual(record?.runsMetadata["audit_excluded"], ["context"]);
  equal(record?.runsMetadata["engine"], "test");
  equal(record?.runsMetadata["trigger"], "manual");
});

/** The next engine goes on with the same store. */
function notClosed(store: JournalStore): JournalStore {
  return new Proxy(store, {
    get(target, key) {
      if (key === "close") return () => Promise.resolve();
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
