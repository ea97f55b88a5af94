import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { type CommandResult, sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = `
marks:
  type: Workflow
  jobs:
    a: {stages: [{name: one, bash: echo one >> marks}, {name: two, bash: "echo two >> marks; echo said"}]}
    b: {needs: [a], stages: [{name: three, bash: exit 3}]}
`;

type Run = (...args: readonly string[]) => Promise<CommandResult>;

/** A folder with three runs, r1 to r3. */
async function withRuns(body: (run: Run, cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-keep-"));
  const run: Run = (...args) => sluice(args, { cwd });
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    for (const id of ["r1", "r2", "r3"]) await run("run", "w.yml", "-q", "--run-id", id);
    await body(run, cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function runIds(run: Run): Promise<string[]> {
  const { stdout } = await run("runs", "--json");
  return JSON.parse(stdout).map(({ run_id }: { run_id: string }) => run_id);
}

test("sluice prune removes what neither limit keeps, with its output", () =>
  withRuns(async (run, cwd) => {
    equal((await run("prune")).code, 2, "it removes nothing that it was not told to");
    const dry = await run("prune", "--keep", "1", "--dry-run");
    deepEqual([dry.code, dry.stdout], [0, "r1\nr2\n"]);
    equal((await run("prune", "--keep", "0", "--keep-days", "1")).stdout, "");
    deepEqual(await runIds(run), ["r3", "r2", "r1"]);

    const { code, stdout } = await run("prune", "--keep", "1", "--json");
    equal(code, 0);
    deepEqual(JSON.parse(stdout).map(({ run_id }: { run_id: string }) => run_id), ["r1", "r2"]);
    deepEqual(await runIds(run), ["r3"]);
    deepEqual(await readdir(join(cwd, ".sluice", "logs")), ["r3"]);
    match((await run("audit", "verify")).stderr, /^3 records, 3 links, no problems\n/);
  }));

test("sluice prune looks for runs where none were kept, and makes no folder", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-keep-"));
  try {
    equal((await sluice(["prune", "--keep", "0"], { cwd })).code, 0);
    deepEqual(await readdir(cwd), []);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

test("sluice audit lists the records of a workflow, and finds what was changed", () =>
  withRuns(async (run, cwd) => {
    const listed = await run("audit", "list", "marks", "--json", "-n", "2");
    const records = JSON.parse(listed.stdout);
    deepEqual(records.map(({ run_id }: { run_id: string }) => run_id), ["r3", "r2"]);
    equal(typeof records[0].runs_metadata.workflow_digest, "string");
    match((await run("audit", "list", "marks")).stdout, /r3 +FAILED +manual/);

    const verified = await run("audit", "verify");
    equal(verified.code, 0);
    const head = /^head (.+)$/m.exec(verified.stderr)?.[1] ?? "";
    equal((await run("audit", "verify", "--head", head)).code, 0);

    const folder = join(cwd, ".sluice", "audits", "workflow=marks");
    const names = await readdir(folder, { recursive: true });
    const path = join(folder, names.find((name) => name.endsWith("/r1.log")) ?? "");
    await writeFile(path, (await readFile(path, "utf8")).replace("FAILED", "SUCCESS"));
    const { code, stdout } = await run("audit", "verify");
    equal(code, 1);
    match(stdout, /^workflow=marks\/.*r1\.log \(link 1\): This record was changed\n$/);
    const json = JSON.parse(
      (await run("audit", "verify", "--json", "--head", `9:${"0".repeat(64)}`)).stdout,
    );
    equal(json.problems.length, 2);
    equal((await run("audit", "burn")).code, 2);
    match((await run("audit", "list", "--type", "execute")).stdout, /r3 +FAILED +manual/);
  }));

test("sluice replay decides a run again, and carries nothing out", () =>
  withRuns(async (run, cwd) => {
    const before = await readFile(join(cwd, "marks"), "utf8");
    const same = await run("replay", "r1");
    equal(same.code, 0);
    match(same.stderr, /^Run r1: all \d+ events follow as recorded\n$/);

    const other = WORKFLOW.replace("name: two,", 'name: two, if: "false",')
      .replace("{name: three", "{name: four");
    await writeFile(join(cwd, "w.yml"), other);
    const { code, stdout } = await run("replay", "r1", "--workflow", "w.yml", "--json");
    equal(code, 1);
    const { differences, wanted, settled } = JSON.parse(stdout);
    deepEqual({ wanted, settled }, { wanted: ["b[]/four"], settled: false });
    deepEqual(differences, [
      { address: "", recorded: "failed", replayed: "running" },
      { address: "b", recorded: "failed", replayed: "running" },
      { address: "a[]/two", recorded: "succeeded", replayed: "skipped" },
      { address: "b[]/three", recorded: "failed", replayed: null },
      { address: "b[]/four", recorded: null, replayed: "running" },
    ]);
    equal(await readFile(join(cwd, "marks"), "utf8"), before);
    deepEqual(await runIds(run), ["r3", "r2", "r1"]);
  }));

test("sluice resume goes on with the other runs when one of them cannot be taken up", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-keep-"));
  const open = () => sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
  const before = open();
  const store = open();
  try {
    for (const runId of ["r1", "r2"]) {
      const dead = { id: runId, pid: 2 ** 22 + 1, birth: "" };
      const summary = { runId, workflow: "w", status: "RUNNING", startedAt: 0, trigger: "manual" };
      await before.create(summary, dead);
    }
    await before.close(); // A writer is alive for as long as its store is open.
    const { code, stderr } = await sluice(["resume"], { cwd });
    equal(code, 2);
    deepEqual(stderr.match(/Run "r\d" never began/g), [
      'Run "r1" never began',
      'Run "r2" never began',
    ]);
    deepEqual(await store.list(), []);
  } finally {
    await store.close();
    await rm(cwd, { recursive: true, force: true });
  }
});

test("sluice prune does what the settings say of retention, and makes the journal smaller", () =>
  withRuns(async (run, cwd) => {
    const settings = "retention: {runs: {keep: 2}, logs: {keep: 1}, audits: {keep: 1}}\n";
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "sluice.yml"), settings);
    const dry = await run("prune", "--dry-run");
    equal(dry.stderr, "1 run, 2 records, 1 log would be removed\n");
    deepEqual(await runIds(run), ["r3", "r2", "r1"]);
    const { code, stdout, stderr } = await run("prune", "--compact");
    deepEqual([code, stdout], [0, "r1\n"]);
    match(
      stderr,
      /^1 run, 2 records, 1 log removed\nThe journal is \d+\.\d MB smaller\n$/,
    );
    deepEqual(await runIds(run), ["r3", "r2"]);
    deepEqual(await readdir(join(cwd, ".sluice", "logs")), ["r3"]);
    equal((await run("audit", "verify")).code, 0);
    equal((await run("prune")).stderr, "0 runs removed\n");
  }));

test("sluice refuses a retention that it cannot read, with the place", () =>
  withRuns(async (run, cwd) => {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "sluice.yml"), "retention:\n  runs: {}\n");
    for (const command of [["prune"], ["schedule"]]) {
      const { code, stderr } = await run(...command);
      equal(code, 2);
      match(stderr, /sluice\.yml:2:9/);
      match(stderr, /A limit says what stays: "keep: 100", "days: 30" or both/);
    }
    deepEqual(await runIds(run), ["r3", "r2", "r1"]);
  }));
