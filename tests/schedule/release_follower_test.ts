import { deepEqual, equal } from "node:assert/strict";
import {
  FOLLOW_MARGIN_MS,
  FOLLOWED_PAGE,
  MAX_FOLLOWED_PAGES,
  ReleaseFollower,
} from "../../core/engine/release_follower.ts";
import { FOLLOWED_CURSORS } from "../../core/schedule/schedule_cursors.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { RunQuery } from "../../core/plugin/journal.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

function world(on: string) {
  const store = memoryJournal();
  const { workflows } = load(workflowText("then", on));
  const scheduled = workflows.map(({ name, triggers, document: { file, text } }) => ({
    ...{ name, file, text, triggers },
  }));
  const end = async (runId: string, settledAt: number, status = "SUCCESS") => {
    const writer = { id: "another", pid: 1, birth: "" };
    const run = { runId, workflow: "first", startedAt: NEW_YEAR, trigger: "cli" };
    await (await store.create({ ...run, status, settledAt }, writer)).close();
  };
  const followed = async (follower: ReleaseFollower, { nowMs = NEW_YEAR, begins = true } = {}) => {
    const cursors = await store.cursors(FOLLOWED_CURSORS);
    const facts = { store, nowMs, cursors, waits: () => !begins };
    const due = await Array.fromAsync(follower.releases(scheduled, facts));
    if (begins) { for (const release of due) await store.advance(release.cursors); }
    return due.map(({ followed }) => followed?.runId);
  };
  return { store, end, followed };
}

test("ReleaseFollower finds a run after a restart that is seen later than one that ended later", async () => {
  const { end, followed } = world("{release: first}");
  const endedMs = NEW_YEAR + 2 * FOLLOW_MARGIN_MS;
  const at = { nowMs: endedMs };
  const before = new ReleaseFollower();
  deepEqual(await followed(before), [], "it follows what ends from now on");
  await end("late", endedMs);
  deepEqual(await followed(before, at), ["late"]);
  await end("seen-later", endedMs - 10 * SECOND);
  deepEqual(await followed(before, at), ["seen-later"]);
  deepEqual((await followed(new ReleaseFollower(), at)).includes("seen-later"), true);
  await end("long-ago", endedMs - FOLLOW_MARGIN_MS - SECOND);
  deepEqual((await followed(new ReleaseFollower(), at)).includes("long-ago"), false);
  deepEqual(await followed(before, at), []);
});

test("ReleaseFollower finds a run that took longer than hundreds that were begun behind it", async () => {
  const { end, followed } = world("{release: first}");
  const follower = new ReleaseFollower();
  await followed(follower);
  await end("slow", NEW_YEAR + 300 * SECOND);
  const quick = Array.from({ length: 3 * FOLLOWED_PAGE }, (_, at) => `quick-${at}`);
  for (const [at, runId] of quick.entries()) await end(runId, NEW_YEAR + (at + 1) * SECOND);
  const found = await followed(follower, { nowMs: NEW_YEAR + 700 * SECOND });
  deepEqual(
    found,
    [...quick.slice(0, 299), "slow", ...quick.slice(299)],
    "in the order of their ends",
  );
  deepEqual(await followed(follower, { nowMs: NEW_YEAR + 701 * SECOND }), [], "each once");
});

test("ReleaseFollower looks at so many runs at once, and goes on with the next look", async () => {
  const { store, end, followed } = world("{release: first}");
  const follower = new ReleaseFollower();
  await followed(follower);
  const most = FOLLOWED_PAGE * MAX_FOLLOWED_PAGES;
  const runs = Array.from({ length: most + 10 }, (_, at) => `run-${at}`);
  // All at once, so that nothing but their order tells them apart.
  for (const runId of runs) await end(runId, NEW_YEAR + SECOND);
  const listed: (readonly string[])[] = [];
  const list = store.list.bind(store);
  store.list = async (query?: RunQuery) => {
    const runs = await list(query);
    listed.push(runs.map(({ runId }) => runId));
    return runs;
  };
  const nowMs = NEW_YEAR + 2 * SECOND;
  deepEqual(await followed(follower, { nowMs }), runs.slice(0, most));
  equal(listed.length, MAX_FOLLOWED_PAGES);
  equal(Math.max(...listed.map(({ length }) => length)), FOLLOWED_PAGE);
  deepEqual(await followed(follower, { nowMs }), runs.slice(most));
  deepEqual(await followed(follower, { nowMs }), []);
});

test("ReleaseFollower follows the ends it is asked for, and passes the others for good", async () => {
  const { store, end, followed } = world("{release: [{workflow: first, when: failure}]}");
  const follower = new ReleaseFollower();
  await followed(follower);
  const [key = ""] = (await store.cursors(FOLLOWED_CURSORS)).keys();
  for (let nth = 1; nth <= 10; nth++) await end(`good-${nth}`, NEW_YEAR + nth * MINUTE);
  const nowMs = NEW_YEAR + 11 * MINUTE;
  deepEqual(await followed(follower, { nowMs, begins: false }), []);
  equal((await store.cursors("")).get(key), NEW_YEAR, "something waits that came before");
  deepEqual(await followed(follower, { nowMs }), []);
  equal((await store.cursors("")).get(key), NEW_YEAR + 10 * MINUTE - FOLLOW_MARGIN_MS);
  await end("bad", NEW_YEAR + 10 * MINUTE, "FAILED");
  deepEqual(await followed(follower, { nowMs }), ["bad"]);
});

test("ReleaseFollower loses none of those it has found when one cannot be read", async () => {
  const { store, end, followed } = world("{release: first}");
  const follower = new ReleaseFollower();
  await followed(follower);
  for (const nth of [1, 2, 3]) await end(`run-${nth}`, NEW_YEAR + nth * SECOND);
  const read = store.read.bind(store);
  store.read = (runId, from) => {
    if (runId === "run-2") throw new Error("Not now");
    return read(runId, from);
  };
  const cursors = await store.cursors(FOLLOWED_CURSORS);
  const { workflows } = load(workflowText("then", "{release: first}"));
  const scheduled = workflows.map(({ name, triggers }) => ({ name, file: "", text: "", triggers }));
  const seen: (string | undefined)[] = [];
  const facts = { store, nowMs: NEW_YEAR + MINUTE, cursors, waits: () => false };
  const look = async () => {
    for await (const { followed } of follower.releases(scheduled, facts)) {
      seen.push(followed?.runId);
    }
  };
  await look().catch(() => {});
  deepEqual(seen, ["run-1"]);
  store.read = read;
  await look();
  deepEqual(seen, ["run-1", "run-2", "run-3"]);
});

test("Scheduler follows a run that is overtaken by hundreds of quick ones", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const text = workflowText("then", "{release: first}");
  const daemon = new Daemon(() => text, { clock, store, id: "overtaken" }).start();
  await clock.advance(SECOND);
  const writer = { id: "another", pid: 1, birth: "" };
  const run = { workflow: "first", startedAt: NEW_YEAR, trigger: "cli", status: "RUNNING" };
  const slow = await store.create({ ...run, runId: "slow" }, writer);
  const end = { status: "SUCCESS" };
  for (let nth = 0; nth <= FOLLOWED_PAGE; nth++) {
    const settledAt = clock.now();
    await (await store.create({ ...run, ...end, runId: `quick-${nth}`, settledAt }, writer))
      .close();
  }
  await clock.advance(5 * MINUTE);
  await slow.append([], { ...run, ...end, runId: "slow", settledAt: clock.now() });
  await slow.close();
  await clock.advance(MINUTE);
  await daemon.drain();
  equal((await runsOf(store, "then")).length, FOLLOWED_PAGE + 2);
  equal((await runsOf(store, "then")).at(-1)?.parentRunId, "slow");
});
