/**
 * Two schedulers on one store for an hour of virtual time, in which they die,
 * end and come back by chance: each slot makes one run.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { slotsBetween } from "../../core/schedule/slots.ts";
import { releaseRunId } from "../../core/engine/run_id.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { checkOverlap } from "../simulation/invariants.ts";
import { below, type Random, seeded } from "../simulation/random.ts";
import {
  calendar,
  Daemon,
  HOUR,
  load,
  MINUTE,
  mortal,
  NEW_YEAR,
  runsOf,
  SECOND,
  workflowText,
} from "./rig.ts";

const SEEDS = [1, 2_026];
const OVERLAP_SEEDS = Number(globalThis.process?.env.SEEDS ?? 4);
const LONGEST_STAY_S = 300;
const LONGEST_ABSENCE_S = 90;

const ALL = "catch-up: all";
const TEXT = workflowText("thirties", `[{every: 30s, ${ALL}}]`, { seconds: 3 }) +
  workflowText("often", `[{every: 17s, ${ALL}, overlap: queue}]`, { seconds: 1 }) +
  workflowText("cairo", `[{cron: '*/2 * * * *', tz: Africa/Cairo, ${ALL}}]`, { seconds: 40 }) +
  workflowText("jittery", `[{cron: '1-59/4 * * * *', jitter: 45s, ${ALL}}]`) +
  workflowText("twice", `[{cron: '*/15 * * * *', ${ALL}}, {cron: '30 * * * *', ${ALL}}]`) +
  workflowText("once", `[{at: '2026-01-01T00:31:07', ${ALL}}]`);

/** Each takes longer than the next one waits for, now and then or always. */
const APART = workflowText("skip", "[{every: 20s, overlap: skip}]", { seconds: 35 }) +
  workflowText("queue", `[{every: 40s, ${ALL}, overlap: queue}]`, { seconds: 25 }) +
  workflowText("latest", "[{every: 35s, catch-up: latest, overlap: queue}]", { seconds: 50 }) +
  workflowText(
    "cancel",
    "[{every: 30s, catch-up: latest, overlap: cancel-running}, {cron: '*/2 * * * *', jitter: 40s, overlap: cancel-running}]",
    { seconds: 55 },
  );

for (const seed of Array.from({ length: OVERLAP_SEEDS }, (_, at) => at)) {
  test(`two schedulers on one store never have two runs of a workflow at once that may not overlap, whoever dies when (seed ${seed})`, async () => {
    const clock = new ManualClock(NEW_YEAR);
    const store = memoryJournal();
    const random = seeded(seed);
    const world = { clock, store, random, text: APART };
    const lives = ["a", "b"].map((name) => new Life(name, world));
    for (const life of lives) life.begin();
    while (clock.now() < NEW_YEAR + HOUR / 2) {
      await clock.advance(Math.max(nextChange(lives) - clock.now(), 0));
      for (const life of lives) if (life.changesMs <= clock.now()) await life.change();
      checkOverlap(await runsOf(store));
    }
    const taken = lives.reduce((sum, life) => sum + life.recovered, 0);
    for (const life of lives) life.die();
    ok(taken > 2, `what the dead have left is taken up: ${taken}`);
    ok((await runsOf(store)).length > 100);
  });
}

for (const seed of SEEDS) {
  test(`two schedulers on one store make each slot of an hour once, whoever dies when (seed ${seed})`, async () => {
    const clock = new ManualClock(NEW_YEAR);
    const store = memoryJournal();
    const random = seeded(seed);
    const lives = ["a", "b"].map((name) => new Life(name, { clock, store, random, text: TEXT }));
    for (const life of lives) life.begin();
    while (clock.now() < NEW_YEAR + HOUR) {
      const untilMs = Math.min(nextChange(lives), NEW_YEAR + HOUR);
      // While one of them was told to end, the other's time may have come.
      await clock.advance(Math.max(untilMs - clock.now(), 0));
      for (const life of lives) if (life.changesMs <= clock.now()) await life.change();
    }
    // Whoever comes last makes good what the dead have left.
    for (const life of lives) life.die();
    const last = new Life("last", { clock, store, random, text: TEXT });
    last.begin();
    await clock.advance(3 * MINUTE);
    await last.drain();
    const made = (await runsOf(store)).filter(({ runId }) => expected().has(runId));
    deepEqual(made.map(({ runId }) => runId).sort(), [...expected()].sort());
    deepEqual(made.filter(({ status }) => status !== "SUCCESS"), []);
    equal(lives.reduce((sum, { deaths }) => sum + deaths, 0) > 5, true, "they did die");
  });
}

function nextChange(lives: readonly Life[]): number {
  return Math.min(...lives.map(({ changesMs }) => changesMs));
}

interface LifeOptions {
  readonly clock: ManualClock;
  readonly store: JournalStore;
  readonly random: Random;
  readonly text: string;
}

/** A machine on which a scheduler comes and goes. */
class Life {
  readonly #name: string;
  readonly #world: LifeOptions;
  readonly #daemons: Daemon[] = [];
  #daemon: Daemon | undefined;
  #count = 0;
  changesMs = Infinity;
  deaths = 0;

  constructor(name: string, world: LifeOptions) {
    this.#name = name;
    this.#world = world;
  }

  begin(): void {
    const { clock, store, text } = this.#world;
    const id = `${this.#name}-${this.#count++}-${Math.random()}`;
    const daemon: Daemon = new Daemon(() => text, {
      ...{ clock, id, maxRuns: 100 },
      store: mortal(store, () => daemon.dead),
    });
    this.#daemon = daemon.start();
    this.#daemons.push(daemon);
    this.#nextChange(LONGEST_STAY_S);
  }

  /** How many runs it has taken up. */
  get recovered(): number {
    return this.#daemons.reduce((sum, daemon) => sum + daemon.said("recovered").length, 0);
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
