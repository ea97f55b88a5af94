/** A scheduler in virtual time, for tests. @module */
import { Engine } from "../../core/engine/engine.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import {
  type ScheduleListing,
  Scheduler,
  type SchedulerOptions,
} from "../../core/engine/scheduler.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Schedule } from "../../core/model/triggers.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore, RunJournal, RunSummary } from "../../core/plugin/journal.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import type { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { ScheduledWorkflow } from "../../core/schedule/scheduled_workflow.ts";
import type { Calendar } from "../../core/schedule/slots.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { cronCalendar } from "../../plugins/cron.ts";
import { fileTrigger } from "../../plugins/file_trigger.ts";
import { empty } from "../../stages/empty.ts";

/** Knows when cron texts fire. */
export const calendar: Calendar = cronCalendar();

const TRIGGERS = [fileTrigger()];

/** 2026-01-01, midnight in UTC. */
export const NEW_YEAR: number = Date.UTC(2026, 0, 1);

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** The workflows in a text, and what is wrong with it. */
export function load(
  text: string,
  file = "w.yml",
): { workflows: readonly Workflow[]; diagnostics: readonly Diagnostic[] } {
  return loadFile(text, file, { stages: [empty()], triggers: TRIGGERS });
}

/** A workflow that starts on `on` and takes `seconds`. */
export function workflowText(
  name: string,
  on: string,
  { seconds = 0, more = "" }: { seconds?: number; more?: string } = {},
): string {
  return `${name}: {type: Workflow, on: ${on}, ${more} jobs: {j: {stages: [{name: nap, id: nap, echo: hi, sleep: ${seconds}}]}}}\n`;
}

/** The only schedule of `on: …`. */
export function scheduleIn(on: string): Schedule {
  const { workflows: [workflow], diagnostics } = load(workflowText("w", on));
  const schedule = workflow?.triggers.schedules[0];
  if (schedule === undefined) throw new Error(JSON.stringify(diagnostics));
  return schedule;
}

/** A machine with a scheduler that can be switched off at any moment. */
export class Daemon {
  readonly notes: ScheduleNote[] = [];
  readonly scheduler: Scheduler;
  readonly engine: Engine;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  dead = false;

  constructor(
    readonly text: () => string,
    { clock, store, id = "daemon-1", ...options }:
      & { clock: ManualClock; store: JournalStore; id?: string }
      & Partial<SchedulerOptions>,
  ) {
    const daemons = living;
    daemons.set(id, this);
    let [known, loaded] = ["", load("{}")];
    let scheduled: ScheduleListing = { ...loaded, workflows: [] };
    const host = options.host ?? new FakeHost();
    const registry = createRegistry(
      [{ name: "empty", keys: ["echo", "sleep"], load: () => Promise.resolve(empty()) }],
      [{ name: "triggers", triggers: TRIGGERS }],
    );
    this.engine = new Engine({
      ...{ host, registry, clock },
      chance: () => 0.5,
      openStore: () => Promise.resolve(store),
      writer: { id, pid: 1, birth: "" },
      lives: (writer) => daemons.get(writer.id)?.dead === false,
      source: { find: () => Promise.resolve(undefined) },
      defaults: { timeoutMs: HOUR, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
      warn: (message) => this.notes.push({ type: "trouble", message }),
      loadCalendar: () => Promise.resolve(calendar),
      version: "0",
    });
    this.scheduler = new Scheduler({
      ...{ engine: this.engine, clock, host, triggers: registry },
      workflows: () => {
        if (known !== text()) {
          [known, loaded] = [text(), load(text())];
          scheduled = { ...loaded, workflows: loaded.workflows.map(scheduledFrom) };
        }
        return Promise.resolve(scheduled);
      },
      load: ({ name, text }) =>
        Promise.resolve(
          (text === known ? loaded : load(text)).workflows.find((it) => it.name === name)!,
        ),
      tell: (note) => this.notes.push(note),
      ...options,
    });
  }

  start(): this {
    this.#running = this.scheduler.run(this.#stop.signal);
    return this;
  }

  /** As SIGTERM does: what is under way ends first. */
  async drain(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** What it said, of one kind. */
  said<T extends ScheduleNote["type"]>(type: T): Extract<ScheduleNote, { type: T }>[] {
    return this.notes.filter((note): note is Extract<ScheduleNote, { type: T }> =>
      note.type === type
    );
  }
}

function scheduledFrom({ name, triggers, document: { file, text } }: Workflow): ScheduledWorkflow {
  return { name, file, text, triggers };
}

const living = new Map<string, Daemon>();

/** All runs, oldest first. */
export async function runsOf(store: JournalStore, workflow?: string): Promise<RunSummary[]> {
  const runs = await store.list({
    limit: 100_000,
    ...(workflow === undefined ? {} : { workflow }),
  });
  return [...runs].reverse();
}

/** The ids of all runs without their dates. */
export async function slotsOf(store: JournalStore, workflow: string): Promise<string[]> {
  return (await runsOf(store, workflow)).map(({ runId }) => runId.slice(workflow.length + 1))
    .sort();
}

/** A store whose answers no dead process hears, and that hears nothing of it either. */
export function mortal(store: JournalStore, isDead: () => boolean): JournalStore {
  return guarded(store, isDead);
}

function guarded<T extends object>(target: T, isDead: () => boolean): T {
  return new Proxy(target, {
    get(it, key) {
      const value: unknown = Reflect.get(it, key, it);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (isDead()) return new Promise(() => {});
        const answer: unknown = Reflect.apply(value, it, args);
        if (!(answer instanceof Promise)) return answer;
        return answer.then((result) => {
          if (isDead()) return new Promise(() => {});
          return isJournal(result) ? guarded(result, isDead) : result;
        });
      };
    },
  });
}

function isJournal(result: unknown): result is RunJournal {
  return result instanceof Object && "append" in result;
}
