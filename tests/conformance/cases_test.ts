/**
 * The engine against what the reference does, as recorded by running it: a
 * part of the corpus that `deno task conformance` runs as a whole.
 */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { test } from "../harness.ts";
import { difference } from "./compare.ts";
import { DEVIATIONS, judge } from "./judge.ts";

const FOLDER = fileURLToPath(new URL("../corpus/conformance", import.meta.url));
const NAMES = (await readdir(FOLDER)).filter((file) => file.endsWith(".yml")).sort()
  .map((file) => file.slice(0, -".yml".length));

for (const name of NAMES) {
  test(`the case ${name} has the result that it must have`, async () => {
    assert.deepEqual(await judge(FOLDER, name), { verdict: "passed" });
  });
}

test("each deviation has a reason and something that can fail", () => {
  for (const [name, { reason, status, expect, load_error }] of DEVIATIONS) {
    assert.match(reason, /^(W-\d\d|C-\d\d\d|§2)\b/, name);
    const asserts = load_error !== undefined ||
      (status !== undefined && Object.keys(expect ?? {}).length > 0);
    assert.ok(asserts, name);
  }
});

test("difference() compares legs by their values and errors by their class", () => {
  const leg = { status: "FAILED", errors: { name: "JobError", message: "a" } };
  const ours = { jobs: { a: { strategies: { "x=1": { ...leg, matrix: { x: 1 } } } } } };
  const theirs = { jobs: { a: { strategies: { "3941390096": { ...leg, matrix: { x: 1 } } } } } };
  assert.equal(difference(ours, theirs), undefined);
  assert.match(difference(ours, { jobs: { a: {} } }) ?? "", /strategies/);
  assert.match(
    difference({ errors: { name: "A", message: "" } }, { errors: { name: "B", message: "" } }) ??
      "",
    /context.errors is "A" and must be "B"/,
  );
});

test("difference() leaves out times, what is volatile, and jobs that never began", () => {
  const ours = { info: { exec_start: 1 }, jobs: { a: { status: "SKIP" } }, params: { at: 1 } };
  assert.equal(
    difference(ours, { jobs: {}, params: { at: 2 } }, { volatile: ["params.at"] }),
    undefined,
  );
  assert.match(difference(ours, { jobs: {}, params: { at: 2 } }) ?? "", /params.at/);
});
