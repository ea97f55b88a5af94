import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = `
flow:
  type: Workflow
  params: {day: {type: str, default: mon}}
  jobs:
    a: {stages: [{name: one, id: one, bash: echo one >> ran}]}
    b:
      needs: [a]
      stages:
        - {name: two, id: two, bash: echo two >> ran}
        - {name: three, id: three, bash: "echo three >> ran; test -e ok"}
`;

type Run = (...args: readonly string[]) => Promise<CommandResult>;

/** A folder with a run, `r1`, that failed at its stage `b/three`. */
async function withFailed(body: (run: Run, cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-rerun-"));
  const run: Run = (...args) => sluice(args, { cwd });
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    equal((await run("run", "w.yml", "-q", "--run-id", "r1")).code, 1);
    await rm(join(cwd, "ran"));
    await body(run, cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function ran(cwd: string): Promise<string> {
  const text = await readFile(join(cwd, "ran"), "utf8").catch(() => "");
  await rm(join(cwd, "ran"), { force: true });
  return text.trim().replaceAll("\n", " ");
}

test("sluice rerun runs what failed, or from a chosen stage on", () =>
  withFailed(async (run, cwd) => {
    await writeFile(join(cwd, "ok"), "");
    const { code, stdout } = await run("rerun", "r1", "-w", "w.yml", "--run-id", "r2", "--json");
    equal(code, 0);
    equal(JSON.parse(stdout).status, "SUCCESS");
    equal(await ran(cwd), "two three");
    const chosen = await run("rerun", "r1", "-w", "w.yml", "--from", "b/three", "--json");
    deepEqual([chosen.code, await ran(cwd)], [0, "three"]);
    const shown = JSON.parse((await run("show", "last", "--events", "--json")).stdout);
    equal(JSON.stringify(shown).includes("stage.given"), true);
    const nothing = await run("rerun", "r2", "-w", "w.yml");
    deepEqual([nothing.code, await ran(cwd)], [0, ""]);
    match(nothing.stderr, /Nothing failed/);
  }));

test("sluice rerun finds the file again that a run came from, wherever it is asked from", () =>
  withFailed(async (run, cwd) => {
    await writeFile(join(cwd, "ok"), "");
    equal((await run("rerun", "r1", "-q", "--run-id", "r2")).code, 0);
    equal(await ran(cwd), "two three");
    await mkdir(join(cwd, "below"));
    const elsewhere = await sluice(
      ["rerun", "r2", "--state", "../.sluice", "--from", "a", "-q"],
      { cwd: join(cwd, "below") },
    );
    deepEqual([elsewhere.code, elsewhere.stderr], [1, ""], "its own run remembers it, too");
    const events = (await run("show", "r1", "--events", "--json")).stdout;
    match(events, /"file": "\.\.\/w\.yml"/);
    equal(events.includes(cwd), false, "no path that holds on one machine alone");
  }));

test("sluice rerun says what is missing where the file of a run is gone or defines it no more", () =>
  withFailed(async (run, cwd) => {
    const refused = async () => {
      const { code, stderr } = await run("rerun", "r1");
      equal(code, 2);
      return stderr.trim();
    };
    await writeFile(join(cwd, "w.yml"), WORKFLOW.replace("flow:", "flood:"));
    equal(
      await refused(),
      'error: Cannot rerun "r1": "w.yml", where it came from, no longer defines workflow "flow"; ' +
        'say where it is with "--workflow FILE"',
    );
    await rename(join(cwd, "w.yml"), join(cwd, "moved.yml"));
    equal(
      await refused(),
      'error: Cannot rerun "r1": "w.yml", where it came from, is not there any more; ' +
        'say where workflow "flow" is with "--workflow FILE"',
    );
    equal((await run("rerun", "r1", "-w", "moved.yml#flood", "-q")).code, 1);
  }));

test("sluice rerun takes a context that a run left", () =>
  withFailed(async (run, cwd) => {
    const { stdout } = await run("rerun", "r1", "-w", "w.yml", "--json");
    equal(await ran(cwd), "two three");
    await writeFile(join(cwd, "left.json"), stdout);
    equal((await run("rerun", "left.json")).code, 2);
    const again = await run("rerun", "left.json", "-w", "w.yml", "--keep-stages");
    deepEqual([again.code, await ran(cwd)], [1, "three"]);
  }));

test("sluice rerun settles a stage by hand, and the audit says who and why", () =>
  withFailed(async (run, cwd) => {
    const settle = ["--settle", "b/three=success"];
    equal((await run("rerun", "r1", "-w", "w.yml", ...settle)).code, 2, "a reason is needed");
    const wrong = await run("rerun", "r1", "-w", "w.yml", "--settle", "b/three", "--why", "x");
    match(wrong.stderr, /write JOB\/STAGE=success/);
    const why = ["--why", "done by hand", "--outputs", '{"rows": 3}'];
    const { code, stdout } = await run("rerun", "r1", "-w", "w.yml", ...settle, ...why, "--json");
    deepEqual([code, await ran(cwd)], [0, ""]);
    deepEqual(JSON.parse(stdout).context.jobs.b.stages.three, {
      outputs: { rows: 3 },
      status: "SUCCESS",
    });
    const [record] = JSON.parse((await run("audit", "list", "flow", "--json", "-n", "1")).stdout);
    const [{ by, ...settled }] = record.runs_metadata.settled_by_hand;
    equal(typeof by, "string");
    deepEqual(settled, { stage: "b[]/three", status: "SUCCESS", why: "done by hand" });
  }));

test("sluice rerun refuses other parameters unless it is forced", () =>
  withFailed(async (run, cwd) => {
    const other = ["rerun", "r1", "-w", "w.yml", "-p", "day=tue"];
    const refused = await run(...other);
    equal(refused.code, 2);
    match(refused.stderr, /another "day"/);
    equal(await ran(cwd), "");
    equal((await run(...other, "--force")).code, 1);
    equal(await ran(cwd), "two three");
  }));

test("sluice resume does not settle what has ended", () =>
  withFailed(async (run) => {
    const settle = ["--settle", "b/three=success", "--why", "x"];
    match((await run("resume", ...settle)).stderr, /without a run/);
    match((await run("resume", "r1", ...settle)).stderr, /has ended already/);
  }));
