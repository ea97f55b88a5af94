import { deepEqual, equal } from "node:assert/strict";
import { Datetime } from "../../core/expr/datetime.ts";
import type { Value } from "../../core/expr/value.ts";
import { isOfType, type OutputType } from "../../core/model/declared_output.ts";
import { OUTPUT_TYPES } from "../../core/model/output_type.ts";
import { test } from "../harness.ts";
import { job, plan, scenario, stage, start, succeeds } from "./scenario.ts";

const EXAMPLES: readonly (readonly [Value, readonly OutputType[]])[] = [
  [null, []],
  ["5", ["str", "duration"]],
  ["1h30m", ["str", "duration"]],
  ["soon", ["str"]],
  [5, ["int", "float"]],
  [5.5, ["float"]],
  [true, ["bool"]],
  [[1], ["array"]],
  [{ a: 1 }, ["map"]],
  [new Datetime(0), ["datetime"]],
  [new Datetime(0, { kind: "date" }), ["date"]],
];

test("isOfType() takes a value for what it is and converts nothing", () => {
  for (const [value, types] of EXAMPLES) {
    const found = OUTPUT_TYPES.filter((type) => type !== "any" && isOfType(value, type));
    deepEqual(found, types, JSON.stringify(value));
    equal(isOfType(value, "any"), true);
  }
});

test("step() takes a declared output that is of its type", () => {
  const outputs = { rows: { value: "${{ outputs.n }}", type: "int" } } as const;
  const counted = scenario(plan(job("a", { stages: [stage("s", { outputs })] })), start)
    .after(succeeds("a[]/s", { n: 5 }));
  deepEqual(counted.state.stages.get("a[]/s")?.outputs, { n: 5, rows: 5 });
});

test("step() fails a stage whose declared output is of another type, without a retry", () => {
  const outputs = { rows: { value: "${{ outputs.n }}", type: "int" } } as const;
  const retried = stage("s", { outputs, retry: { attempts: 3 } });
  const { state } = scenario(plan(job("a", { stages: [retried] })), start)
    .after(succeeds("a[]/s", { n: "5" }));
  equal(state.stages.get("a[]/s")?.failure?.name, "OutputError");
  equal(
    state.stages.get("a[]/s")?.failure?.message,
    `Output "rows" is declared as int, but it is '5'`,
  );
  equal(state.outcome, "failed");
});

test("step() fails a job whose declared output is of another type", () => {
  const outputs = { all: { value: "${{ stages.s.outputs.n }}", type: "array" } } as const;
  const { state } = scenario(plan(job("a", { outputs })), start).after(succeeds("a[]/s", { n: 5 }));
  equal(state.jobs.get("a")?.outcome, "failed");
  equal(state.jobs.get("a")?.failure?.name, "OutputError");
  equal(state.jobs.get("a")?.outputs, undefined);
});
