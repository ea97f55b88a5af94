import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releaseRunId } from "../../core/engine/run_id.ts";
import { slotsKey } from "../../core/model/triggers.ts";
import { slotCursor } from "../../core/schedule/schedule_cursors.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";
import { scheduleIn, workflowText } from "./rig.ts";

const DAY_MS = 86_400_000;

async function inFolder(text: string, body: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-schedule-"));
  try {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "w.yml"), text);
    await body(cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Leaves a run that nobody drives. */
async function leaveRun(cwd: string, slotMs: number): Promise<void> {
  const store = sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
  try {
    const run = { runId: releaseRunId("daily", slotMs), workflow: "daily", trigger: "schedule" };
    const gone = { id: "gone", pid: 999_999_999, birth: "gone" };
    await store.create({ ...run, status: "RUNNING", startedAt: Date.now() }, gone);
  } finally {
    await store.close();
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

const DAILY = workflowText("daily", "[{interval: daily, time: '00:00'}]");

test("sluice backfill leaves slots that are still to come to the scheduler", async () => {
  await inFolder(DAILY, async (cwd) => {
    const [today, later] = [dayOf(Date.now()), dayOf(Date.now() + 3 * DAY_MS)];
    const span = ["--from", dayOf(Date.now() - DAY_MS), "--to", later];
    const cut = await sluice(["backfill", "daily", ...span, "--json"], { cwd });
    equal(cut.code, 0, cut.stderr);
    match(cut.stderr, /slots after .* are still to come/);
    const slots = JSON.parse(cut.stdout).map(({ slot }: { slot: string }) => slot.slice(0, 10));
    deepEqual(slots.filter((slot: string) => slot > today), []);
    equal(slots.includes(today), true);
    const from = dayOf(Date.now() + 2 * DAY_MS);
    const future = await sluice(["backfill", "daily", "--from", from, "--to", later], { cwd });
    equal(future.code, 2);
    match(future.stderr, /still to come/);
  });
});

test("sluice next marks the slots that have a run already", async () => {
  await inFolder(DAILY, async (cwd) => {
    const first = Math.floor(Date.now() / DAY_MS + 2) * DAY_MS;
    await leaveRun(cwd, first);
    const { stdout } = await sluice(["next", "daily", "-n", "3", "--json"], { cwd });
    const marked = JSON.parse(stdout).filter(({ run_id }: { run_id: unknown }) => run_id !== null);
    deepEqual(marked.map(({ run_id }: { run_id: string }) => run_id), [
      releaseRunId("daily", first),
    ]);
    match((await sluice(["next", "daily"], { cwd })).stdout, /RUN\b[^]*RUNNING/);
  });
});

test("sluice next shows each workflow, however often another one starts", async () => {
  const text = workflowText("often", "[{every: 10s}]") + DAILY;
  await inFolder(text, async (cwd) => {
    const { stdout, stderr } = await sluice(["next", "--days", "2", "--json"], { cwd });
    const names = JSON.parse(stdout).map(({ workflow }: { workflow: string }) => workflow);
    equal(
      names.filter((name: string) => name === "often").length,
      48,
      "what the other leaves of 50",
    );
    equal(names.filter((name: string) => name === "daily").length, 2);
    match(stderr, /… and at least \d+ more of often/);
    equal(stderr.includes("more of daily"), false);
  });
});

test("sluice schedule status says of a run that nobody drives what sluice runs says", async () => {
  await inFolder(DAILY, async (cwd) => {
    await leaveRun(cwd, Math.floor(Date.now() / DAY_MS) * DAY_MS);
    for (const command of [["runs"], ["schedule", "status"]]) {
      const { stdout } = await sluice(command, { cwd });
      match(stdout, /INTERRUPTED/, command.join(" "));
    }
    const [run] = JSON.parse((await sluice(["runs", "--json"], { cwd })).stdout);
    deepEqual([run.status, run.interrupted], ["RUNNING", true]);
    const status = await sluice(["schedule", "status", "--json"], { cwd });
    const [row] = JSON.parse(status.stdout).schedules;
    deepEqual([row.last_status, row.last_interrupted], [run.status, run.interrupted]);
  });
});

test("sluice schedule tells how many slots were missed, and which", async () => {
  // Half a day from now, so that no slot is on time.
  const hour = (new Date().getUTCHours() + 12) % 24;
  const on = `[{cron: '0 ${hour} * * *'}]`;
  await inFolder(workflowText("daily", on), async (cwd) => {
    const store = sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
    const sinceMs = Date.now() - 3 * DAY_MS;
    await store.advance(new Map([[slotCursor("daily", slotsKey(scheduleIn(on))), sinceMs]]));
    await store.close();
    const status = await sluice(["schedule", "status", "--json"], { cwd });
    const [row] = JSON.parse(status.stdout).schedules;
    equal(row.missed_count, 3);
    equal(Date.parse(row.missed) - Date.parse(row.missed_since), 2 * DAY_MS);
    const range = /3: \d{4}-\d\d-\d\d \d\d:00:00 to \d{4}-\d\d-\d\d \d\d:00:00/;
    match((await sluice(["schedule", "status"], { cwd })).stdout, range);
    const once = await sluice(["schedule", "--once"], { cwd });
    match(once.stderr, /daily missed 3 slots from .* to .*: nothing was there to start them/);
    const after = await sluice(["schedule", "status"], { cwd });
    equal(after.code, 1);
    match(after.stdout, range);
  });
});
