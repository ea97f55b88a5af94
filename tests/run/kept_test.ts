import { deepEqual, equal } from "node:assert/strict";
import { runContext } from "../../core/run/contexts.ts";
import { test } from "../harness.ts";
import { fails, job, legs, plan, scenario, stage, start, startWith, succeeds } from "./scenario.ts";

const ENTRY = { status: "SUCCESS", stages: { s: { outputs: { n: 4 }, status: "SUCCESS" } } };
const KEPT = { job: "a", outcome: "succeeded", entry: ENTRY } as const;

test("step() takes jobs over from an earlier run and runs the others", () => {
  const jobs = [job("a"), job("b", { needs: ["a"] })];
  deepEqual(scenario(plan(jobs)).when(startWith(KEPT)), [
    "run.started",
    "job.kept a succeeded",
    "job.started b #1",
    "scope.opened b round 1:",
    "branch.started b[]",
    "stage.started b[]/s #1",
  ]);
});

test("step() shows what a kept job left, to expressions and in the context", () => {
  const name = "${{ jobs.a.stages.s.outputs.n }} ${{ needs.a.outputs.n }} ${{ needs.a.result }}";
  const jobs = [job("a"), job("b", { needs: ["a"], stages: [stage("s", { name })] })];
  const run = scenario(plan(jobs), startWith(KEPT));
  equal(run.state.stages.get("b[]/s")?.name, "4 4 success");
  deepEqual(runContext(run.after(succeeds("b[]/s")).state).jobs, {
    a: ENTRY,
    b: { status: "SUCCESS", stages: { s: { outputs: {}, status: "SUCCESS" } } },
  });
});

test("step() takes a kept matrix job over with its legs, by both of their names", () => {
  const first = scenario(plan(job("a", legs([1, 2]))), start)
    .after(succeeds("a[n=1]/s", { v: "one" }), succeeds("a[n=2]/s", { v: "two" }));
  const { jobs } = runContext(first.state);
  const entry = JSON.parse(JSON.stringify(jobs)).a;
  const name = [
    "${{ needs.a.outputs.v | str }}",
    "${{ jobs.a.strategies['n=2'].stages.s.outputs.v }}",
    "${{ jobs.a.strategies['7604506846'].status }}",
    "${{ needs.a.legs[1].matrix.n }}",
  ].join(" ");
  const again = [
    job("a", legs([1, 2])),
    job("b", { needs: ["a"], stages: [stage("s", { name })] }),
  ];
  const run = scenario(plan(again), startWith({ job: "a", outcome: "succeeded", entry }));
  equal(run.state.stages.get("b[]/s")?.name, "['one', 'two'] two SUCCESS 2");
});

test("step() ignores kept jobs that the plan does not have, and takes each over once", () => {
  const run = scenario(
    plan([job("a"), job("b")]),
    startWith(KEPT, { ...KEPT, job: "gone" }, { ...KEPT, outcome: "failed" }),
  );
  deepEqual([...run.state.jobs].map(([id, { outcome }]) => [id, outcome]), [
    ["a", "succeeded"],
    ["b", undefined],
  ]);
  equal(run.state.phase, "running");
  equal(run.after(succeeds("b[]/s")).state.outcome, "succeeded");
});

test("step() settles a run at once all of whose jobs are kept", () => {
  deepEqual(scenario(plan(job("a"))).when(startWith(KEPT)), [
    "run.started",
    "job.kept a succeeded",
    "run.settled succeeded",
  ]);
});

test("step() judges the needs of other jobs by how a kept job ended", () => {
  const jobs = [job("a"), job("b", { needs: ["a"], condition: "${{ failure() }}" }), job("c")];
  const kept = { ...KEPT, outcome: "failed", entry: { status: "FAILED" } } as const;
  const run = scenario(plan(jobs), startWith(kept), fails("c[]/s"));
  equal(run.state.jobs.get("b")?.phase, "running");
});
