/** What becomes of releases that have to wait in their lanes. */
import type { DueRelease } from "../../core/engine/due_release.ts";
import { deepEqual, equal } from "node:assert/strict";
import { MAX_WAITING_RELEASES, ReleaseLanes } from "../../core/engine/release_lanes.ts";
import { releaseRunId } from "../../core/engine/run_id.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { pausing, resuming, slotCursor } from "../../core/schedule/schedule_cursors.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, slotsOf, workflowText } from "./rig.ts";

function world(text: string, options = {}) {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const daemon = new Daemon(() => text, { clock, store, id: `${Math.random()}`, ...options });
  const pause = async (name: string) =>
    await store.advance(pausing(name, { cursors: await store.cursors(""), nowMs: clock.now() }));
  const resume = async (name: string) =>
    await store.advance(resuming(name, { cursors: await store.cursors(""), nowMs: clock.now() }));
  return { clock, store, daemon, pause, resume };
}

test("a release that waits for its turn stays undone when that comes during a pause", async () => {
  const { clock, store, daemon, pause, resume } = world(
    workflowText("w", "[{cron: '1,2 0 * * *', overlap: queue, catch-up: all}]", { seconds: 90 }),
  );
  daemon.start();
  await clock.advance(2 * MINUTE + 10 * SECOND);
  await pause("w");
  await clock.advance(MINUTE);
  deepEqual(await slotsOf(store, "w"), ["2026-01-01T00:01Z"]);
  deepEqual(daemon.said("skipped").map(({ why }) => why), ["the workflow is paused"]);
  await resume("w");
  await clock.advance(3 * MINUTE);
  await daemon.drain();
  deepEqual(await slotsOf(store, "w"), ["2026-01-01T00:01Z"]);
  const after = new Daemon(daemon.text, { clock, store, id: `${Math.random()}` }).start();
  await clock.advance(MINUTE);
  await after.drain();
  deepEqual(await slotsOf(store, "w"), ["2026-01-01T00:01Z"], "nothing is caught up with");
  deepEqual([daemon, after].flatMap((it) => it.said("missed")), []);
});

test("a release that waits for its turn starts when that comes after a pause", async () => {
  const { clock, store, daemon, pause, resume } = world(
    workflowText("w", "[{cron: '1,2 0 * * *', overlap: queue}]", { seconds: 90 }),
  );
  daemon.start();
  await clock.advance(2 * MINUTE + 5 * SECOND);
  await pause("w");
  await clock.advance(5 * SECOND);
  await resume("w");
  await clock.advance(3 * MINUTE);
  await daemon.drain();
  equal((await runsOf(store, "w")).length, 2);
});

test("a release that waits for others to end stays undone when that comes during a pause", async () => {
  const { clock, store, daemon, pause } = world(
    workflowText("first", "[{cron: '1 0 * * *'}]", { seconds: 30 }) +
      workflowText("then", "[{cron: '1 0 * * *', jitter: 1s}]"),
    { maxRuns: 1 },
  );
  daemon.start();
  await clock.advance(MINUTE + 10 * SECOND);
  const [waiting = ""] = ["first", "then"].filter((name) =>
    !daemon.said("started").some(({ workflow }) => workflow === name)
  );
  await pause(waiting);
  await clock.advance(3 * MINUTE);
  await daemon.drain();
  equal((await runsOf(store)).length, 1);
});

test("a release of a paused workflow ends nobody to take its place", async () => {
  const { clock, store, daemon, pause } = world(
    workflowText("w", "[{cron: '1,2 0 * * *', overlap: cancel-running}]", { seconds: 90 }) +
      workflowText("other", "[{cron: '1 0 * * *'}]", { seconds: 70 }),
  );
  let held = false;
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  const cursors = store.cursors.bind(store);
  // The pause comes between the slot's being due and its being decided.
  store.cursors = async (prefix) => {
    const known = await cursors(prefix);
    if (!held && clock.now() === NEW_YEAR + 2 * MINUTE) {
      held = true;
      await gate;
    }
    return known;
  };
  daemon.start();
  await clock.advance(2 * MINUTE);
  equal(held, true);
  await pause("w");
  release();
  await clock.advance(3 * MINUTE);
  await daemon.drain();
  deepEqual((await runsOf(store, "w")).map(({ status }) => status), ["SUCCESS"]);
});

test("a release for which there is no room leaves the place of those that wait as it is", async () => {
  const { clock, store, daemon: { engine } } = world("{}");
  const { workflows: [workflow] } = load(workflowText("w", "[{every: 1s, catch-up: all}]"));
  const { name, triggers, document: { file, text } } = workflow!;
  const scheduled = { name, file, text, triggers };
  const cursor = slotCursor(name, "key");
  const due = (slotMs: number): DueRelease => ({
    ...{ workflow: scheduled, runId: releaseRunId(name, slotMs), slotMs },
    ...{ trigger: "schedule", params: {}, overlap: "queue" },
    cursors: new Map([[cursor, slotMs]]),
    missed: () => new Map(),
  });
  const notes: ScheduleNote[] = [];
  const lanes = new ReleaseLanes({
    ...{ engine, maxRuns: 1, tell: (note) => void notes.push(note) },
    load: () => Promise.resolve(workflow!),
  });
  // Whoever is under way keeps all of them waiting.
  const busy = { runId: "busy", workflow: name, startedAt: NEW_YEAR, trigger: "manual" };
  const journal = await store.create(
    { ...busy, status: "RUNNING" },
    { id: "busy", pid: 1, birth: "" },
  );
  const other = new Daemon(() => "{}", { clock, store, id: "busy" });
  const slots = Array.from({ length: MAX_WAITING_RELEASES + 2 }, (_, at) => NEW_YEAR + at * SECOND);
  for (const slotMs of slots) lanes.add(due(slotMs));
  await lanes.idle();
  equal(notes.filter(({ type }) => type === "missed").length, 2);
  equal((await store.cursors(cursor)).get(cursor), undefined, "the first of them waits still");
  other.dead = true;
  await journal.append([], { ...busy, status: "SUCCESS", settledAt: NEW_YEAR });
  for (const slotMs of slots.slice(0, -2)) {
    const run = { ...busy, runId: releaseRunId(name, slotMs), status: "SUCCESS" };
    await (await store.create({ ...run, settledAt: NEW_YEAR }, { id: "x", pid: 1, birth: "" }))
      .close();
  }
  lanes.look();
  await lanes.idle();
  equal(lanes.waiting, 0);
  equal((await store.cursors(cursor)).get(cursor), slots.at(-1), "all are decided");
});
