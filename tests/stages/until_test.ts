import assert from "node:assert/strict";
import type { ValueObject } from "../../core/expr/value.ts";
import { until } from "../../stages/until.ts";
import { test } from "../harness.ts";
import { expandStage, opened, planned, problemsIn } from "./expand_stage.ts";

const UNTIL = "name: u\nitem: 1\nuntil: ${{ item }} > 2\nstages: [{name: n, echo: x}]";

/** The rounds behind the next one, by the outputs of their stages. */
function after(...rounds: readonly ValueObject[]) {
  return { rounds: rounds.map((outputs, index) => ({ number: index + 1, outputs })) };
}

test("until begins with its item", async () => {
  assert.deepEqual(await opened(until(), UNTIL), {
    branches: [{ key: "1", body: "stages", bindings: { item: 1, loop: 1 } }],
    limit: 1,
    failFast: true,
    again: true,
    header: {},
    noun: "loop",
    under: "until",
    shown: ["loop", "item"],
  });
});

test("until begins with 0 where no item is written", async () => {
  const { branches } = await opened(until(), 'name: u\nuntil: "False"\nstages: []');
  assert.deepEqual(branches[0]?.bindings, { item: 0, loop: 1 });
});

test("until hands an output called item to the next round, the last one of them", async () => {
  const yaml = UNTIL.replace("> 2", "> 50");
  const rounds = after({ a: { item: 7 }, b: {}, c: { item: 8 }, d: { other: 9 } });
  const { branches, again } = await opened(until(), yaml, rounds);
  assert.deepEqual(branches[0]?.bindings, { item: 8, loop: 2 });
  assert.equal(again, true);
});

test("until counts where no stage has an item, or has none in it", async () => {
  for (const outputs of [{ a: {} }, { a: { item: null } }]) {
    const { branches } = await opened(until(), UNTIL, after(outputs));
    assert.deepEqual(branches[0]?.bindings, { item: 2, loop: 2 });
  }
});

test("until looks at its condition behind a round, with the item of the next one", async () => {
  const { branches, again } = await opened(until(), UNTIL, after({ a: { item: 3 } }));
  assert.deepEqual([branches, again], [[], false]);
});

test("until takes a condition that holds before it takes the limit", async () => {
  const { branches } = await opened(until(), `${UNTIL}\nmax-loop: 1`, after({ a: { item: 3 } }));
  assert.deepEqual(branches, []);
});

test("until refuses a round beyond its limit", async () => {
  const refusal = (max: number) => ({
    outcome: "failed",
    name: "StageError",
    message: `Loop was exceed the maximum ${max} loop${max === 1 ? "" : "s"}.`,
  });
  const endless = UNTIL.replace("> 2", "> 99");
  const ten = after(...Array.from({ length: 10 }, () => ({})));
  assert.deepEqual(await expandStage(until(), `${UNTIL}\nmax-loop: 1`, after({})), refusal(1));
  assert.deepEqual(await expandStage(until(), endless, ten), refusal(10));
});

test("until needs a condition that is true or false", async () => {
  const yaml = UNTIL.replace("${{ item }} > 2", `"\${{ item }} if \${{ item }} == 1 else 'demo'"`);
  await assert.rejects(expandStage(until(), yaml, after({})), {
    name: "TypeError",
    message: "Return type of until condition not be `boolean`, getting: 'demo'",
  });
});

test("until takes a plain true, and the limit from a template", async () => {
  const yaml = "name: u\nuntil: true\nmax_loop: ${{ params.n }}\nstages: []";
  const names = { params: { n: 3 } };
  assert.deepEqual((await opened(until(), yaml, { names, ...after({}) })).branches, []);
  await assert.rejects(expandStage(until(), yaml, { names: { params: { n: 100 } } }), {
    name: "ValueError",
    message: "A max-loop value should between 1 and 99.",
  });
  assert.match(problemsIn(until(), `${UNTIL}\nmax-loop: 100`).join(), /max-loop/);
});

test("until keeps its condition as it is written", () => {
  const { input, bodies } = planned(until(), UNTIL);
  assert.equal(input.until, "${{ item }} > 2");
  assert.equal(bodies?.stages?.length, 1);
});
