import { deepEqual } from "node:assert/strict";
import { FOLLOW_MARGIN_MS, ReleaseFollower } from "../../core/engine/release_follower.ts";
import { FOLLOWED_CURSORS } from "../../core/schedule/schedule_cursors.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { load, NEW_YEAR, SECOND, workflowText } from "./rig.ts";

test("ReleaseFollower finds a run after a restart that is seen later than one that ended later", async () => {
  const store = memoryJournal();
  const { workflows } = load(workflowText("then", "{release: first}"));
  const scheduled = workflows.map(({ name, triggers, document: { file, text } }) => ({
    ...{ name, file, text, triggers },
  }));
  const endedMs = NEW_YEAR + 2 * FOLLOW_MARGIN_MS;
  const end = async (runId: string, settledAt: number) => {
    const writer = { id: "another", pid: 1, birth: "" };
    const run = { runId, workflow: "first", startedAt: NEW_YEAR, trigger: "cli" };
    await (await store.create({ ...run, status: "SUCCESS", settledAt }, writer)).close();
  };
  const followed = async (follower: ReleaseFollower) => {
    const cursors = await store.cursors(FOLLOWED_CURSORS);
    const due = await follower.releases(scheduled, { store, nowMs: NEW_YEAR, cursors });
    for (const release of due) await store.advance(release.cursors);
    return due.map(({ parentRunId }) => parentRunId);
  };
  const before = new ReleaseFollower();
  deepEqual(await followed(before), [], "it follows what ends from now on");
  await end("late", endedMs);
  deepEqual(await followed(before), ["late"]);
  await end("seen-later", endedMs - 10 * SECOND);
  deepEqual((await followed(new ReleaseFollower())).includes("seen-later"), true);
  await end("long-ago", endedMs - FOLLOW_MARGIN_MS - SECOND);
  deepEqual((await followed(new ReleaseFollower())).includes("long-ago"), false);
});
