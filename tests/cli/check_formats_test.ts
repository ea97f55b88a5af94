import { deepEqual, equal, match } from "node:assert/strict";
import { tmpdir } from "node:os";
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
