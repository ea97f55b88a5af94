import { deepEqual, equal, match, throws } from "node:assert/strict";
import { evaluateText } from "../../core/expr/condition.ts";
import { toJson } from "../../core/expr/json.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { contextOfJob, contextOfStage, runContext } from "../../core/run/contexts.ts";
import { test } from "../harness.ts";
import {
  type Happening,
  job,
  language,
  legs,
  plan,
  type Scenario,
  scenario,
  stage,
  start,
  startWith,
  succeeds,
} from "./scenario.ts";

const AT = { at: 0, language };
const CUT: ValueObject = {
  ...{ return_code: 0, stdout: "x".repeat(1_048_575), stderr: "warnings" },
  truncated: ["stdout"],
};

function ran(outputs: ValueObject, ...more: readonly Happening[]): Scenario {
  const first = job("a", { stages: [stage("b"), stage("c")] });
  const all = plan([first, job("z", { needs: ["a"] })]);
  return scenario(all, start, succeeds("a[]/b", outputs), ...more);
}

function inStage({ state }: Scenario, expression: string): unknown {
  const branch = state.branches.get("a[]");
  const value = branch && evaluateText(expression, contextOfStage(state, branch, AT));
  return value === undefined ? undefined : toJson(value);
}

function inJob({ state }: Scenario, expression: string): unknown {
  const found = state.jobs.get("z");
  return found === undefined ? undefined : evaluateText(expression, contextOfJob(state, found, AT));
}

test("an output that was cut cannot be read as if it were the whole", () => {
  const run = ran(CUT);
  throws(() => inStage(run, "stages.b.outputs.stdout | length"), {
    name: "ValueError",
    message: 'Cannot read "stages.b.outputs.stdout": of what was printed only the first 1024 KiB ' +
      'are kept as an output; write it to a file instead, or what is needed of it to "$SLUICE_OUTPUT"',
  });
  throws(() => inStage(run, "stages.b.outputs.stdout? | length"), /Cannot read/);
  throws(() => inStage(run, "toJson(stages.b)"), /Cannot read/);
});

test("what stands beside an output that was cut can be read", () => {
  const run = ran(CUT);
  equal(inStage(run, "stages.b.outputs.stderr"), "warnings");
  equal(inStage(run, "stages.b.outputs.return_code"), 0);
  deepEqual(inStage(run, "stages.b.outputs.truncated"), ["stdout"]);
});

test("an output that was cut stands in the context of the run, with the names of what was", () => {
  const { jobs } = runContext(ran(CUT).state);
  match(JSON.stringify(jobs), /"stdout":"xxx.*"truncated":\["stdout"\]/);
});

test("a job that needs the job of an output that was cut cannot read it either", () => {
  const run = ran(CUT, succeeds("a[]/c"));
  throws(() => inJob(run, "needs.a.outputs.stdout"), /"stages\.b\.outputs\.stdout"/);
  throws(() => inJob(run, "jobs.a.stages.b.outputs.stdout"), /"stages\.b\.outputs\.stdout"/);
  equal(inJob(run, "needs.a.outputs.stderr"), "warnings");
});

test("an output that was cut in an earlier run, or in a triggered one, cannot be read", () => {
  const context = { stages: { s: { outputs: CUT, status: "SUCCESS" } }, status: "SUCCESS" };
  throws(
    () => inStage(ran({ jobs: { c: context } }), "stages.b.outputs.jobs.c.stages.s.outputs.stdout"),
    /"stages\.b\.outputs\.jobs\.c\.stages\.s\.outputs\.stdout"/,
  );
  const kept = [{ job: "a", outcome: "succeeded", entry: context }] as const;
  const all = plan([job("a", { stages: [stage("s")] }), job("z", { needs: ["a"] })]);
  const run = scenario(all, startWith(...kept));
  throws(() => inJob(run, "jobs.a.stages.s.outputs.stdout"), /Cannot read/);
  throws(() => inJob(run, "needs.a.outputs.stdout"), /Cannot read/);
  equal(inJob(run, "needs.a.outputs.stderr"), "warnings");
});

test("a leg whose output was cut does not keep others from being read", () => {
  const fan = job("a", { ...legs([1, 2]), stages: [stage("b")] });
  const run = scenario(
    plan([fan, job("z", { needs: ["a"] })], { maxParallel: 2 }),
    start,
    succeeds("a[n=1]/b", CUT),
    succeeds("a[n=2]/b", { stdout: "short", stderr: "none" }),
  );
  throws(() => inJob(run, "needs.a.outputs.stdout"), /Cannot read/);
  deepEqual(inJob(run, "needs.a.outputs.stderr"), ["warnings", "none"]);
});

test("a journal of an earlier release reads what it cut as it did then", () => {
  const run = ran({ ...CUT, truncated: true });
  equal(inStage(run, "stages.b.outputs.stdout | length"), 1_048_575);
});
