import assert from "node:assert/strict";
import type { Value } from "../../core/expr/value.ts";
import { caseStage } from "../../stages/case.ts";
import { test } from "../harness.ts";
import { expandStage, opened, planned, problemsIn } from "./expand_stage.ts";

const CASE = `
name: c
case: \${{ params.x }}
match:
  - {case: bar, stages: [{name: one, echo: one}]}
  - {case: 1, stages: [{name: two, echo: two}]}
  - {case: bar, stages: [{name: three, echo: three}]}
`;

function given(x: Value, further: Record<string, Value> = {}) {
  return { names: { params: { x, ...further } } };
}

async function chosen(x: Value, yaml = CASE): Promise<readonly Value[]> {
  const { branches, header } = await opened(caseStage(), yaml, given(x));
  assert.equal(branches.length, 1);
  assert.deepEqual(branches[0]?.bindings, header);
  return [header.case ?? null, branches[0]?.body ?? null];
}

test("case opens the first case that matches", async () => {
  assert.deepEqual(await opened(caseStage(), CASE, given("bar")), {
    branches: [{ key: "bar", body: "0", bindings: { case: "bar" } }],
    limit: 1,
    failFast: true,
    again: false,
    header: { case: "bar" },
    noun: "case",
    shown: [],
  });
});

test("case tells a number from its text", async () => {
  assert.deepEqual(await chosen(1), [1, "1"]);
  const refusal = await expandStage(caseStage(), CASE, given("1"));
  assert.equal("outcome" in refusal && refusal.outcome, "failed");
});

test("case falls back on else, and on the case _", async () => {
  const otherwise = `${CASE.trim()}\n  - else: [{name: four, echo: four}]`;
  assert.deepEqual(await chosen("zzz", otherwise), ["_", "else"]);
  assert.deepEqual(await chosen("bar", otherwise), ["bar", "0"]);
  const underscore = `${CASE.trim()}\n  - {case: _, stages: [{name: four, echo: four}]}`;
  assert.deepEqual(await chosen(null, underscore), ["_", "3"]);
});

test("case finds a match that stands behind the fallback", async () => {
  const yaml = `
name: c
case: \${{ params.x }}
match:
  - {case: _, stages: []}
  - {case: [1], stages: []}
`;
  assert.deepEqual(await chosen([1], yaml), [[1], "1"]);
  assert.deepEqual(await chosen([2], yaml), ["_", "0"]);
});

test("case renders the values that it compares with", async () => {
  const yaml = "name: c\ncase: v-1\nmatch: [{case: 'v-${{ params.x }}', stages: []}]";
  assert.deepEqual(await chosen(1, yaml), ["v-1", "0"]);
  const place = "name: c\ncase: ${{ params.x }}\nmatch: [{case: '${PLACE}', stages: []}]";
  assert.deepEqual(await chosen("here", place), ["here", "0"]);
});

test("case fails where nothing matches, or is skipped", async () => {
  const message = "This stage does not set else for support not match any case.";
  assert.deepEqual(await expandStage(caseStage(), CASE, given("x")), {
    outcome: "failed",
    name: "StageError",
    message,
  });
  for (const key of ["skip-not-match", "skip_not_match"]) {
    const refusal = await expandStage(caseStage(), `${CASE.trim()}\n${key}: true`, given("x"));
    assert.equal("outcome" in refusal && refusal.outcome, "skipped");
  }
});

test("case keeps the stages of each of its cases", () => {
  const yaml = `${CASE.trim()}\n  - else: [{name: four, echo: four}]`;
  const { bodies = {}, input } = planned(caseStage(), yaml);
  const names = Object.entries(bodies).map(([body, stages]) => [body, stages[0]?.name]);
  assert.deepEqual(names, [["0", "one"], ["1", "two"], ["2", "three"], ["else", "four"]]);
  assert.deepEqual(input.match, [
    { case: "bar", stages: [] },
    { case: 1, stages: [] },
    { case: "bar", stages: [] },
    { else: [] },
  ]);
});

test("case refuses two fallbacks of one kind, and cases of another form", () => {
  const wrong = [
    "[{else: []}, {else: []}]",
    "[{case: _, stages: []}, {case: _, stages: []}]",
    "[{case: a, else: []}]",
    "[{stages: []}]",
    "[a]",
    "a",
  ];
  for (const match of wrong) {
    assert.notDeepEqual(problemsIn(caseStage(), `name: c\ncase: a\nmatch: ${match}`), [], match);
  }
  const right = "name: c\ncase: a\nmatch: [{else: []}, {case: _, stages: []}]";
  assert.deepEqual(problemsIn(caseStage(), right), []);
});

test("case is called by its place where its text is long", async () => {
  const long = "x".repeat(201);
  const yaml = `name: c\ncase: ${long}\nmatch: [{case: ${long}, stages: []}]`;
  const { branches } = await opened(caseStage(), yaml);
  assert.equal(branches[0]?.key, "0");
});
