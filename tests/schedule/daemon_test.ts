import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { slotOfRunId } from "../../core/engine/run_id.ts";
import type { RunSummary } from "../../core/plugin/journal.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { COMMAND, sluice } from "../command.ts";
import { test } from "../harness.ts";

const MOST_TRIES = 20;

async function inFolder(
  files: Readonly<Record<string, string>>,
  body: (cwd: string) => Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-schedule-"));
  try {
    await mkdir(join(cwd, "conf"));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(cwd, "conf", name), text);
    }
    await body(cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** The runs in a folder, oldest first. */
async function runsIn(cwd: string): Promise<RunSummary[]> {
  const store = sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
  try {
    return [...await store.list({ limit: 1_000 })].reverse();
  } finally {
    await store.close();
  }
}

const TICKING = `
tick:
  type: Workflow
  on: [{every: 1s, catch-up: all}]
  jobs:
    j: {stages: [{name: nap, bash: "sleep 0.3"}]}
`;

test("sluice schedule, killed with SIGKILL and started again, makes each slot once", () =>
  inFolder({ "tick.yml": TICKING }, async (cwd) => {
    const first = await sluice(["schedule"], { cwd, killAfterMs: 4_000 });
    equal(first.signal, "SIGKILL");
    const before = await runsIn(cwd);
    ok(before.length > 0, "it was there long enough");
    let runs = before;
    // A fast machine is back before the next slot has come.
    for (let tries = 0; runs.length <= before.length && tries < MOST_TRIES; tries++) {
      const again = await sluice(["schedule", "--once"], { cwd });
      equal(again.code, 0, again.stderr);
      runs = await runsIn(cwd);
    }
    const slots = runs.map(({ runId }) => slotOfRunId(runId) ?? 0).sort((one, other) =>
      one - other
    );
    ok(slots.length > before.length, "it caught up");
    for (const [at, slot] of slots.entries()) equal(slot, (slots[0] ?? 0) + at * 1_000);
    deepEqual(runs.filter(({ status }) => status !== "SUCCESS"), []);
  }));

test("sluice schedule waits for what is under way when it is told to terminate", () =>
  inFolder({ "tick.yml": TICKING.replace("0.3", "1.5") }, async (cwd) => {
    const [program, ...before] = COMMAND;
    const child = spawn(program, [...before, "schedule"], { cwd });
    let said = "";
    child.stderr.on("data", (chunk) => {
      if (!said.includes("begins") && String(chunk).includes("begins")) {
        process.kill(child.pid ?? 0, "SIGTERM");
      }
      said += chunk;
    });
    child.stdout.resume();
    const code = await new Promise((resolve) => child.on("close", resolve));
    equal(code, 0, said);
    equal(said.match(/Waiting for \d+ runs? to end; nothing more begins/g)?.length, 1, said);
    deepEqual([...new Set((await runsIn(cwd)).map(({ status }) => status))], ["SUCCESS"]);
  }));

test("sluice schedule says in a line that it ends, also when nothing is under way", () =>
  inFolder(
    { "tick.yml": TICKING.replace("{every: 1s, catch-up: all}", "{every: 7d}") },
    async (cwd) => {
      const [program, ...before] = COMMAND;
      const child = spawn(program, [...before, "schedule"], { cwd });
      let said = "";
      child.stderr.on("data", (chunk) => {
        if (said === "") process.kill(child.pid ?? 0, "SIGTERM");
        said += chunk;
      });
      child.stdout.resume();
      equal(await new Promise((resolve) => child.on("close", resolve)), 0);
      match(said, /1 workflow starts by itself.*\nNothing more begins, and no run is under way\n$/);
    },
  ));

test("sluice schedule fails with a message when it cannot tell of what it does any more", () =>
  inFolder({ "tick.yml": TICKING }, async (cwd) => {
    // Only Linux has a file that is always full, and Bun says nothing of what it could not write.
    if (process.platform !== "linux" || process.versions.bun !== undefined) return;
    const [program, ...before] = COMMAND;
    const full = openSync("/dev/full", "w");
    const child = spawn(program, [...before, "schedule", "--json"], {
      cwd,
      stdio: ["ignore", full, "pipe"],
    });
    let said = "";
    child.stderr?.on("data", (chunk) => said += chunk);
    equal(await new Promise((resolve) => child.on("close", resolve)), 1);
    closeSync(full);
    match(said, /^error: Cannot write to standard output: /m);
  }));

test("sluice schedule says what was missed, and fails; pauses; and backfills", () =>
  inFolder({
    "daily.yml": `
daily:
  type: Workflow
  on: [{cron: "30 2 * * *", timezone: Europe/Berlin}]
  jobs: {j: {stages: [{name: hi, echo: hi}]}}
`,
  }, async (cwd) => {
    const fresh = await sluice(["schedule", "status"], { cwd });
    equal(fresh.code, 0, fresh.stderr);
    match(fresh.stdout, /daily\s+30 2 \* \* \* Europe\/Berlin/);

    const two = Date.now() - 2 * 86_400_000;
    const store = sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
    await store.advance(
      new Map([["schedule/slot/daily/cron%200%2030%202%20*%20*%20*%20*%20Europe%2FBerlin", two]]),
    );
    await store.close();
    const missed = JSON.parse((await sluice(["schedule", "status", "--json"], { cwd })).stdout);
    ok(Date.parse(missed.schedules[0].missed_since) > two);
    equal((await sluice(["schedule", "status"], { cwd })).code, 1);

    equal((await sluice(["schedule", "pause", "daily"], { cwd })).code, 0);
    const paused = await sluice(["schedule", "status"], { cwd });
    equal(paused.code, 0);
    match(paused.stdout, /paused/);
    match((await sluice(["schedule", "resume", "daily"], { cwd })).stderr, /goes on/);

    const span = ["--from", "2026-03-27", "--to", "2026-03-30"];
    const dry = await sluice(["backfill", "daily", ...span, "--dry-run"], { cwd });
    match(dry.stdout, /2026-03-29 01:00:00 {2}daily@2026-03-29T01:00Z/);
    equal((await runsIn(cwd)).length, 0);
    const rows = JSON.parse(
      (await sluice(["backfill", "daily", ...span, "--json"], { cwd })).stdout,
    );
    deepEqual(rows.map(({ status }: { status: string }) => status), Array(4).fill("SUCCESS"));
    const again = await sluice(["backfill", "daily", ...span], { cwd });
    match(again.stderr, /SUCCESS, before/);
    deepEqual((await runsIn(cwd)).map(({ trigger }) => trigger), Array(4).fill("backfill"));
  }));

test("sluice schedule starts a run for a file that comes, and one alone", () =>
  inFolder({
    "load.yml": `
load:
  type: Workflow
  params: {event: map}
  on: [{file: {path: "inbox/*.csv", settle: 0}}]
  jobs: {j: {stages: [{name: copy, bash: 'cat "\${{ params.event.path }}" >> loaded.csv'}]}}
`,
  }, async (cwd) => {
    const once = async () => (await sluice(["schedule", "--once"], { cwd })).code;
    await mkdir(join(cwd, "inbox"));
    await writeFile(join(cwd, "inbox", "before.csv"), "0\n");
    equal(await once(), 0);
    await writeFile(join(cwd, "inbox", "a.csv"), "1,2\n");
    await writeFile(join(cwd, "inbox", "a.txt"), "no\n");
    equal(await once(), 0);
    equal(await once(), 0);
    equal(await readFile(join(cwd, "loaded.csv"), "utf8"), "1,2\n");
    deepEqual((await runsIn(cwd)).map(({ status, trigger }) => [status, trigger]), [
      ["SUCCESS", "file"],
    ]);
  }));

test("sluice next shows slots on both clocks", () =>
  inFolder({
    "hourly.yml":
      "hourly: {type: Workflow, params: {region: str}, on: [{cron: '0 * * * *', tz: Asia/Kolkata, params: {region: south}}]}\n",
  }, async (cwd) => {
    const { stdout, code } = await sluice(["next", "hourly", "-n", "3"], { cwd });
    equal(code, 0);
    equal(stdout.match(/:30:00 {2}\w{3} \d{4}-\d\d-\d\d \d\d:00 UTC\+05:30 {2}hourly/g)?.length, 3);
    const all = JSON.parse((await sluice(["next", "--json"], { cwd })).stdout);
    equal(all.length, 24);
    const days = JSON.parse((await sluice(["next", "--json", "--days", "2"], { cwd })).stdout);
    equal(days.length, 48);
    deepEqual(days[0].params, { region: "south" });
    match(stdout, /PARAMS\n.*region=south/);
    const far = await sluice(["next", "--days", "9999"], { cwd });
    deepEqual([far.code, /the most is 366/.test(far.stderr)], [2, true]);
    const unknown = await sluice([
      "backfill",
      "hourly",
      "--from",
      "2026-01-02",
      "--to",
      "2026-01-01",
    ], { cwd });
    deepEqual([unknown.code, /--to is before --from/.test(unknown.stderr)], [2, true]);
    const refused = async (...span: string[]) => {
      const { code, stderr } = await sluice(["backfill", "hourly", ...span], { cwd });
      equal(code, 2);
      return stderr;
    };
    const example = /write a day such as 2026-01-31, or a time such as 2026-01-31T09:00/;
    match(await refused("--from", "foo", "--to", "2026-01-02"), /Cannot use --from "foo"/);
    match(await refused("--from", "foo", "--to", "2026-01-02"), example);
    match(await refused("--from", "2026-01-02"), /Say --to: a day such as/);
    match(
      await refused("--from", "2026-01-02", "--to", "2026-02-31"),
      /Cannot use --to "2026-02-31"/,
    );
  }));

test("sluice next and schedule status know all of many workflows, and say what is wrong with none", () => {
  const files = Array.from({ length: 150 }, (_, at) =>
    [
      `${at}.yml`,
      `w${at}: {type: Workflow, on: [{cron: "${
        at % 60
      } * * * *"}], jobs: {j: {stages: [{name: hi, echo: hi}]}}}\n`,
    ] as const);
  return inFolder(Object.fromEntries(files), async (cwd) => {
    const status = await sluice(["schedule", "status", "--json"], { cwd });
    deepEqual([status.code, status.stderr], [0, ""]);
    equal(JSON.parse(status.stdout).schedules.length, 150);
    const next = await sluice(["next", "--json", "--limit", "150"], { cwd });
    deepEqual([next.stderr, JSON.parse(next.stdout).length], ["", 150]);
  });
});

test("sluice backfill takes a day that begins at one o'clock as a day", () =>
  inFolder({
    "cairo.yml":
      "cairo: {type: Workflow, on: [{cron: '0 */6 * * *', tz: Africa/Cairo}], jobs: {j: {stages: [{name: hi, echo: hi}]}}}\n",
  }, async (cwd) => {
    // Clocks are put forward at midnight before 24 April 2026.
    for (const span of [["2026-04-24", "2026-04-24"], ["2026-04-23", "2026-04-23"]] as const) {
      const [from, to] = span;
      const { stdout } = await sluice(
        ["backfill", "cairo", "--from", from, "--to", to, "--dry-run", "--json"],
        { cwd },
      );
      const slots: string[] = JSON.parse(stdout).map(({ slot }: { slot: string }) => slot);
      const expected = from === "2026-04-24"
        ? ["2026-04-24T03:00:00.000Z", "2026-04-24T09:00:00.000Z", "2026-04-24T15:00:00.000Z"]
        : [
          ...["2026-04-22T22:00:00.000Z", "2026-04-23T04:00:00.000Z"],
          ...["2026-04-23T10:00:00.000Z", "2026-04-23T16:00:00.000Z"],
        ];
      deepEqual(slots, expected);
    }
  }));
