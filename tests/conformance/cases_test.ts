/**
 * The engine against what the reference does, as recorded by running it: a
 * part of the corpus that `deno task conformance` runs as a whole.
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "../harness.ts";
import { type Case, type Json, unknownIn } from "./case.ts";
import { difference } from "./compare.ts";
import { DEVIATIONS, judge, type Verdict } from "./judge.ts";

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

test("difference() tells null from nothing, and whose error it is", () => {
  assert.match(difference({ a: { b: null } }, { a: {} }) ?? "", /context.a.b is null/);
  const failed = (item: string) => ({ errors: { [item]: { name: "StageError", message: "" } } });
  assert.match(difference(failed("1"), failed("2")) ?? "", /context.errors/);
});

test("difference() finds legs by their values in the result of a job alone, and by volatile paths", () => {
  const leg = { status: "FAILED", matrix: { x: 1 }, stages: {}, errors: { name: "JobError" } };
  const ours = { "x=1": { ...leg, at: 1 }, errors: { "x=1": { name: "JobError" } } };
  const theirs = {
    "3941390096": { ...leg, at: 2 },
    errors: { "3941390096": { name: "JobError" } },
  };
  assert.equal(difference(ours, theirs, { volatile: ["3941390096.at"] }), undefined);
  assert.match(difference(ours, theirs) ?? "", /at is 1 and must be 2/);
});

test("difference() takes ids that were made of names in their order", () => {
  const ours = { stages: { "0573477600": { status: "SUCCESS" }, kept: { status: "SKIP" } } };
  const theirs = {
    stages: { kept: { status: "SKIP" }, "0cc175b9c0f1b6a831c399e269772661": { status: "SUCCESS" } },
  };
  assert.equal(difference(ours, theirs), undefined);
  assert.match(difference(ours, { stages: { kept: { status: "SKIP" } } }) ?? "", /0573477600/);
});

test("difference() lets a job that failed before its first stage say why, and no other", () => {
  const ours = { jobs: { a: { status: "FAILED", errors: { name: "UtilError" } } } };
  assert.equal(difference(ours, { jobs: { a: { status: "FAILED" } } }), undefined);
  const theirs = { jobs: { a: { status: "FAILED", stages: {} } } };
  assert.match(difference(ours, theirs) ?? "", /context.jobs.a/);
});

test("difference() leaves out jobs that never began in a triggered workflow too", () => {
  const outputs = (jobs: Record<string, Json>) => ({ stages: { t: { outputs: { jobs } } } });
  assert.equal(difference(outputs({ a: { status: "SKIP" } }), outputs({})), undefined);
});

const CASE: Case = {
  case: "made",
  title: "made here",
  workflow: "w",
  mode: "execute",
  config: {},
  params: {},
  status: "SUCCESS",
  context: { status: "SUCCESS", params: {}, jobs: { j: { status: "SUCCESS", stages: {} } } },
  provenance: "recorded from the reference (no test)",
};

test("unknownIn() names what a case asks for and nobody knows how to do", () => {
  const strange = JSON.parse(JSON.stringify({
    ...CASE,
    mode: "poke",
    kind: "schedule",
    stance: "perhaps",
    frozen: "2024-01-01",
    call: { steps: [{ twice: true }] },
    params: { a: [{ $decimal: "1" }] },
    asserted: [{ as: "log", equals: 1 }, { as: "stage:a:b c", equals: 1 }],
  }));
  assert.deepEqual(unknownIn(strange), [
    'the field "frozen"',
    '"twice" of the call',
    'the mode "poke"',
    'the kind "schedule"',
    'the stance "perhaps"',
    'an assertion as "log"',
    'a value tagged "$decimal"',
  ]);
  assert.deepEqual(unknownIn(CASE), []);
});

async function judged(wanted: object): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-judge-"));
  try {
    await writeFile(join(folder, "made.expect.json"), JSON.stringify({ ...CASE, ...wanted }));
    const stages = "[{name: s, id: s, echo: s}]";
    await writeFile(
      join(folder, "made.yml"),
      `w: {type: Workflow, jobs: {j: {stages: ${stages}}}}`,
    );
    return await judge(folder, "made");
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("judge() fails what differs and what it cannot carry out", async () => {
  const { verdict } = await judged({});
  assert.equal(verdict, "failed");
  const strange = await judged({ mode: "poke" });
  assert.match("why" in strange ? strange.why : "", /Cannot carry out the mode "poke"/);
});

test("judge() says how a case differs that the corpus advises against and no line speaks of", async () => {
  const verdict = await judged({ stance: "deviate" });
  assert.equal(verdict.verdict, "passed");
  assert.match("differs" in verdict ? verdict.differs ?? "" : "", /stages.s/);
  const stage = { s: { outputs: {}, status: "SUCCESS" } };
  const context = { ...CASE.context, jobs: { j: { status: "SUCCESS", stages: stage } } };
  const config = { WORKFLOW_CORE_STAGE_DEFAULT_ID: "true" };
  assert.deepEqual(await judged({ stance: "deviate", config, context }), { verdict: "passed" });
});

test("judge() looks at the steps before the last, and at what else is legal in a race", async () => {
  const stage = { s: { outputs: {}, status: "SUCCESS" } };
  const context = { ...CASE.context, jobs: { j: { status: "SUCCESS", stages: stage } } };
  const call = { steps: [{}, {}] };
  const ok = await judged({ context, call, earlier_steps: [{ status: "SUCCESS" }] });
  assert.deepEqual(ok, { verdict: "passed" });
  const wrong = await judged({ context, call, earlier_steps: [{ status: "FAILED" }] });
  assert.match("why" in wrong ? wrong.why : "", /the steps before gave SUCCESS/);

  const legal = (as: string, equals: Json) => judged({ any_of: true, asserted: [{ as, equals }] });
  assert.equal((await legal("stage:j:s", { status: "SUCCESS" })).verdict, "passed");
  assert.equal(
    (await legal("job:j", { status: "SUCCESS", EMPTY: legOf(stage) })).verdict,
    "passed",
  );
  assert.equal((await legal("stages:j", { t: {} })).verdict, "failed");
});

function legOf(stages: Json): Json {
  return { status: "SUCCESS", matrix: {}, stages };
}
