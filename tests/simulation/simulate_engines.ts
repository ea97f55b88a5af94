/**
 * Several runs, two engines and one store in a made-up world: the engines are
 * the real ones, and the seed decides when they die, when the store fails, who
 * takes up which run, and how every stage ends.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { z } from "zod";
import { Engine } from "../../core/engine/engine.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import {
  JournalError,
  type JournalStore,
  type RunJournal,
  type RunSummary,
  type Writer,
} from "../../core/plugin/journal.ts";
import type { Clock, Host } from "../../core/plugin/ports.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import {
  defineStage,
  type LeafStageKind,
  StageError,
  type StageKind,
} from "../../core/plugin/stage_kind.ts";
import { type FakeCall, FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { decodeEvent } from "../../core/run/codec.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { replay, type RunState } from "../../core/run/state.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { parallel } from "../../stages/parallel.ts";
import { trigger } from "../../stages/trigger.ts";
import { checkJournal, checkState } from "./invariants.ts";
import { below, hashOf, pick, type Random, seeded } from "./random.ts";

/** What a simulation went through. */
export interface Simulated {
  readonly deaths: number;
  /** Appends that failed, whether or not they were kept. */
  readonly faults: number;
  /** How often a run was taken up again. */
  readonly resumed: number;
  /** How often somebody was kept from a run that another one drove. */
  readonly refused: number;
  /** Programs that had outlived their engine and were ended. */
  readonly orphans: number;
  /** The runs' journals, by id. */
  readonly journals: ReadonlyMap<string, readonly string[]>;
}

const WORKFLOWS = `
fan:
  type: Workflow
  jobs:
    first: {stages: [{name: One, id: one, work: a}, {name: Two, work: b}]}
    legs:
      needs: [first]
      strategy: {max-parallel: 2, matrix: {n: [1, 2, 3]}}
      stages: [{name: Leg, id: leg, work: c, retry: {attempts: 2, delay: 20ms}}]
    tidy:
      needs: [legs]
      if: \${{ always() }}
      stages: [{name: Tidy, work: d}]
nested:
  type: Workflow
  jobs:
    main:
      stages:
        - name: Both
          parallel:
            left: [{name: L1, work: e}, {name: L2, work: f}]
            right: [{name: R1, work: g, retry: 1}]
        - {name: Slow, work: h, timeout: 30ms, retry: 1}
limited:
  type: Workflow
  concurrency: {group: shared}
  jobs:
    one: {stages: [{name: One, work: j, retry: {attempts: 3, delay: 30ms}}, {name: Two, work: k}]}
    two: {stages: [{name: Three, work: l}]}
parent:
  type: Workflow
  jobs:
    before: {stages: [{name: Work, work: i}]}
    child: {needs: [before], stages: [{name: Start, trigger: nested}]}
`;

const RUNS = ["fan", "nested", "limited", "parent", "limited", "fan", "limited"];
const MAX_STEPS = 5_000;
const CHANCE = { death: 0.08, fault: 0.04, deathAtFault: 0.5, cancel: 0.004, meddling: 0.05 };
const LONGEST_WORK_MS = 60;
const EXPECTED: ReadonlySet<string> = new Set(["io", "fenced", "busy", "exists"]);

/** Lives through one seed; throws when a promise is broken. */
export async function simulateEngines(seed: number): Promise<Simulated> {
  return await new World(seed).run();
}

class World {
  readonly #random: Random;
  readonly #clock = new ManualClock(1_000);
  readonly #machine = new FakeHost({ programs: { work: (call) => this.#work(call) } });
  readonly #store = memoryJournal({ fault: () => this.#fault() });
  readonly #workflows = workflows();
  /** Attempts at work, by stage. */
  readonly #working = new Map<string, string>();
  /** Every attempt that was ever begun, and the exit code of those that came to an end. */
  readonly #exitCodes = new Map<string, number | undefined>();
  readonly #engines: Life[] = [];
  readonly #known = new Map<string, readonly string[]>();
  readonly #broken: unknown[] = [];
  #appending: Life | undefined;
  #deaths = 0;
  #faults = 0;
  #resumed = 0;
  #refused = 0;
  #orphans = 0;

  /** Whether engines run in containers of their own: who lives is a matter of the store alone then. */
  readonly #isContained: boolean;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#isContained = seed % 2 === 1;
  }

  async run(): Promise<Simulated> {
    this.#engines.push(this.#newEngine(), this.#newEngine());
    for (const [index, name] of RUNS.entries()) this.#start(name, `run-${index}`);
    for (let steps = 0; !await this.#isOver(); steps++) {
      ok(steps < MAX_STEPS, "every run ends");
      await this.#turn();
      await this.#check();
    }
    return {
      deaths: this.#deaths,
      faults: this.#faults,
      resumed: this.#resumed,
      refused: this.#refused,
      orphans: this.#orphans,
      journals: this.#known,
    };
  }

  async #turn(): Promise<void> {
    const random = this.#random();
    if (random < CHANCE.death) this.#die(pick(this.#random, this.#engines));
    else if (random < CHANCE.death + CHANCE.cancel) await this.#cancel();
    else if (random < CHANCE.death + CHANCE.cancel + CHANCE.meddling) await this.#meddle();
    else await this.#clock.advance(1 + below(this.#random, 40));
    await this.#takeUpWhatIsLeft();
    await this.#clock.advance(0);
  }

  /** A run whose start was lost with its engine, or refused by the store, is started again. */
  #start(name: string, runId: string): void {
    const workflow = this.#workflows.get(name);
    ok(workflow);
    const { engine } = pick(this.#random, this.#engines);
    engine.start(workflow, { runId, audit: false }).then(({ result }) => result)
      .catch((error: unknown) => this.#expected(error));
  }

  #expected(error: unknown): void {
    const cause = error instanceof Error ? error.cause ?? error : error;
    if (!(cause instanceof JournalError) || !EXPECTED.has(cause.code)) this.#broken.push(error);
    else if (cause.code === "busy") this.#refused++;
  }

  /** An engine is gone from one moment to the next; another one takes its place. */
  #die(life: Life): void {
    life.die();
    this.#deaths++;
    this.#engines.splice(this.#engines.indexOf(life), 1, this.#newEngine());
  }

  async #cancel(): Promise<void> {
    const { engine } = pick(this.#random, this.#engines);
    await engine.cancel(pick(this.#random, [...RUNS.keys()].map((index) => `run-${index}`)), {
      by: "somebody",
      why: "no reason",
    });
  }

  /** Somebody resumes a run, whoever is at it. */
  async #meddle(): Promise<void> {
    const open = await this.#openRuns();
    if (open.length === 0) return;
    const { runId } = pick(this.#random, open);
    for (const life of this.#engines) {
      void life.engine.resume(runId).then(({ result }) => result)
        .catch((error: unknown) => this.#expectedOfResume(error));
    }
  }

  #expectedOfResume(error: unknown): void {
    if (error instanceof Error && /never began/.test(error.message)) return;
    this.#expected(error);
  }

  /** As "sluice resume" does: a run that another open one started is left to that one. */
  async #takeUpWhatIsLeft(): Promise<void> {
    const open = await this.#openRuns();
    const ids = new Set(open.map(({ runId }) => runId));
    for (const [index, name] of RUNS.entries()) {
      const runId = `run-${index}`;
      const summary = await this.#store.find(runId);
      if (summary === undefined || ids.has(runId) && !await this.#isDriven(runId)) {
        this.#resumed += summary === undefined ? 0 : 1;
        this.#start(name, runId);
      }
    }
    for (const { runId, parentRunId } of open) {
      if (parentRunId === undefined || ids.has(parentRunId) || await this.#isDriven(runId)) {
        continue;
      }
      this.#resumed++;
      pick(this.#random, this.#engines).engine.resume(runId).then(({ result }) => result)
        .catch((error: unknown) => this.#expectedOfResume(error));
    }
  }

  async #isDriven(runId: string): Promise<boolean> {
    const writer = await this.#store.writerOf(runId);
    return writer !== undefined && this.#lives(writer);
  }

  async #openRuns(): Promise<readonly RunSummary[]> {
    return (await this.#store.list()).filter(({ settledAt }) => settledAt === undefined);
  }

  async #isOver(): Promise<boolean> {
    const runs = await this.#store.list();
    return runs.length >= RUNS.length && runs.every(({ settledAt }) => settledAt !== undefined);
  }

  #lives(writer: Writer): boolean {
    return this.#engines.some(({ id }) => id === writer.id);
  }

  /**
   * What an engine sees of another's process. In a container that is none of the
   * living, and something with the process id of each of the dead.
   */
  #isSeen(writer: Writer): boolean {
    return this.#lives(writer) !== this.#isContained;
  }

  #newEngine(): Life {
    return new Life({
      id: `engine-${this.#deaths}-${this.#engines.length}-${below(this.#random, 1e9)}`,
      clock: this.#clock,
      machine: this.#machine,
      store: this.#store,
      sees: (writer) => this.#isSeen(writer),
      ...(this.#isContained && { lives: (writer: Writer) => this.#lives(writer) }),
      source: (name) => this.#workflows.get(name),
      chance: this.#random,
      appends: (life) => this.#appending = life,
      ended: (count) => this.#orphans += count,
      warn: (message) => this.#broken.push(new Error(message)),
    });
  }

  #fault(): "before" | "after" | undefined {
    if (this.#random() >= CHANCE.fault) return undefined;
    this.#faults++;
    const life = this.#appending;
    if (life !== undefined && this.#random() < CHANCE.deathAtFault) this.#die(life);
    return this.#random() < 0.5 ? "before" : "after";
  }

  /** What a stage does: nothing, for a while. It does not know whether its engine lives. */
  async #work({ args: [key = ""], signal }: FakeCall): Promise<{ readonly exitCode: number }> {
    const stage = key.slice(0, key.lastIndexOf("#"));
    this.#promise(this.#working.get(stage) === undefined, `"${key}" does not begin beside another`);
    this.#promise(!this.#exitCodes.has(key), `"${key}" is carried out once`);
    this.#working.set(stage, key);
    this.#promise(this.#limitedAtWork() <= 1, "a group has no more runs at work than its limit");
    this.#exitCodes.set(key, undefined);
    this.#promise(await this.#isAnnounced(key), `"${key}" is in the journal before it begins`);
    try {
      await this.#clock.sleep(this.#clock.now() + 1 + hashOf(key) % LONGEST_WORK_MS, signal);
      const exitCode = hashOf(`${key}!`) % 6 === 0 ? 1 : 0;
      this.#exitCodes.set(key, exitCode);
      return { exitCode };
    } catch {
      return { exitCode: 143 }; // It was ended.
    } finally {
      this.#working.delete(stage);
    }
  }

  /** How many runs of the group are at work. */
  #limitedAtWork(): number {
    const limited = RUNS.flatMap((name, index) => name === "limited" ? [`run-${index}`] : []);
    const busy = [...this.#working.keys()].map((stage) => stage.split("/", 1)[0] ?? "");
    return new Set(busy.filter((runId) => limited.includes(runId))).size;
  }

  /** A stage that throws has merely failed, so what was broken is kept and told later. */
  #promise(holds: boolean, promise: string): void {
    if (!holds) this.#broken.push(new Error(promise));
  }

  async #isAnnounced(key: string): Promise<boolean> {
    const [runId = ""] = key.split("/", 1);
    const records = await Array.fromAsync(this.#store.read(runId));
    return records.map(decodeEvent).some((event) =>
      event.type === "stage.started" && `${runId}/${event.stage}#${event.attempt}` === key
    );
  }

  async #check(): Promise<void> {
    for (const error of this.#broken) throw error;
    for (const { runId } of await this.#store.list()) {
      const records = await Array.fromAsync(this.#store.read(runId));
      const before = this.#known.get(runId) ?? [];
      if (records.length === before.length) continue;
      deepEqual(records.slice(0, before.length), before, "what is recorded stays as it is");
      this.#known.set(runId, records);
      this.#checkRun(runId, records.map(decodeEvent));
    }
  }

  #checkRun(runId: string, events: readonly RunEvent[]): void {
    const state = replay(events);
    checkState(state);
    if (state.plan !== undefined) checkJournal(events, state.plan);
    for (const event of events) {
      if (event.type === "stage.settled") this.#checkOutcome(event, { runId, state });
    }
    if (state.phase !== "settled") return;
    const left = [...this.#working.keys()].filter((stage) => stage.startsWith(`${runId}/`));
    deepEqual(left, [], "nothing goes on in a run that has ended");
  }

  /** A stage that did work ended as the work did. */
  #checkOutcome(
    { stage, attempt, outcome, outputs }: Extract<RunEvent, { type: "stage.settled" }>,
    { runId, state }: { readonly runId: string; readonly state: RunState },
  ): void {
    if (state.stages.get(stage)?.planned.kind !== "work" || outcome !== "succeeded") return;
    const key = `${runId}/${stage}#${attempt}`;
    equal(this.#exitCodes.get(key), 0, `"${key}" has really succeeded`);
    equal(outputs?.["said"], key, "a recorded output is that of its own attempt");
  }
}

function workflows(): ReadonlyMap<string, Workflow> {
  const { workflows, diagnostics } = loadFile(WORKFLOWS, "simulated.yml", { stages: KINDS });
  deepEqual(diagnostics, []);
  return new Map(workflows.map((workflow) => [workflow.name, workflow]));
}

function work(): LeafStageKind {
  return defineStage({
    name: "work",
    keys: ["work"],
    summary: "Works for a while.",
    fields: { work: z.string() },
    execute: async (_, { host, key, signal }) => {
      const { exitCode } = await host.spawn("work", { args: [key], signal });
      signal.throwIfAborted();
      if (exitCode !== 0) throw new StageError(`Exit code ${exitCode}`);
      return { said: key };
    },
  });
}

// Loaded beforehand: how long an import takes is no part of a seed.
const KINDS: readonly StageKind[] = [work(), parallel(), trigger()];

interface LifeOptions {
  readonly id: string;
  readonly clock: ManualClock;
  readonly machine: FakeHost;
  readonly store: JournalStore;
  /** Whether a process is seen. */
  readonly sees: (writer: Writer) => boolean;
  /** What the store knows. @default it cannot tell */
  readonly lives?: (writer: Writer) => boolean;
  readonly source: (name: string) => Workflow | undefined;
  readonly chance: () => number;
  /** Told who is about to append. */
  readonly appends: (life: Life) => void;
  readonly warn: (message: string) => void;
  /** Told how many orphans were ended. */
  readonly ended: (count: number) => void;
}

/** An engine that can die: from then on nothing that it waits for ever comes. */
class Life {
  readonly id: string;
  readonly engine: Engine;
  readonly #options: LifeOptions;
  #isDead = false;

  constructor(options: LifeOptions) {
    this.id = options.id;
    this.#options = options;
    this.engine = new Engine({
      host: this.#host(),
      clock: this.#clock(),
      chance: options.chance,
      registry: createRegistry([], [{ name: "simulated", stages: KINDS }]),
      openStore: () => Promise.resolve(this.#store()),
      writer: { id: options.id, pid: 1, birth: "" },
      lives: options.sees,
      source: { find: (name) => Promise.resolve(options.source(name)) },
      defaults: { timeoutMs: 60_000, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
      warn: options.warn,
      loadCalendar: () => Promise.reject(new Error("Nothing is scheduled here")),
      version: "test",
    });
  }

  die(): void {
    this.#isDead = true;
  }

  /** Begins only while alive, and is heard of only while alive. */
  async #alive<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isDead) return await never();
    try {
      const value = await act();
      return this.#isDead ? await never() : value;
    } catch (error) {
      if (this.#isDead) return await never();
      throw error;
    }
  }

  #clock(): Clock {
    const { clock } = this.#options;
    return {
      now: () => clock.now(),
      sleep: (until, signal) => this.#alive(() => clock.sleep(until, signal)),
      pause: (ms, signal) => this.#alive(() => clock.pause(ms, signal)),
    };
  }

  #host(): Host {
    const { machine, ended } = this.#options;
    const host = Object.create(machine);
    host.env = () => ({});
    host.spawn = (...call: Parameters<Host["spawn"]>) => this.#alive(() => machine.spawn(...call));
    host.endMarked = (marks: ReadonlySet<string>) =>
      this.#alive(async () => {
        const count = await machine.endMarked(marks);
        ended(count);
        return count;
      });
    return host;
  }

  #store(): JournalStore {
    const { store, lives } = this.#options;
    const alive = <T>(act: () => Promise<T>) => this.#alive(act);
    return {
      close: () => store.close(),
      cursors: (...call) => alive(() => store.cursors(...call)),
      advance: (...call) => alive(() => store.advance(...call)),
      create: (...call) => alive(async () => this.#journal(await store.create(...call))),
      open: (...call) => alive(async () => this.#journal(await store.open(...call))),
      read: (...call) => store.read(...call),
      find: (...call) => alive(() => store.find(...call)),
      list: (...call) => alive(() => store.list(...call)),
      remove: (...call) => alive(() => store.remove(...call)),
      writerOf: (...call) => alive(() => store.writerOf(...call)),
      ...(lives !== undefined && { lives }),
      permits: () => alive(() => store.permits()),
      compact: () => alive(() => store.compact()),
      changePermits: (...call) => alive(() => store.changePermits(...call)),
      request: (...call) => alive(() => store.request(...call)),
      requests: (...call) => alive(() => store.requests(...call)),
    };
  }

  #journal(journal: RunJournal): RunJournal {
    return {
      get length() {
        return journal.length;
      },
      append: (...call) =>
        this.#alive(() => {
          this.#options.appends(this);
          return journal.append(...call);
        }),
      close: () => this.#alive(() => journal.close()),
    };
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
