import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const stdin = `etl:
  type: Workflow
  jobs:
    extract: {stages: [{name: Say, echo: a}]}
    load: {needs: [extrct]}
`;

function check(...args: readonly string[]) {
  return sluice(["check", "-", ...args], { cwd: tmpdir(), stdin });
}

test("sluice check --format sarif prints one log and ends as ever", async () => {
  const { code, stdout, stderr } = await check("--format", "sarif");
  equal(code, 2, stderr);
  const { version, runs: [{ tool, results }] } = JSON.parse(stdout);
  deepEqual([version, tool.driver.name], ["2.1.0", "sluice"]);
  deepEqual(results.map(({ ruleId }: { ruleId: string }) => ruleId), ["need-unknown"]);
  equal(tool.driver.rules[0].shortDescription.text.endsWith("."), true);
  equal(stderr, "");
});

test("sluice check --format github prints one command for each finding", async () => {
  const { code, stdout } = await check("--format", "github");
  equal(code, 2);
  match(
    stdout,
    /^::error file=<stdin>,line=5,endLine=5,col=20,endColumn=25,title=need-unknown::.*\n$/,
  );
});

test("sluice check with a format that is none is refused", async () => {
  const { code, stderr } = await check("--format", "xml");
  equal(code, 2);
  match(stderr, /sarif/);
});

test("sluice check --verbose shows when each schedule fires next", async () => {
  const { stderr, stdout } = await sluice(["check", "-v", "-"], {
    cwd: tmpdir(),
    stdin: "name: etl\ntimeout: 1h\non: {schedule: [{cron: 0 6 29 2 *}]}\njobs: {}\n",
  });
  match(
    stderr,
    /^<stdin>:3:24 "0 6 29 2 \*": it fires next at \w{3} \d{4}-02-29 06:00 UTC, [^(]*$/m,
  );
  equal(stdout, "");
});

test("sluice check of a folder that is not there fails, and says which one was meant", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-check-"));
  try {
    await mkdir(join(cwd, "flows"));
    const missing = await sluice(["check", "--conf", "flwos"], { cwd });
    equal(missing.code, 2);
    match(
      missing.stderr,
      /error\[conf-missing\] There is no folder "flwos" .* did you mean "flows"\?/,
    );
    equal((await sluice(["check"], { cwd })).code, 2);
    equal((await sluice(["check", "--conf", "flows"], { cwd })).code, 0);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

test("sluice check of a file without a workflow fails", async () => {
  const none = await sluice(["check", "-"], {
    cwd: tmpdir(),
    stdin: "settings: {type: Settings}\n",
  });
  equal(none.code, 2);
  match(none.stderr, /error\[workflow-missing\] There is no workflow in this file/);
  const misspelt = await sluice(["check", "-"], { cwd: tmpdir(), stdin: "etl: {type: Workfow}\n" });
  equal(misspelt.code, 2);
  match(misspelt.stderr, /error\[type-missing\] .* did you mean "Workflow"\?/);
});
