import { deepEqual, equal } from "node:assert/strict";
import type { Engine } from "../../core/engine/engine.ts";
import { LOOK_AGAIN_MS, MAX_AT_ONCE, RunRecovery } from "../../core/engine/run_recovery.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";
import { engineFor } from "./engine_for.ts";

const stages = [empty()];
const [WAITS] = loadFile(
  "w: {type: Workflow, jobs: {a: {stages: [{name: Wait, sleep: 100}]}}}",
  "w.yml",
  { stages },
).workflows;

class World {
  readonly clock = new ManualClock();
  readonly notes: string[] = [];
  readonly store: JournalStore;
  readonly #ending = new AbortController();

  constructor(store: JournalStore = memoryJournal()) {
    this.store = store;
  }

  /** Leaves a run of which the engine has died. */
  async leave(runId: string, trigger: string, clock = new ManualClock()): Promise<void> {
    if (WAITS === undefined) throw new Error("The workflow of this test does not load");
    await this.#engine("dead", clock).start(WAITS, { runId, trigger, audit: false });
    await clock.advance(10);
  }

  /** Looks after runs until the test ends. */
  recovers(): Promise<void> {
    const { clock, notes } = this;
    const recovery = new RunRecovery({
      ...{ engine: this.#engine("next", clock), clock, triggers: ["http"] },
      tell: (note) => void notes.push(textOf(note)),
    });
    return recovery.run(this.#ending.signal);
  }

  end(): void {
    this.#ending.abort();
  }

  #engine(id: string, clock: ManualClock): Engine {
    return engineFor(id, {
      ...{ stages, clock, openStore: () => Promise.resolve(this.store) },
      lives: ({ id }) => id !== "dead",
    });
  }
}

function textOf(note: ScheduleNote): string {
  switch (note.type) {
    case "recovered":
      return `${note.runId} goes on`;
    case "settled":
      return `${note.runId} ${note.status}`;
    case "trouble":
      return note.message;
    default:
      return note.type;
  }
}

test("RunRecovery takes up the runs of dead engines that were started as it is told, and no others", async () => {
  const world = new World();
  await world.leave("mine", "http");
  await world.leave("by-hand", "manual");
  const over = world.recovers();
  await world.clock.advance(1_000);
  deepEqual(world.notes, ["mine goes on"]);
  await world.clock.advance(200_000);
  deepEqual(world.notes, ["mine goes on", "mine SUCCESS"]);
  equal((await world.store.find("by-hand"))?.settledAt, undefined);
  world.end();
  await over;
});

test("RunRecovery looks again: another server may die later", async () => {
  const world = new World();
  const over = world.recovers();
  await world.clock.advance(1_000);
  await world.leave("late", "http");
  await world.clock.advance(LOOK_AGAIN_MS);
  deepEqual(world.notes, ["late goes on"]);
  world.end();
  await over;
});

test("RunRecovery tells once of a run that it cannot take up, and goes on with the others", async () => {
  const store = memoryJournal();
  const open: JournalStore["open"] = store.open.bind(store);
  const broken: JournalStore = Object.assign(store, {
    open: (...asked: Parameters<typeof open>) =>
      asked[0] === "b" ? Promise.reject(new Error("the disk is full")) : open(...asked),
  });
  const world = new World(broken);
  for (const runId of ["a", "b", "c"]) await world.leave(runId, "http");
  const over = world.recovers();
  await world.clock.advance(3 * LOOK_AGAIN_MS);
  deepEqual(world.notes, [
    "a goes on",
    'Cannot take up run "b": the disk is full',
    "c goes on",
  ]);
  world.end();
  await over;
});

test("RunRecovery has so many runs under way at most, and takes up the others behind them", async () => {
  const world = new World();
  const count = MAX_AT_ONCE + 3;
  for (let at = 0; at < count; at++) await world.leave(`r${at}`, "http");
  const over = world.recovers();
  await world.clock.advance(1_000);
  equal(world.notes.length, MAX_AT_ONCE);
  await world.clock.advance(100_000 + LOOK_AGAIN_MS);
  equal(world.notes.filter((note) => note.endsWith("goes on")).length, count);
  world.end();
  await over;
});
