import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileKeeper } from "../../core/engine/broken_files.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import type { ScheduledWorkflow } from "../../core/schedule/scheduled_workflow.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";
import { Daemon, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

const RIGHT = workflowText("right", "[{every: 1h}]");
const WRONG = workflowText("etl", "[{evry: 1m}, {corn: '* * * * *'}]");

async function inFolder(
  files: Readonly<Record<string, string>>,
  body: (cwd: string) => Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-broken-"));
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

test("Scheduler says at its start which files are broken, and counts them", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const one = new Daemon(() => RIGHT + WRONG, { clock, store: memoryJournal() }).start();
  await clock.advance(MINUTE);
  await one.drain();
  const [broken, ...others] = one.said("broken");
  deepEqual(others, [], "it is said once");
  deepEqual([broken?.file, broken?.kept, broken?.diagnostics.length], ["w.yml", [], 2]);
  match(broken?.first.message ?? "", /evry/);
  equal(one.notes[0], broken, "before it says what starts");
  equal(one.scheduler.broken, 1);
});

test("Scheduler says of a broken file what goes on, and when it is mended", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  let text = workflowText("etl", "[{every: 1m}]");
  const one = new Daemon(() => text, { clock, store }).start();
  await clock.advance(MINUTE);
  text = WRONG;
  await clock.advance(2 * MINUTE);
  deepEqual(one.said("broken").map(({ kept }) => kept), [["etl"]]);
  equal((await runsOf(store, "etl")).length, 3, "its last good version starts");
  text = WRONG.replace("evry", "evrey");
  await clock.advance(MINUTE);
  equal(one.said("broken").length, 2, "it is broken otherwise");
  text = workflowText("etl", "[{every: 1m}]");
  await clock.advance(MINUTE);
  deepEqual(one.said("mended").map(({ file }) => file), ["w.yml"]);
  equal(one.scheduler.broken, 0);
  await one.drain();
});

test("Scheduler, asked once, knows that a file is broken", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const one = new Daemon(() => RIGHT + WRONG, { clock, store: memoryJournal() });
  await one.scheduler.runOnce(new AbortController().signal);
  deepEqual([one.scheduler.broken, one.said("broken").length], [1, 1]);
});

function scheduled(text: string, file: string): ScheduledWorkflow[] {
  return load(text, file).workflows.map(({ name, triggers }) => ({ name, file, text, triggers }));
}

function missingFolder(folder: string): Diagnostic {
  const start = { line: 1, column: 1 };
  const place = { file: folder, span: { start, end: start } };
  return { code: "conf-missing", severity: "warning", message: "Gone", place };
}

test("FileKeeper keeps what stood in a folder that is gone", () => {
  const notes: ScheduleNote[] = [];
  const keeper = new FileKeeper((note) => notes.push(note));
  const workflows = [
    ...scheduled(RIGHT, "./conf/a.yml"),
    ...scheduled(RIGHT.replace("right", "other"), "./confs/b.yml"),
  ];
  const before = keeper.inForce({ workflows, diagnostics: [] }, new Map());
  const gone = { workflows: [], diagnostics: [missingFolder("./conf")] };
  deepEqual([...keeper.inForce(gone, before).keys()], ["right"]);
  deepEqual(notes.map((note) => note.type === "broken" && note.kept), [["right"]]);
});

test("FileKeeper lets go of a workflow whose file is right without it", () => {
  const keeper = new FileKeeper(() => {});
  const before = keeper.inForce(
    { workflows: scheduled(RIGHT, "a.yml"), diagnostics: [] },
    new Map(),
  );
  const { diagnostics } = load(WRONG, "b.yml");
  deepEqual([...keeper.inForce({ workflows: [], diagnostics }, before).keys()], []);
});

test("sluice schedule --once tells of a broken file, serves the others, and ends with 2", () =>
  inFolder({ "right.yml": RIGHT, "wrong.yml": WRONG }, async (cwd) => {
    const { code, stderr } = await sluice(["schedule", "--once"], { cwd });
    equal(code, 2, stderr);
    match(
      stderr,
      /\.\/conf\/wrong\.yml:1:\d+ .*evry.* \(and 1 more: "sluice check" shows all\); what is wrong there is left out until it is put right/,
    );
    match(stderr, /1 workflow starts by itself/);
    const json = await sluice(["schedule", "--once", "--json"], { cwd });
    const [broken] = json.stdout.trim().split("\n").map((line) => JSON.parse(line));
    const { type, file, line, column, more, kept } = broken;
    deepEqual([type, file, line, typeof column, more, kept], [
      "broken",
      "./conf/wrong.yml",
      1,
      "number",
      1,
      [],
    ]);
    equal(json.code, 2);
  }));

test("sluice schedule --once ends with 2 where there is no folder of workflows", () =>
  inFolder({}, async (cwd) => {
    const { code, stderr } = await sluice(["schedule", "--once", "--conf", "cnof"], { cwd });
    match(stderr, /There is no folder "cnof" to find workflows in/);
    equal(code, 2);
  }));

test("sluice schedule status lists broken files and ends with 1", () =>
  inFolder({ "right.yml": RIGHT, "wrong.yml": WRONG }, async (cwd) => {
    const { code, stdout, stderr } = await sluice(["schedule", "status"], { cwd });
    equal(code, 1);
    match(stdout, /right/);
    match(stderr, /broken: \.\/conf\/wrong\.yml:1:\d+ .*evry/);
    const json = await sluice(["schedule", "status", "--json"], { cwd });
    equal(json.code, 1);
    const { schedules, broken } = JSON.parse(json.stdout);
    deepEqual(schedules.map(({ workflow }: { workflow: string }) => workflow), ["right"]);
    deepEqual(Object.keys(broken[0]), ["file", "line", "column", "code", "message", "more"]);
    const named = await sluice(["schedule", "status", "right"], { cwd });
    deepEqual([named.code, named.stderr], [0, ""], "of the others it was not asked");
    equal((await sluice(["schedule", "status", "etl"], { cwd })).code, 2);
    equal((await sluice(["schedule", "status", "nobody"], { cwd })).code, 2);
  }));

test("sluice next tells of broken files beside the calendar", () =>
  inFolder({ "right.yml": RIGHT, "wrong.yml": WRONG }, async (cwd) => {
    const { code, stdout, stderr } = await sluice(["next", "--json"], { cwd });
    equal(code, 0);
    equal(JSON.parse(stdout).length, 24);
    match(stderr, /broken: \.\/conf\/wrong\.yml:1:\d+ .*evry/);
  }));

test("Scheduler looks at the files as often as it is told, however long it took to load them", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const looks: number[] = [];
  const { workflows, diagnostics } = load(RIGHT);
  const scheduled = workflows.map(({ name, triggers, document: { file, text } }) => ({
    ...{ name, file, text, triggers },
  }));
  const one = new Daemon(() => RIGHT, {
    ...{ clock, store: memoryJournal(), reloadMs: SECOND },
    workflows: async () => {
      looks.push(clock.now() - NEW_YEAR);
      // Loading takes a second, and a look at what is as it was five milliseconds, and then ten.
      const ms = [SECOND, 5, 10][looks.length - 1] ?? 0;
      await clock.pause(ms, new AbortController().signal);
      return { workflows: scheduled, diagnostics };
    },
  }).start();
  await clock.advance(MINUTE);
  await one.drain();
  // A two hundredth of the time is enough for it: two seconds after ten milliseconds.
  deepEqual(looks.slice(0, 4), [0, 2 * SECOND, 3 * SECOND + 5, 5 * SECOND + 15]);
});
