import { deepEqual, equal, match } from "node:assert/strict";
import { tmpdir } from "node:os";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const stdin = `etl:
  type: Workflow
  params: {full: {type: bool, default: false}, rows: {type: int, required: true}}
  jobs:
    load:
      stages:
        - {name: Big, if: params.rows > 10, bash: ./big.sh}
        - {name: Said, if: "success() && params.rows > 10", echo: said}
    clean: {if: params.full, stages: [{name: Clean, bash: ./clean.sh}]}
`;

async function plan(...args: readonly string[]) {
  const { code, stdout, stderr } = await sluice(["plan", "-", ...args], { cwd: tmpdir(), stdin });
  return { code, lines: stdout.trimEnd().split("\n"), stderr };
}

function decided(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => /if .*$/.exec(line)?.[0] ?? []);
}

test("sluice plan says which conditions the parameters decide, and what a stage may touch", async () => {
  deepEqual(decided((await plan()).lines), [
    "if params.rows > 10 (known at run time) · may run bash",
    "if success() && params.rows > 10 (known at run time)",
    "if params.full (false: skipped)",
  ]);
  deepEqual(decided((await plan("-p", "rows=3", "-p", "full=true")).lines), [
    "if params.rows > 10 (false: skipped) · may run bash",
    "if success() && params.rows > 10 (false: skipped)",
    "if params.full (true)",
  ]);
});

test("sluice plan says what stages of each kind do", async () => {
  const { lines } = await plan();
  deepEqual(lines.slice(-3), [
    "  what the stages do",
    "    bash         Runs a shell script.",
    "    echo, sleep  Prints a text, waits, or does nothing.",
  ]);
});

test("sluice plan refuses a parameter that does not fit", async () => {
  const { code, stderr } = await plan("-p", "rows=many");
  equal(code, 2);
  match(stderr, /Cannot use parameter "rows"/);
});
