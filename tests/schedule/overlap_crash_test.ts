/** What `overlap:` promises holds when a scheduler dies and another one takes up its runs. */
import { deepEqual, equal } from "node:assert/strict";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { checkOverlap } from "../simulation/invariants.ts";
import { Daemon, MINUTE, mortal, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

function world(text: string) {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  let count = 0;
  const daemon = (options = {}) => {
    const made: Daemon = new Daemon(() => text, {
      ...{ clock, id: `${text}-${count++}-${Math.random()}` },
      store: mortal(store, () => made.dead),
      ...options,
    });
    return made.start();
  };
  return { clock, store, daemon };
}

function slots(runs: readonly { runId: string; status: string }[]): string[] {
  return runs.map(({ runId, status }) => `${runId.slice(-6)} ${status}`).sort();
}

const EXPECTED = {
  skip: { after: ["00:01Z SUCCESS"], skipped: 1 },
  queue: { after: ["00:01Z SUCCESS", "00:02Z SUCCESS"], skipped: 0 },
  "cancel-running": { after: ["00:01Z CANCEL", "00:02Z SUCCESS"], skipped: 0 },
};

for (const [overlap, { after, skipped }] of Object.entries(EXPECTED)) {
  const text = workflowText(
    "w",
    `[{cron: "1,2 0 * * *", catch-up: latest, overlap: ${overlap}}]`,
    { seconds: 80 },
  );

  test(`overlap: ${overlap} holds for a run that a crash has left and the next scheduler takes up`, async () => {
    const { clock, store, daemon } = world(text);
    const dying = daemon();
    await clock.advance(MINUTE + 10 * SECOND);
    dying.dead = true;
    await clock.advance(55 * SECOND);
    const heir = daemon();
    await clock.advance(5 * MINUTE);
    await heir.drain();
    const runs = await runsOf(store, "w");
    checkOverlap(runs);
    deepEqual(slots(runs), after);
    equal(heir.said("recovered").length, 1);
    equal(heir.said("skipped").length, skipped);
  });

  test(`overlap: ${overlap} holds while a run of a dead scheduler waits to be taken up by another`, async () => {
    const { clock, store, daemon } = world(text);
    const dying = daemon();
    await clock.advance(MINUTE + 10 * SECOND);
    // It looks for runs like these every ten seconds: not within three of the slot.
    await clock.advance(5 * SECOND);
    const heir = daemon();
    await clock.advance(43 * SECOND);
    equal((await runsOf(store))[0]?.status, "RUNNING");
    dying.dead = true;
    await clock.advance(5 * MINUTE);
    await heir.drain();
    const runs = await runsOf(store, "w");
    checkOverlap(runs);
    deepEqual(slots(runs), after);
    equal(heir.said("recovered").length, 1);
    equal(heir.said("skipped").length, skipped);
  });
}
