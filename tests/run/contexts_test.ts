import { deepEqual, equal } from "node:assert/strict";
import { Datetime } from "../../core/expr/datetime.ts";
import { evaluateText } from "../../core/expr/condition.ts";
import { toJson } from "../../core/expr/json.ts";
import type { Value } from "../../core/expr/value.ts";
import { contextOfJob, contextOfStage, runContext } from "../../core/run/contexts.ts";
import { test } from "../harness.ts";
import {
  composite,
  ends,
  fails,
  job,
  language,
  later,
  legs,
  pause,
  plan,
  type Scenario,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

const AT = { at: 0, language };

/** What an expression of a job gives. */
function inJob({ state }: Scenario, id: string, expression: string): Value {
  const found = state.jobs.get(id);
  return found === undefined ? null : evaluateText(expression, contextOfJob(state, found, AT));
}

/** What an expression of a stage in a branch gives, as JSON. */
function inBranch({ state }: Scenario, address: string, expression: string): unknown {
  const branch = state.branches.get(address);
  const value = branch && evaluateText(expression, contextOfStage(state, branch, AT));
  return value === undefined ? undefined : toJson(value);
}

test("runContext() leaves what the reference leaves", () => {
  const jobs = [
    job("prepare", { stages: [stage("say"), stage("maybe", { condition: "false" })] }),
    job("never", { needs: ["prepare"], condition: "1 == 2" }),
    job("fan", { needs: ["prepare"], ...legs([1, 2]), stages: [stage("check")] }),
    job("after", { needs: ["never"] }),
  ];
  const params = { who: "bob", when: new Datetime(1_704_067_200_000, { offsetMinutes: 0 }) };
  const said = { return_code: 0, stdout: "hi bob", stderr: null };
  const { state } = scenario(
    plan(jobs, { params, maxParallel: 1 }),
    start,
    pause(6),
    succeeds("prepare[]/say", said),
    pause(4),
    succeeds("fan[n=1]/check", { return_code: 0, stdout: null, stderr: null }),
    fails("fan[n=2]/check", { message: "no" }),
  );
  const broken = {
    name: "JobError",
    message: "Strategy execution was break because its nested-stage, 'check', failed.",
  };
  deepEqual(runContext(state), {
    jobs: {
      prepare: {
        status: "SUCCESS",
        stages: {
          say: { outputs: said, status: "SUCCESS" },
          maybe: { outputs: {}, status: "SKIP" },
        },
      },
      never: { status: "SKIP" },
      after: { status: "SKIP" },
      fan: {
        strategies: {
          "n=1": {
            status: "SUCCESS",
            matrix: { n: 1 },
            stages: {
              check: {
                outputs: { return_code: 0, stdout: null, stderr: null },
                status: "SUCCESS",
              },
            },
          },
          "n=2": {
            status: "FAILED",
            matrix: { n: 2 },
            stages: {
              check: {
                outputs: {},
                errors: { name: "StageError", message: "no" },
                status: "FAILED",
              },
            },
            errors: broken,
          },
        },
        errors: { "n=2": broken },
        status: "FAILED",
      },
    },
    status: "FAILED",
    params,
    errors: { name: "WorkflowError", message: "Job execution, 'fan', was failed." },
  });
});

test("runContext() tells times when asked, in UTC", () => {
  const { state } = scenario(plan(job("a")), start, pause(250), succeeds("a[]/s"));
  const info = {
    exec_start: "1970-01-01T00:00:00+00:00",
    exec_end: "1970-01-01T00:00:00.250000+00:00",
    exec_latency: 0.25,
  };
  deepEqual(toJson(runContext(state, { info: true })), {
    jobs: {
      a: {
        status: "SUCCESS",
        stages: { s: { outputs: {}, status: "SUCCESS", info } },
        info,
      },
    },
    status: "SUCCESS",
    info,
    params: {},
  });
});

test("runContext() lists jobs as they ended, and says of what each failed", () => {
  const jobs = [job("slow"), job("quick", { condition: "${{ nothing }}" })];
  const { state } = scenario(plan(jobs), start, fails("slow[]/s"));
  const { jobs: left } = runContext(state);
  deepEqual(Object.keys(Object(left)), ["quick", "slow"]);
  equal(Object(left).quick.errors.name, "UtilError");
});

test("runContext() says of a matrix that was past its limit just that", () => {
  const slow = job("a", { ...legs([1]), timeoutMs: 1000 });
  const { state } = scenario(plan(slow), start, ...later(1000), ends("a[n=1]/s"));
  deepEqual(Object(runContext(state).jobs).a.errors, {
    name: "JobTimeoutError",
    message: 'Job "a" took longer than its 1 s',
  });
});

test("runContext() has no strategies of a matrix that never began, and an empty one of one that could not open", () => {
  const jobs = [
    job("a", { ...legs([1]), condition: false }),
    job("b", legs([1], { maxParallel: 10 })),
  ];
  const left = Object(runContext(scenario(plan(jobs), start).state).jobs);
  deepEqual(left.a, { status: "SKIP" });
  deepEqual(left.b.strategies, {});
  equal(left.b.errors.name, "JobError");
});

test("runContext() counts the retries of jobs and stages", () => {
  const again = job("a", {
    retry: { attempts: 1, delayMs: 0 },
    stages: [stage("s", { retry: { attempts: 1, delayMs: 0 } })],
  });
  const { state } = scenario(
    plan(again),
    start,
    fails("a[]/s"),
    fails("a[]/s", { attempt: 2 }),
    fails("a~2[]/s"),
    succeeds("a~2[]/s", {}, 2),
  );
  deepEqual(runContext(state).jobs, {
    a: { status: "SUCCESS", stages: { s: { outputs: { retry: 1 }, status: "SUCCESS" } }, retry: 1 },
  });
});

test("runContext() leaves out stages without an id, unless they go by the hash of their name", () => {
  const { id: _id, ...anonymous } = stage("Echo empty");
  const left = (stageDefaultId: boolean) => {
    const run = plan(job("a", { stages: [anonymous] }), { stageDefaultId });
    const { state } = scenario(run, start, succeeds("a[]/Echo empty"));
    return Object.keys(Object(runContext(state).jobs).a.stages);
  };
  deepEqual(left(false), []);
  deepEqual(left(true), ["2419214589"]);
});

test("runContext() shows the branches of a stage, and their errors by key", () => {
  const fan = composite("fan", { rounds: [["1", "2"]], header: { items: ["1", "2"] } });
  const { state } = scenario(
    plan(job("a", { stages: [fan] })),
    start,
    succeeds("a[]/fan[1]/x", { n: 1 }),
    fails("a[]/fan[2]/x"),
  );
  const broken = {
    name: "StageError",
    message: "Break item: '2' because nested stage: 'x', failed.",
  };
  deepEqual(Object(runContext(state).jobs).a.stages.fan, {
    outputs: {
      items: ["1", "2"],
      foreach: {
        "1": {
          status: "SUCCESS",
          item: "1",
          stages: { x: { outputs: { n: 1 }, status: "SUCCESS" } },
        },
        "2": {
          status: "FAILED",
          item: "2",
          stages: {
            x: { outputs: {}, errors: { name: "StageError", message: "no" }, status: "FAILED" },
          },
          errors: broken,
        },
      },
    },
    errors: { "2": broken },
    status: "FAILED",
  });
});

test("runContext() shows the stages of an only branch in the outputs themselves", () => {
  const one = composite("one", {
    rounds: [["b"]],
    noun: "case",
    header: { case: "b" },
    under: undefined,
    shown: [],
  });
  const { state } = scenario(plan(job("a", { stages: [one] })), start, fails("a[]/one[b]/x"));
  deepEqual(Object(runContext(state).jobs).a.stages.one, {
    outputs: {
      case: "b",
      stages: {
        x: { outputs: {}, errors: { name: "StageError", message: "no" }, status: "FAILED" },
      },
    },
    errors: { name: "StageError", message: "Break case: b because nested stage: 'x', failed." },
    status: "FAILED",
  });
});

test("needs.<job> says how the job ended, and what it gave", () => {
  const jobs = [
    job("a", { stages: [stage("s"), stage("t")] }),
    job("b", { outputs: { sum: "${{ stages.s.outputs.n + 1 }}" } }),
    job("z", { needs: ["a", "b"] }),
  ];
  const run = scenario(
    plan(jobs),
    start,
    succeeds("a[]/s", { n: 1, m: 1 }),
    succeeds("b[]/s", { n: 5 }),
    succeeds("a[]/t", { n: 2 }),
  );
  equal(inJob(run, "z", "needs.a.result"), "success");
  equal(inJob(run, "z", "needs.a.status"), "SUCCESS");
  deepEqual(toJson(inJob(run, "z", "needs.a.outputs")), { n: 2, m: 1 });
  deepEqual(toJson(inJob(run, "z", "needs.b.outputs")), { sum: 6 });
  deepEqual(inBranch(run, "z[]", "needs.a.outputs.n"), 2);
  deepEqual(inBranch(run, "z[]", "needs.a?.legs?"), null);
  deepEqual(inBranch(run, "z[]", "jobs.a.stages.t.outputs.n"), 2);
});

test("needs.<job> lists the outputs of a matrix in the order of its legs", () => {
  const jobs = [job("a", legs(["x", "y", "z"])), job("b", { needs: ["a"], condition: "always()" })];
  const run = scenario(
    plan(jobs),
    start,
    succeeds("a[n=y]/s", { v: 2 }),
    succeeds("a[n=x]/s", { v: 1, w: 0 }),
    fails("a[n=z]/s"),
  );
  deepEqual(inBranch(run, "b[]", "needs.a.outputs"), { v: [1, 2, null], w: [0, null, null] });
  deepEqual(inBranch(run, "b[]", "needs.a.legs"), [
    { matrix: { n: "x" }, result: "success", outputs: { v: 1, w: 0 } },
    { matrix: { n: "y" }, result: "success", outputs: { v: 2 } },
    { matrix: { n: "z" }, result: "failure", outputs: {} },
  ]);
});

test("jobs.<job> finds legs by key and by the reference's ten digits", () => {
  const jobs = [job("a", legs([1, 2])), job("b", { needs: ["a"] })];
  const run = scenario(
    plan(jobs),
    start,
    succeeds("a[n=1]/s", { v: "one" }),
    succeeds("a[n=2]/s", { v: "two" }),
  );
  equal(inBranch(run, "b[]", "jobs.a.strategies['n=2'].stages.s.outputs.v"), "two");
  equal(inBranch(run, "b[]", "jobs.a.strategies['1396677874'].stages.s.outputs.v"), "one");
  equal(inBranch(run, "b[]", "jobs.a.strategies['1396677875']? == null"), true);
});

test("jobs.<job> shows no job before it has ended", () => {
  const run = scenario(plan([job("a"), job("b")]), start);
  equal(inBranch(run, "b[]", "jobs.a? == null"), true);
});

test("stages.<id> is seen from the same list and from lists within, the innermost first", () => {
  const deep = composite("deep", { rounds: [["1"]] }, { stages: [stage("s"), stage("y")] });
  const fan = composite("fan", { rounds: [["1", "2"]] }, { stages: [stage("x"), deep] });
  const run = scenario(
    plan(job("a", { stages: [stage("s"), fan, stage("t")] })),
    start,
    succeeds("a[]/s", { n: 1 }),
    succeeds("a[]/fan[1]/x", { n: 2 }),
    succeeds("a[]/fan[1]/deep[1]/s", { n: 3 }),
  );
  equal(inBranch(run, "a[]/fan[1]/deep[1]", "stages.x.outputs.n"), 2);
  equal(inBranch(run, "a[]/fan[1]/deep[1]", "stages.s.outputs.n"), 3);
  equal(inBranch(run, "a[]/fan[2]", "stages.s.outputs.n"), 1);
  // Neither a sibling branch's stages nor those under way are seen.
  equal(inBranch(run, "a[]/fan[2]", "stages.x? == null"), true);
  equal(inBranch(run, "a[]/fan[1]", "stages.deep? == null"), true);
  deepEqual(Object.keys(Object(inBranch(run, "a[]/fan[1]/deep[1]", "stages"))), ["s", "x"]);
});

test("stages.<id> shows a stage's branches to the stages behind it", () => {
  const fan = composite("fan", { rounds: [["1"]] });
  const run = scenario(
    plan(job("a", { stages: [fan, stage("t")] })),
    start,
    succeeds("a[]/fan[1]/x", { n: 2 }),
  );
  equal(inBranch(run, "a[]", "stages.fan.outputs.foreach['1'].stages.x.outputs.n"), 2);
});

test("names that a branch binds hide those around it, null included", () => {
  const inner = composite("in", {
    rounds: [["k"]],
    branches: [{ key: "k", body: "stages", bindings: { item: null } }],
  });
  const outer = composite("out", { rounds: [["1"]] }, { stages: [inner] });
  const run = scenario(plan(job("a", { stages: [outer] })), start);
  equal(inBranch(run, "a[]/out[1]", "item"), "1");
  equal(inBranch(run, "a[]/out[1]/in[k]", "item"), null);
});

test("names of the run are seen everywhere", () => {
  const release = { type: "normal", logicalDateMs: 1_704_067_200_000 } as const;
  const one = job("a", { ...legs([1]), env: { B: "2" } });
  const run = scenario(
    plan(one, { params: { p: null }, extras: { e: 1 }, env: { A: "1", B: "1" }, release }),
    start,
  );
  deepEqual(inBranch(run, "a[n=1]", "run"), { id: "r", workflow: "w" });
  deepEqual(inBranch(run, "a[n=1]", "env"), { A: "1", B: "2" });
  deepEqual(inBranch(run, "a[n=1]", "matrix"), { n: 1 });
  deepEqual(inBranch(run, "a[n=1]", "release"), {
    type: "normal",
    logical_date: "2024-01-01T00:00:00+00:00",
  });
  const followed = { workflow: "before", runId: "r1", status: "FAILED" };
  const follower = scenario(plan(one, { release: { ...release, followed } }), start);
  deepEqual(inBranch(follower, "a[n=1]", "release"), {
    type: "normal",
    logical_date: "2024-01-01T00:00:00+00:00",
    ...{ workflow: "before", run_id: "r1", status: "FAILED" },
  });
  equal(inBranch(run, "a[n=1]", "params.p"), null);
  equal(inBranch(run, "a[n=1]", "extras.e"), 1);
  equal(inBranch(run, "a[n=1]", "attempt"), 1);
  equal(inJob(run, "a", "retry"), 0);
});

test("declared outputs of a matrix job are evaluated beside its legs, and failing ones fail it", () => {
  const fan = job("a", { ...legs([1]), outputs: { all: "${{ params.p }}" } });
  const run = scenario(plan(fan, { params: { p: [1] } }), start, succeeds("a[n=1]/s"));
  deepEqual(run.state.jobs.get("a")?.outputs, { all: [1] });
  const wrong = job("a", { outputs: { all: "${{ stages.nothing }}" } });
  equal(scenario(plan(wrong), start, succeeds("a[]/s")).state.jobs.get("a")?.outcome, "failed");
});

test("declared outputs keep what they were when the job ended", () => {
  const jobs = [job("a"), job("b", { needs: ["a"], outputs: { seen: "${{ jobs }}" } }), job("c")];
  const run = scenario(plan(jobs), start, succeeds("a[]/s"), succeeds("b[]/s"), succeeds("c[]/s"));
  deepEqual(run.state.jobs.get("b")?.outputs, {
    seen: { a: { status: "SUCCESS", stages: { s: { outputs: {}, status: "SUCCESS" } } } },
  });
});
