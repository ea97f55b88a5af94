import { deepEqual, equal, match } from "node:assert/strict";
import type { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions } from "../../core/engine/engine_options.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import type { Audit, AuditRecord } from "../../core/plugin/sink.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { fileAudit } from "../../plugins/file_audit.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";
import { engineFor } from "./engine_for.ts";

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
  return engineFor(id, {
    stages,
    openStore: () => Promise.resolve(store),
    openAudits: () => Promise.resolve(audits),
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
  equal(other.state.saves, 2);
  equal((await one.kept.evidence.verify()).links, 1, "nothing is written twice");
});

test("an audit that has a record is not asked again by the engine that knows so", async () => {
  const store = memoryJournal();
  const [one, other] = [audit(), audit()];
  const first = engine("first", { store, audits: [one.audit, other.audit], lives: () => true });
  other.state.mode = "broken";
  await (await first.start(etl(), { runId: "r1" })).result;
  other.state.mode = "well";
  await (await first.start(etl(), { runId: "r2" })).result;
  deepEqual([await one.runs(), await other.runs()], [["r1", "r2"], ["r1", "r2"]]);
  deepEqual([one.state.saves, other.state.saves], [2, 3]);
});

test("a record whose engine died between it and its link is linked by the next engine", async () => {
  const store = memoryJournal();
  const disk = { isDead: true, links: 0 };
  const host = new FakeHost();
  const dying = new Proxy(host, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key === "createText" && disk.isDead) return () => new Promise(() => void disk.links++);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const provenance = (process: number) => () => ({ process });
  const opened = (host: FakeHost) => fileAudit({ folder: "/audits", host, warn: () => {} });
  await engine("first", { store, audits: [opened(dying)], provenance: provenance(1) })
    .start(etl(), { runId: "r1" });
  await hangs({ saves: () => disk.links });
  const kept = opened(host);
  equal((await kept.evidence.verify()).problems.length, 1, "the record is there, and its link not");

  const next = engine("second", { store, audits: [kept], provenance: provenance(2) });
  deepEqual(await next.auditOwed(), ["r1"]);
  const { links, problems } = await kept.evidence.verify();
  deepEqual({ links, problems }, { links: 1, problems: [] });
});

/** A store with settled runs that nobody has audited, of which one cannot be read. */
async function withDamaged(runIds: readonly string[], damaged: string) {
  const store = memoryJournal();
  for (const runId of runIds) {
    const { audit: breakable, state } = audit();
    state.mode = "silent";
    await engine("dead", { store, audits: [breakable] }).start(etl(), { runId });
    await hangs({ saves: () => state.saves });
  }
  const journal = {
    isDamaged: true,
    store: new Proxy(store, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        if (key !== "read") return value.bind(target);
        return (runId: string, from?: number) => {
          if (runId !== damaged || !journal.isDamaged) return store.read(runId, from);
          throw new Error("Its journal is damaged");
        };
      },
    }),
  };
  return journal;
}

test("a run that cannot be read keeps no other one from its record", async () => {
  const journal = await withDamaged(["r1", "r2", "r3"], "r2");
  const { audit: breakable, runs } = audit();
  const warnings: string[] = [];
  const next = engine("second", {
    ...{ store: journal.store, audits: [breakable], lives: ({ id }) => id === "second" },
    warn: (message) => void warnings.push(message),
  });
  deepEqual((await next.auditOwed()).toSorted(), ["r1", "r3"]);
  deepEqual(await runs(), ["r1", "r3"]);
  deepEqual(warnings, [
    'Cannot audit run "r2": Its journal is damaged; its journal is kept until it has its record',
  ]);
  equal((await journal.store.writerOf("r2"))?.id, "dead", "it is held by nobody who lives");

  journal.isDamaged = false;
  deepEqual(await next.auditOwed(), ["r2"], "the same engine tries again");
  deepEqual(await runs(), ["r1", "r2", "r3"]);
});

test("a run whose record an audit will not have keeps no later one from its record", async () => {
  const store = memoryJournal();
  const { audit: breakable, kept, runs } = audit();
  const disk = { isFull: true };
  const choosy: Audit = {
    ...breakable,
    save: (record, options) =>
      record.runId === "r1" || disk.isFull
        ? Promise.reject(new Error("Not this one"))
        : kept.save(record, options),
  };
  const one = engine("first", { store, audits: [choosy], lives: () => true });
  for (const runId of ["r1", "r2", "r3"]) await (await one.start(etl(), { runId })).result;
  disk.isFull = false;
  for (const runId of ["r4", "r5"]) await (await one.start(etl(), { runId })).result;
  deepEqual(await runs(), ["r2", "r3", "r4", "r5"]);
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
