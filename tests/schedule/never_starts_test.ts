import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { standingsOf } from "../../core/engine/schedule_standings.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { neverStarts } from "../../core/schedule/never_starts.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";
import {
  calendar,
  Daemon,
  HOUR,
  load,
  MINUTE,
  NEW_YEAR,
  runsOf,
  scheduleIn,
  workflowText,
} from "./rig.ts";

test("neverStarts() tells what nobody was there for from what was decided", () => {
  const at = scheduleIn("[{at: '2025-12-31T00:00'}]");
  const slotMs = Date.UTC(2025, 11, 31);
  const of = (cursorMs: number | undefined, nowMs = NEW_YEAR) =>
    neverStarts(at, { cursorMs, nowMs, calendar });
  equal(of(undefined, slotMs - 1), undefined, "it is still to come");
  equal(of(undefined), "passed");
  equal(of(slotMs + 1), "passed", "it was first seen behind its slot");
  equal(of(slotMs), undefined, "it was decided");
  equal(of(slotMs - 1), undefined, "it was missed, which is told as an alarm");
  const impossible = scheduleIn("[{cron: '0 0 30 2 *'}]");
  equal(neverStarts(impossible, { cursorMs: NEW_YEAR, nowMs: NEW_YEAR, calendar }), "impossible");
  const lastYear = scheduleIn("[{cron: '0 0 1 6 * 2025'}]");
  equal(neverStarts(lastYear, { cursorMs: NEW_YEAR, nowMs: NEW_YEAR, calendar }), "passed");
});

test("Scheduler says which schedules start nothing, once, and not of those that did", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  let text = workflowText("late", "[{at: '2025-12-31T00:00'}]") +
    workflowText("soon", "[{at: '2026-01-01T00:30'}]");
  const one = new Daemon(() => text, { clock, store }).start();
  await clock.advance(HOUR);
  text += workflowText("more", "[{every: 1h}]");
  await clock.advance(MINUTE);
  await one.drain();
  const heir = new Daemon(() => text, { clock, store, id: "heir" }).start();
  await clock.advance(MINUTE);
  await heir.drain();
  for (const daemon of [one, heir]) {
    deepEqual(daemon.said("never").map(({ workflow, why }) => [workflow, why]), [
      ["late", "its time had passed before a scheduler was there for it"],
    ]);
  }
  deepEqual((await runsOf(store)).map(({ workflow }) => workflow), ["soon"]);
  const never = async (name: string) => {
    const workflow = load(text).workflows.find((found) => found.name === name);
    return (await standingsOf(heir.engine, workflow!)).map((standing) => standing.never);
  };
  deepEqual([await never("late"), await never("soon")], [["passed"], [undefined]]);
});

const ONCE = workflowText("once", "[{at: '2020-01-01T00:00'}]") +
  workflowText("then", "{release: once}");

test("sluice says wherever schedules are shown that one of them starts nothing", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-never-"));
  try {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "w.yml"), ONCE);
    const never = /once is not started by "at 2020-01-01T00:00": its time had passed before/;
    for (const command of [["next"], ["next", "once"], ["schedule", "status"]]) {
      const { code, stderr } = await sluice(command, { cwd });
      equal(code, 0);
      match(stderr, never, command.join(" "));
    }
    match((await sluice(["schedule", "--once"], { cwd })).stderr, never);
    match((await sluice(["schedule", "status"], { cwd })).stdout, /once .* never /);
    const { stdout } = await sluice(["schedule", "status", "--json"], { cwd });
    const rows: { workflow: string; never: boolean }[] = JSON.parse(stdout).schedules;
    deepEqual(rows.map(({ workflow, never }) => [workflow, never]), [["once", true], [
      "then",
      false,
    ]]);
    match(
      (await sluice(["next", "then"], { cwd })).stderr,
      /then has no schedule: it starts after once/,
    );
    const span = ["--from", "2020-01-01", "--to", "2020-01-01"];
    equal((await sluice(["backfill", "once", ...span], { cwd })).code, 0);
    const { stderr } = await sluice(["schedule", "status"], { cwd });
    equal(stderr, "", "a backfill has made it good");
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});
