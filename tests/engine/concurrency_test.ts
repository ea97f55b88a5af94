import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions, StartOptions } from "../../core/engine/engine_options.ts";
import { REQUEST_POLL_MS } from "../../core/engine/request_watch.ts";
import type { RunHandle } from "../../core/engine/run_handle.ts";
import { NO_LIMITS } from "../../core/model/concurrency.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import { HostError } from "../../core/plugin/ports.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { trigger } from "../../stages/trigger.ts";
import { test } from "../harness.ts";
import { engineFor } from "./engine_for.ts";

const SLEEP_MS = 1_000;

function workflow(concurrency: string, name = "work"): Workflow {
  const text = `
${name}:
  type: Workflow
  params: {env: {type: str, default: prod}}
  ${concurrency}
  jobs: {only: {stages: [{name: Sleep, sleep: ${SLEEP_MS / 1_000}}]}}
`;
  const { workflows: [found], diagnostics } = loadFile(text, "work.yml", { stages: STAGES });
  deepEqual(diagnostics, []);
  ok(found);
  return found;
}

const STAGES = [empty(), trigger()];

/** Engines that share a store and a clock. */
class Rig {
  readonly clock = new ManualClock(1_000_000);
  readonly store = memoryJournal();
  readonly dead = new Set<string>();
  readonly warned: string[] = [];

  engine(id: string, more: Partial<EngineOptions> = {}): Engine {
    return engineFor(id, {
      ...{ stages: STAGES, clock: this.clock, chance: Math.random },
      openStore: () => Promise.resolve(this.store),
      lives: (writer) => !this.dead.has(writer.id),
      warn: (message) => this.warned.push(message),
      ...more,
    });
  }

  async start(engine: Engine, what: Workflow, more: StartOptions = {}): Promise<RunHandle> {
    const handle = await engine.start(what, { audit: false, ...more });
    await this.clock.advance(0);
    return handle;
  }

  async statuses(): Promise<string> {
    const runs = await this.store.list({ limit: 100 });
    return runs.map(({ status }) => status).reverse().join(" ");
  }

  /** Until whoever waits has had a chance to look, and one sleep is over. */
  async nextTurn(): Promise<void> {
    await this.clock.advance(SLEEP_MS);
    await this.clock.advance(REQUEST_POLL_MS);
    await this.clock.advance(0);
  }
}

test("an engine lets no more runs of a group go on than its limit, in order", async () => {
  const rig = new Rig();
  const engine = rig.engine("one");
  const two = workflow("concurrency: {group: db, limit: 2}");
  for (let i = 0; i < 4; i++) await rig.start(engine, two);
  equal(await rig.statuses(), "RUNNING RUNNING WAIT WAIT");
  await rig.nextTurn();
  equal(await rig.statuses(), "SUCCESS SUCCESS RUNNING RUNNING");
  await rig.nextTurn();
  equal(await rig.statuses(), "SUCCESS SUCCESS SUCCESS SUCCESS");
  deepEqual(await rig.store.permits(), []);
});

test("a limit holds over engines that share a store", async () => {
  const rig = new Rig();
  const [here, there] = [rig.engine("here"), rig.engine("there")];
  const one = workflow("concurrency: db");
  await rig.start(here, one);
  await rig.start(there, one);
  equal(await rig.statuses(), "RUNNING WAIT");
  await rig.nextTurn();
  equal(await rig.statuses(), "SUCCESS RUNNING");
});

test("groups of other names do not wait for one another", async () => {
  const rig = new Rig();
  const engine = rig.engine("one");
  const byEnv = workflow("concurrency: {group: 'deploy-${{ params.env }}'}");
  await rig.start(engine, byEnv);
  await rig.start(engine, byEnv, { params: { env: "test" } });
  await rig.start(engine, byEnv, { params: { env: "test" } });
  equal(await rig.statuses(), "RUNNING RUNNING WAIT");
});

test("what a dead engine held is free, and its run waits in line when it is resumed", async () => {
  const rig = new Rig();
  const one = workflow("concurrency: db");
  const { runId } = await rig.start(rig.engine("dies"), one);
  rig.dead.add("dies");
  const engine = rig.engine("lives");
  await rig.start(engine, one);
  equal(await rig.statuses(), "RUNNING RUNNING", "the first one's engine is dead");
  await engine.resume(runId, { audit: false });
  await rig.clock.advance(0);
  equal(await rig.statuses(), "WAIT RUNNING");
});

test("what a dead engine left behind is ended before its place is given away", async () => {
  const rig = new Rig();
  const one = workflow("concurrency: db");
  await rig.start(rig.engine("dies"), one);
  rig.dead.add("dies");
  const holders: string[] = [];
  const host = new FakeHost();
  host.endMarked = async (marks) => {
    const held = (await rig.store.permits()).filter(({ phase }) => phase === "held");
    holders.push(...held.map(({ holder }) => `${marks.size} of ${holder.id}`));
    return marks.size;
  };
  await rig.start(rig.engine("lives", { host }), one);
  deepEqual(holders, ["1 of dies"]);
  deepEqual((await rig.store.permits()).map(({ holder }) => holder.id), ["lives"]);
});

test("whoever cannot look for what a dead engine left behind says so, and goes on", async () => {
  const rig = new Rig();
  const { runId } = await rig.start(rig.engine("dies"), workflow(""));
  rig.dead.add("dies");
  const host = new FakeHost();
  host.endMarked = () =>
    Promise.reject(new HostError("ENOSYS", "Cannot look at processes: no /proc"));
  await rig.engine("lives", { host }).resume(runId, { audit: false });
  deepEqual(rig.warned, [
    `Cannot look at processes: no /proc, so nothing that a dead engine of run "${runId}" left ` +
    "running was ended: end it yourself, or a stage may run beside an earlier attempt of its own",
  ]);
  host.endMarked = () => Promise.reject(new HostError("EBUSY", "Cannot end process group 7"));
  rig.dead.add("lives");
  await rejects(rig.engine("third", { host }).resume(runId, { audit: false }), /process group 7/);
});

test("a run that is resumed waits in line, though its group refuses whoever comes new", async () => {
  const rig = new Rig();
  const one = workflow("concurrency: {group: db, on-overflow: skip}");
  const { runId } = await rig.start(rig.engine("dies"), one);
  rig.dead.add("dies");
  const engine = rig.engine("lives");
  await rig.start(engine, one);
  const resumed = await engine.resume(runId, { audit: false });
  await rig.clock.advance(0);
  equal(await rig.statuses(), "WAIT RUNNING");
  await rig.nextTurn();
  equal(await rig.statuses(), "RUNNING SUCCESS");
  await rig.nextTurn();
  equal((await resumed.result).status, "SUCCESS");
});

test("a run is skipped or cancelled where its group is full and says so", async () => {
  for (const [policy, status] of [["skip", "SKIP"], ["cancel-newest", "CANCEL"]]) {
    const rig = new Rig();
    const engine = rig.engine("one");
    const full = workflow(`concurrency: {group: db, on-overflow: ${policy}}`);
    await rig.start(engine, full);
    const { result } = await rig.start(engine, full);
    equal((await result).status, status);
    equal(await rig.statuses(), `RUNNING ${status}`);
  }
});

test("a newer run takes the place of an older one where its group says so", async () => {
  const rig = new Rig();
  const [here, there] = [rig.engine("here"), rig.engine("there")];
  const newest = workflow("concurrency: {group: db, cancel-in-progress: true}");
  await rig.start(here, newest);
  await rig.start(there, newest);
  await rig.clock.advance(REQUEST_POLL_MS);
  await rig.clock.advance(REQUEST_POLL_MS);
  equal(await rig.statuses(), "CANCEL RUNNING");
});

test("a waiting run can be cancelled, and gives its place up", async () => {
  const rig = new Rig();
  const engine = rig.engine("one");
  const one = workflow("concurrency: db");
  await rig.start(engine, one);
  const second = await rig.start(engine, one);
  await rig.start(engine, one);
  second.cancel("user", "a test");
  equal((await second.result).status, "CANCEL");
  await rig.nextTurn();
  equal(await rig.statuses(), "SUCCESS CANCEL RUNNING");
});

test("the limit on all runs holds for workflows that name no group", async () => {
  const rig = new Rig();
  const engine = rig.engine("one", { concurrency: { ...NO_LIMITS, all: { limit: 1 } } });
  await rig.start(engine, workflow("", "first"));
  await rig.start(engine, workflow("", "second"));
  equal(await rig.statuses(), "RUNNING WAIT");
});

test("settings say how large a group is where its workflow does not", async () => {
  const rig = new Rig();
  const groups = new Map([["db", { limit: 2 }]]);
  const engine = rig.engine("one", { concurrency: { all: {}, groups } });
  for (let i = 0; i < 3; i++) await rig.start(engine, workflow("concurrency: db"));
  equal(await rig.statuses(), "RUNNING RUNNING WAIT");
});

test("a rate lets no more begin within its time", async () => {
  const rig = new Rig();
  const engine = rig.engine("one");
  const rated = workflow("concurrency: {group: api, rate: 2 per 10s}");
  for (let i = 0; i < 3; i++) await rig.start(engine, rated);
  await rig.nextTurn();
  equal(await rig.statuses(), "SUCCESS SUCCESS WAIT");
  await rig.clock.advance(10_000 - 2 * SLEEP_MS);
  equal(await rig.statuses(), "SUCCESS SUCCESS WAIT");
  await rig.clock.advance(SLEEP_MS);
  await rig.nextTurn();
  equal(await rig.statuses(), "SUCCESS SUCCESS SUCCESS");
});

test("a workflow that triggers one of its own group does not wait for itself", async () => {
  const rig = new Rig();
  const child = workflow("concurrency: db", "child");
  const text = `
parent:
  type: Workflow
  concurrency: db
  jobs: {only: {stages: [{name: Child, trigger: child}]}}
`;
  const { workflows: [parent] } = loadFile(text, "p.yml", { stages: STAGES });
  ok(parent);
  const engine = rig.engine("one", { source: { find: () => Promise.resolve(child) } });
  const { result } = await rig.start(engine, parent);
  await rig.nextTurn();
  equal((await result).status, "SUCCESS");
});

test("a group whose name cannot be made starts nothing", async () => {
  const rig = new Rig();
  const wrong = workflow("concurrency: {group: '${{ params.env | louder }}'}");
  await rejects(rig.engine("one").start(wrong), /louder/);
  deepEqual(await rig.store.list(), []);
});

test("a store that fails keeps runs waiting and lets them go on once it works", async () => {
  const rig = new Rig();
  let isBroken = true;
  const store = new Proxy(rig.store, {
    get: (target, name: keyof JournalStore) =>
      name === "changePermits" && isBroken
        ? () => Promise.reject(new Error("no disk"))
        : target[name]?.bind(target), // A promise asks whether it is one, too.
  });
  const engine = rig.engine("one", { openStore: () => Promise.resolve(store) });
  await rig.start(engine, workflow("concurrency: db"));
  equal(await rig.statuses(), "WAIT");
  match(rig.warned[0], /no disk/);
  isBroken = false;
  await rig.clock.advance(REQUEST_POLL_MS);
  await rig.clock.advance(0);
  equal(await rig.statuses(), "RUNNING");
});

function match(text: string | undefined, pattern: RegExp): void {
  ok(text !== undefined && pattern.test(text), `"${text}" matches ${pattern}`);
}
