import { deepEqual, equal, throws } from "node:assert/strict";
import { makePlan, type PlanFacts } from "../../core/plan/make_plan.ts";
import { test } from "../harness.ts";
import { workflowIn } from "../model/loading.ts";

const facts: PlanFacts = {
  engine: "1.2.3",
  params: { n: 1 },
  maxParallel: 2,
  stageDefaultId: true,
  scriptLang: "python",
  extras: {},
  ancestry: [],
};

test("makePlan() takes over what a workflow says", () => {
  const workflow = workflowIn(`
w:
  type: Workflow
  env: {A: 1}
  extras: {x: 1, y: 1}
  jobs:
    first: {}
    second:
      needs: [first, first]
      if: \${{ always() }}
      trigger-rule: all_done
      retry: {attempts: 2, delay: 1s}
      timeout: \${{ params.n }}
      strategy: {matrix: {n: [1]}}
      outputs: {n: "\${{ 1 }}"}
      stages:
        - {name: s, id: x, bash: ls, retry: 1, timeout: 5}
        - {name: f, foreach: [1], stages: [{name: t, echo: hi}]}
`);
  deepEqual(makePlan(workflow, { ...facts, timeoutMs: 5, extras: { y: 2 } }), {
    workflow: "w",
    digest: workflow.digest,
    engine: "1.2.3",
    maxParallel: 2,
    timeoutMs: 5,
    params: { n: 1 },
    env: { A: 1 },
    stageDefaultId: true,
    scriptLang: "python",
    extras: { x: 1, y: 2 },
    ancestry: [],
    jobs: [
      {
        id: "first",
        needs: [],
        rule: "all_success",
        ruleExplicit: false,
        stages: [],
        runsOn: { type: "local", with: {} },
        env: {},
      },
      {
        id: "second",
        needs: ["first"],
        condition: "${{ always() }}",
        rule: "all_done",
        ruleExplicit: true,
        strategy: { matrix: { n: [1] }, include: [], exclude: [], maxParallel: 1, failFast: false },
        retry: { attempts: 2, delayMs: 1000 },
        timeoutMs: "${{ params.n }}",
        outputs: { n: "${{ 1 }}" },
        runsOn: { type: "local", with: {} },
        env: {},
        stages: [
          {
            key: "x",
            id: "x",
            name: "s",
            kind: "bash",
            input: { bash: "ls" },
            retry: { attempts: 1 },
            timeoutMs: 5000,
          },
          {
            key: "f",
            name: "f",
            kind: "foreach",
            input: { foreach: [1], stages: [] },
            bodies: { stages: [{ key: "t", name: "t", kind: "empty", input: { echo: "hi" } }] },
          },
        ],
      },
    ],
  });
});

test("makePlan() makes JSON", () => {
  const plan = makePlan(
    workflowIn("w: {type: Workflow, jobs: {a: {stages: [{name: s, bash: ls}]}}}"),
    facts,
  );
  deepEqual(JSON.parse(JSON.stringify(plan)), plan);
});

test("makePlan() keeps a release and the workflows that led here", () => {
  const release = { type: "normal", logicalDateMs: 0 } as const;
  const plan = makePlan(workflowIn("w: {type: Workflow}"), {
    ...facts,
    release,
    ancestry: ["root"],
  });
  deepEqual([plan.release, plan.ancestry, plan.timeoutMs], [release, ["root"], undefined]);
});

test("makePlan() takes no workflow that was never checked", () => {
  const cycle = workflowIn("w: {type: Workflow, jobs: {a: {needs: [b]}, b: {needs: [a]}}}");
  throws(() => makePlan(cycle, facts), /Internal error: .* has a cycle: a → b → a/);
  const unknown = workflowIn("w: {type: Workflow, jobs: {a: {needs: [b]}}}");
  throws(() => makePlan(unknown, facts), /Internal error: .* needs "b"/);
});

test("makePlan() plans ten thousand jobs in a chain", () => {
  const jobs = Array.from(
    { length: 10_000 },
    (_, at) => `j${at}: {needs: [${at === 0 ? "" : `j${at - 1}`}]}`,
  );
  const workflow = workflowIn(`w: {type: Workflow, jobs: {${jobs.join()}}}`);
  equal(makePlan(workflow, facts).jobs.length, 10_000);
});
