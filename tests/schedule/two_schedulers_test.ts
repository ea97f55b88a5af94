/**
 * Two schedulers on one store for an hour of virtual time, in which they die,
 * end and come back by chance: each slot makes one run.
 */
import { deepEqual, equal } from "node:assert/strict";
import type { JournalStore, RunJournal } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { slotsBetween } from "../../core/schedule/slots.ts";
import { releaseRunId } from "../../core/engine/run_id.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { below, type Random, seeded } from "../simulation/random.ts";
import {
  calendar,
  Daemon,
  HOUR,
  load,
  MINUTE,
  NEW_YEAR,
  runsOf,
  SECOND,
  workflowText,
} from "./rig.ts";

const SEEDS = [1, 2_026];
const LONGEST_STAY_S = 300;
const LONGEST_ABSENCE_S = 90;

const ALL = "catch-up: all";
const TEXT = workflowText("thirties", `[{every: 30s, ${ALL}}]`, { seconds: 3 }) +
  workflowText("often", `[{every: 17s, ${ALL}, overlap: queue}]`, { seconds: 1 }) +
  workflowText("cairo", `[{cron: '*/2 * * * *', tz: Africa/Cairo, ${ALL}}]`, { seconds: 40 }) +
  workflowText("jittery", `[{cron: '1-59/4 * * * *', jitter: 45s, ${ALL}}]`) +
  workflowText("twice", `[{cron: '*/15 * * * *', ${ALL}}, {cron: '30 * * * *', ${ALL}}]`) +
  workflowText("once", `[{at: '2026-01-01T00:31:07', ${ALL}}]`);

for (const seed of SEEDS) {
  test(`two schedulers on one store make each slot of an hour once, whoever dies when (seed ${seed})`, async () => {
    const clock = new ManualClock(NEW_YEAR);
    const store = memoryJournal();
    const random = seeded(seed);
    const lives = ["a", "b"].map((name) => new Life(name, { clock, store, random }));
    for (const life of lives) life.begin();
    while (clock.now() < NEW_YEAR + HOUR) {
      const untilMs = Math.min(...lives.map(({ changesMs }) => changesMs), NEW_YEAR + HOUR);
      await clock.advance(untilMs - clock.now());
      for (const life of lives) if (life.changesMs <= clock.now()) await life.change();
    }
    // Whoever comes last makes good what the dead have left.
    for (const life of lives) life.die();
    const last = new Life("last", { clock, store, random });
    last.begin();
    await clock.advance(3 * MINUTE);
    await last.drain();
    const made = (await runsOf(store)).filter(({ runId }) => expected().has(runId));
    deepEqual(made.map(({ runId }) => runId).sort(), [...expected()].sort());
    deepEqual(made.filter(({ status }) => status !== "SUCCESS"), []);
    equal(lives.reduce((sum, { deaths }) => sum + deaths, 0) > 5, true, "they did die");
  });
}

/** A machine on which a scheduler comes and goes. */
class Life {
  readonly #name: string;
  readonly #world: { clock: ManualClock; store: JournalStore; random: Random };
  #daemon: Daemon | undefined;
  #count = 0;
  changesMs = Infinity;
  deaths = 0;

  constructor(name: string, world: { clock: ManualClock; store: JournalStore; random: Random }) {
    this.#name = name;
    this.#world = world;
  }

  begin(): void {
    const { clock, store } = this.#world;
    const id = `${this.#name}-${this.#count++}-${Math.random()}`;
    const daemon: Daemon = new Daemon(() => TEXT, {
      ...{ clock, id, maxRuns: 100 },
      store: mortal(store, () => daemon.dead),
    });
    this.#daemon = daemon.start();
    this.#nextChange(LONGEST_STAY_S);
  }

  die(): void {
    if (this.#daemon === undefined) return;
    this.#daemon.dead = true;
    this.#daemon = undefined;
    this.deaths++;
  }

  async drain(): Promise<void> {
    const ended = this.#daemon?.drain();
    await this.#world.clock.advance(MINUTE);
    await ended;
    this.#daemon = undefined;
  }

  async change(): Promise<void> {
    if (this.#daemon === undefined) return this.begin();
    // Most die; some are told to end, and wait for what is under way.
    if (below(this.#world.random, 3) > 0) this.die();
    else await this.drain();
    this.#nextChange(LONGEST_ABSENCE_S);
  }

  #nextChange(longestS: number): void {
    const { clock, random } = this.#world;
    this.changesMs = clock.now() + (1 + below(random, longestS)) * SECOND + below(random, SECOND);
  }
}

/** A store whose answers no dead process hears, and that hears nothing of it either. */
function mortal(store: JournalStore, isDead: () => boolean): JournalStore {
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

/** The runs of an hour. */
function expected(): Set<string> {
  const ids = new Set<string>();
  const span = { afterMs: NEW_YEAR, untilMs: NEW_YEAR + HOUR };
  for (const { name, triggers } of load(TEXT).workflows) {
    for (const schedule of triggers.schedules) {
      for (const slotMs of slotsBetween(schedule, span, { calendar })) {
        ids.add(releaseRunId(name, slotMs));
      }
    }
  }
  return ids;
}
