import assert from "node:assert/strict";
import { parallel } from "../../stages/parallel.ts";
import { test } from "../harness.ts";
import { expandStage, opened, planned, problemsIn } from "./expand_stage.ts";

const TWO = `
name: p
parallel:
  left: [{name: l, echo: L}]
  right: [{name: r, echo: R}, {name: s, echo: S}]
`;

test("parallel opens a branch for each list, two at a time", async () => {
  assert.deepEqual(await opened(parallel(), TWO), {
    branches: [
      { key: "left", body: "left", bindings: { branch: "left" } },
      { key: "right", body: "right", bindings: { branch: "right" } },
    ],
    limit: 2,
    failFast: false,
    again: false,
    header: { workers: 2 },
    noun: "branch",
    under: "parallel",
    shown: ["branch"],
  });
});

test("parallel keeps the stages of each branch", () => {
  const { bodies = {} } = planned(parallel(), TWO);
  const names = Object.entries(bodies).map(([branch, stages]) => [
    branch,
    stages.map(({ name }) => name),
  ]);
  assert.deepEqual(names, [["left", ["l"]], ["right", ["r", "s"]]]);
});

test("parallel takes its number of workers as it is written, in either spelling", async () => {
  for (const key of ["max-workers", "max_workers"]) {
    const { limit, header } = await opened(parallel(), `${TWO.trim()}\n${key}: 7`);
    assert.deepEqual([limit, header], [7, { workers: 7 }]);
  }
});

test("parallel takes its number of workers from a template", async () => {
  const yaml = `${TWO.trim()}\nmax-workers: \${{ params.workers }}`;
  for (const workers of [19, "19"]) {
    const { limit } = await opened(parallel(), yaml, { names: { params: { workers } } });
    assert.equal(limit, 19);
  }
});

test("parallel refuses a template that gives no number from 1 to 19", async () => {
  const yaml = `${TWO.trim()}\nmax-workers: \${{ params.workers }}`;
  for (const workers of [100, 0, 1.5, "many", "", null, true, [2]]) {
    await assert.rejects(expandStage(parallel(), yaml, { names: { params: { workers } } }), {
      name: "ValueError",
      message: "A max-workers value should between 1 and 19.",
    });
  }
});

test("parallel refuses a wrong number of workers where it is written", () => {
  for (const workers of ["0", "20", "1.5", "many", "[2]"]) {
    const problems = problemsIn(parallel(), `${TWO.trim()}\nmax-workers: ${workers}`);
    assert.equal(problems.length, 1, workers);
    assert.match(problems[0]!, /max-workers/);
  }
});

test("parallel reports what is wrong in a nested stage", () => {
  const problems = problemsIn(parallel(), "name: p\nparallel: {left: [{name: l, eco: L}]}");
  assert.match(problems.join(), /"eco"/);
});

test("parallel without a branch opens nothing", async () => {
  const { branches } = await opened(parallel(), "name: p\nparallel: {}");
  assert.deepEqual(branches, []);
});
