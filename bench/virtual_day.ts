/** A scheduler at work in time of its own: a day passes in a minute. @module */
import process from "node:process";
import { Engine } from "../core/engine/engine.ts";
import { Scheduler } from "../core/engine/scheduler.ts";
import { loadFile } from "../core/model/load_workflow.ts";
import type { JournalStore } from "../core/plugin/journal.ts";
import { createRegistry } from "../core/plugin/registry.ts";
import { ManualClock } from "../core/plugin/testing/manual_clock.ts";
import { openHost } from "../platform/mod.ts";
import { cronCalendar } from "../plugins/cron.ts";
import { sqliteJournal } from "../plugins/sqlite_journal.ts";
import { FIRST_PARTY_STAGES } from "../stages/first_party.ts";

/** What passes in all. */
export const DAY_MS = 86_400_000;

/** 2026-10-25, midnight in UTC: in Berlin the clock is put back an hour that night. */
const BEGIN_MS = Date.UTC(2026, 9, 25);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Every minute so many of each. */
const EACH = 5;

/** How many of them there are, and what starts them. */
const SCHEDULES: readonly (readonly [on: string, jobs: string])[] = [
  ['{cron: "* * * * *"}', "a: {stages: [{name: s, echo: hi}]}"],
  ["{every: 1m}", "a: {strategy: {matrix: {n: [1, 2, 3]}}, stages: [{name: s}]}"],
  ['{cron: "*/5 * * * *", timezone: Europe/Berlin}', "a: {stages: [{name: s, raise: no}]}"],
  ["{every: 1h}", "a: {stages: [{name: s, bash: echo hello}]}"],
];

/** How many runs that makes of a day. */
export const RUNS_OF_A_DAY: number = EACH * (24 * 60 + 24 * 60 + 24 * 12 + 24);

/** A day that has begun. */
export interface VirtualDay extends AsyncDisposable {
  /** Where its runs are kept. */
  readonly store: JournalStore;
  /** Lets so much of it pass; says how many runs have ended since it began. */
  pass(ms: number): Promise<number>;
}

/** Begins a day of schedules over a store of its own. */
export async function openVirtualDay(folder: string): Promise<VirtualDay> {
  const clock = new ManualClock(BEGIN_MS);
  const host = openHost();
  const store = sqliteJournal({ folder, host });
  const registry = createRegistry(FIRST_PARTY_STAGES);
  const calendar = cronCalendar();
  const text = SCHEDULES.flatMap(([on, jobs], kind) =>
    Array.from(
      { length: EACH },
      (_, i) => `w${kind}_${i}: {type: Workflow, on: [${on}], jobs: {${jobs}}}\n`,
    )
  ).join("");
  const file = "day.yml";
  const loaded = loadFile(text, file, { stages: await registry.kindsIn(text) });
  const [error] = loaded.diagnostics.filter(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(`Internal error: ${error.message}`);
  const engine = new Engine({
    ...{ host, registry, clock },
    chance: () => 0.5,
    openStore: () => Promise.resolve(store),
    writer: { id: "day", pid: process.pid, birth: "" },
    lives: () => false,
    source: { find: () => Promise.resolve(undefined) },
    defaults: { timeoutMs: HOUR_MS, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
    warn: () => {},
    loadCalendar: () => Promise.resolve(calendar),
    version: "0",
  });
  const workflows = loaded.workflows.map((workflow) => ({ ...workflow, file, text }));
  let ended = 0;
  const scheduler = new Scheduler({
    ...{ engine, clock, host, triggers: registry, maxRuns: 100 },
    workflows: () => Promise.resolve({ workflows, diagnostics: [] }),
    load: ({ name }) => {
      const whole = loaded.workflows.find((workflow) => workflow.name === name);
      return whole ? Promise.resolve(whole) : Promise.reject(new Error(`There is no "${name}"`));
    },
    tell: ({ type }) => void (ended += type === "settled" ? 1 : 0),
  });
  const stop = new AbortController();
  const running = scheduler.run(stop.signal);
  return {
    store,
    async pass(ms) {
      for (const end = clock.now() + ms; clock.now() < end;) {
        await clock.advance(Math.min(MINUTE_MS, end - clock.now()));
        // What it has started takes time of ours, in which its own stands still.
        while (scheduler.active > 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      return ended;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await engine[Symbol.asyncDispose]();
    },
  };
}
