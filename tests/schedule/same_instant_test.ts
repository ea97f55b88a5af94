/**
 * Two schedulers on one store that decide different slots of one workflow in
 * the same instant: one of them is late, the other on time.
 */
import { deepEqual, equal } from "node:assert/strict";
import type { DueRelease } from "../../core/engine/due_release.ts";
import { ReleaseLanes } from "../../core/engine/release_lanes.ts";
import { releaseRunId } from "../../core/engine/run_id.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import type { Overlap } from "../../core/model/schedule_policy.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { slotCursor } from "../../core/schedule/schedule_cursors.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { checkOverlap } from "../simulation/invariants.ts";
import { below, type Random, seeded } from "../simulation/random.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
const [LATE, ON_TIME] = [NEW_YEAR + MINUTE, NEW_YEAR + 2 * MINUTE];
const NAP_S = 20;
/** So many turns may go by before a store answers. */
const LONGEST_WAY = 12;

const { workflows: [WORKFLOW] } = load(workflowText("w", "[{every: 1m}]", { seconds: NAP_S }));
const { name, triggers, document: { file, text } } = WORKFLOW!;
const CURSOR = slotCursor(name, "key");

for (const overlap of ["skip", "queue", "cancel-running"] satisfies Overlap[]) {
  test(`two schedulers that decide a late slot and one on time at once hold to "overlap: ${overlap}"`, async () => {
    for (const seed of SEEDS) {
      const { store, notes } = await decidedAtOnce(overlap, seeded(seed));
      const runs = await runsOf(store, name);
      checkOverlap(runs);
      const begun = runs.map(({ runId }) => runId);
      equal(new Set(begun).size, begun.length);
      const skipped = said(notes, "skipped");
      deepEqual([...begun, ...skipped].sort(), [LATE, ON_TIME].map(idOf), `seed ${seed}`);
      deepEqual(said(notes, "started").sort(), begun.sort(), `seed ${seed}`);
      deepEqual(notes.filter(({ type }) => type === "trouble"), []);
      equal((await store.cursors(CURSOR)).get(CURSOR), ON_TIME);
    }
  });
}

/** Each has a lane of its own, and the store may answer either of them first, at each question. */
async function decidedAtOnce(overlap: Overlap, random: Random) {
  const clock = new ManualClock(ON_TIME);
  const store = memoryJournal();
  const notes: ScheduleNote[] = [];
  const lanes = ["late", "on time"].map((id) => {
    const { engine } = new Daemon(() => "{}", { clock, store: faraway(store, random), id });
    return new ReleaseLanes({
      ...{ engine, tell: (note: ScheduleNote) => void notes.push(note) },
      load: () => Promise.resolve(WORKFLOW!),
      goesOn: () => Promise.resolve(true),
    });
  });
  for (const [at, slotMs] of [LATE, ON_TIME].entries()) lanes[at]!.add(due(slotMs, overlap));
  for (let seconds = 0; seconds < 3 * NAP_S; seconds++) {
    await clock.advance(SECOND);
    checkOverlap(await runsOf(store, name));
    for (const lane of lanes) lane.look();
  }
  await Promise.all(lanes.map((lane) => lane.idle()));
  return { store, notes };
}

function due(slotMs: number, overlap: Overlap): DueRelease {
  return {
    ...{ workflow: { name, triggers, file, text }, runId: idOf(slotMs), slotMs, overlap },
    ...{ trigger: "schedule", params: {}, cursors: new Map([[CURSOR, slotMs]]) },
    missed: () => new Map(),
  };
}

function idOf(slotMs: number): string {
  return releaseRunId(name, slotMs);
}

/** The runs of the notes of one kind. */
function said(notes: readonly ScheduleNote[], type: "started" | "skipped"): string[] {
  return notes.flatMap((note) => {
    if (note.type !== type) return [];
    return note.type === "skipped" ? [idOf(note.slotMs)] : [note.runId];
  });
}

/** A store from which some answers take longer than others. */
function faraway(store: JournalStore, random: Random): JournalStore {
  return new Proxy(store, {
    get(it, key) {
      const value: unknown = Reflect.get(it, key, it);
      if (typeof value !== "function" || key === "read" || key === "lives") return value;
      return async (...args: unknown[]) => {
        await turns(below(random, LONGEST_WAY));
        const answer: unknown = await Reflect.apply(value, it, args);
        await turns(below(random, LONGEST_WAY));
        return answer;
      };
    },
  });
}

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await Promise.resolve();
}
