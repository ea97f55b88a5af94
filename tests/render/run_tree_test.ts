import { equal } from "node:assert/strict";
import { runTree } from "../../core/engine/render/run_tree.ts";
import type { RunState } from "../../core/run/state.ts";
import { PLAIN } from "../../cli/paint.ts";
import { paintTree } from "../../cli/paint_tree.ts";
import { test } from "../harness.ts";
import {
  begins,
  facts,
  fails,
  job,
  legs,
  plan,
  stage,
  stateAfter,
  type Step,
  succeeds,
} from "./journal.ts";

function drawn(state: RunState, printed: Readonly<Record<string, readonly string[]>> = {}): string {
  const tree = runTree(state, facts(state, { printed }));
  return paintTree(tree, { paint: PLAIN, columns: 80 }).join("\n");
}

test("runTree() shows each stage with its time and what it printed", () => {
  const state = stateAfter(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch"),
    ...succeeds("load", "Fetch", 1_240),
    { type: "run.settled", outcome: "succeeded" },
  ]);
  equal(
    drawn(state, { "load[]/Fetch": ["3 rows"] }),
    `✓ etl  run-1  1.2s
  ✓ load  1.2s
    ✓ Fetch  1.2s
      │ 3 rows`,
  );
});

test("runTree() tells a failure where it happened and not again above", () => {
  const state = stateAfter(
    plan([job("load", ["Fetch"]), job("report", ["Say"], { needs: ["load"] })]),
    [
      ...begins("load", "Fetch"),
      ...fails("load", "Fetch", "no such host\n\t```bash\n\tcurl nowhere\n\t```"),
      {
        type: "job.settled",
        job: "report",
        outcome: "skipped",
        reason: { kind: "rule-unmet", rule: "all_success", need: "load", outcome: "failed" },
      },
      { type: "run.settled", outcome: "failed" },
    ],
  );
  equal(
    drawn(state),
    `✗ etl  run-1  50ms
  ✗ load  50ms
    ✗ Fetch  50ms
      StageError: no such host
  - report  its rule all_success is not met: "load" failed`,
  );
});

test("runTree() of many legs shows those that failed and counts the others", () => {
  const keys = Array.from({ length: 20 }, (_, i) => `n=${i}`);
  const failure = { name: "StageError", message: "boom", retryable: true };
  const leg = (key: string): Step[] => {
    const outcome = key === "n=7" ? "failed" : "succeeded";
    const failed = outcome === "failed" ? { failure } : {};
    return [
      { type: "branch.started", branch: `build[${key}]` },
      { type: "stage.started", stage: `build[${key}]/Make`, attempt: 1 },
      { type: "stage.settled", stage: `build[${key}]/Make`, attempt: 1, outcome, ...failed },
      { type: "branch.settled", branch: `build[${key}]`, outcome, ...failed },
    ];
  };
  const strategy = { matrix: {}, include: [], exclude: [], maxParallel: 20, failFast: false };
  const state = stateAfter(plan([job("build", ["Make"], { strategy })]), [
    { type: "job.started", job: "build", attempt: 1 },
    { type: "scope.opened", owner: "build", round: 1, expansion: legs(keys) },
    ...keys.flatMap(leg),
    { type: "job.settled", job: "build", outcome: "failed", failure },
    { type: "run.settled", outcome: "failed" },
  ]);
  equal(
    drawn(state),
    `✗ etl  run-1  0ms
  ✗ build  20 legs  0ms
    ✗ n=7 › Make  0ms
      StageError: boom
    19 succeeded`,
  );
});

test("runTree() of a run under way shows what runs and what is to come", () => {
  const state = stateAfter(plan([job("load", ["Fetch", "Sort"]), job("report", ["Say"])]), [
    ...begins("load", "Fetch"),
  ]);
  equal(
    drawn(state),
    `● etl  run-1
  ● load
    ● Fetch
  ○ report`,
  );
});

test("runTree() shows the branches of a stage below it", () => {
  const each = stage("Each", { kind: "foreach", bodies: { stages: [stage("Echo")] } });
  const state = stateAfter(plan([job("load", [], { stages: [each] })]), [
    ...begins("load", "Each"),
    {
      type: "scope.opened",
      owner: "load[]/Each",
      round: 1,
      expansion: legs(["a", "b"], { noun: "item", under: "foreach" }),
    },
    ...["a", "b"].flatMap((item): Step[] => [
      { type: "branch.started", branch: `load[]/Each[${item}]` },
      { type: "stage.started", stage: `load[]/Each[${item}]/Echo`, attempt: 1 },
      {
        type: "stage.settled",
        stage: `load[]/Each[${item}]/Echo`,
        attempt: 1,
        outcome: "succeeded",
        after: 5,
      },
      { type: "branch.settled", branch: `load[]/Each[${item}]`, outcome: "succeeded" },
    ]),
    ...succeeds("load", "Each", 0),
    { type: "run.settled", outcome: "succeeded" },
  ]);
  equal(
    drawn(state),
    `✓ etl  run-1  10ms
  ✓ load  10ms
    ✓ Each  2 items  10ms
      ✓ a › Echo  5ms
      ✓ b › Echo  5ms`,
  );
});

test("runTree() shows only the end of long output and says how much there was", () => {
  const state = stateAfter(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch"),
    ...succeeds("load", "Fetch", 1),
  ]);
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`);
  const rows = drawn(state, { "load[]/Fetch": lines }).split("\n");
  equal(rows[3], "      … 12 earlier");
  equal(rows.at(-1), "      │ line 20");
});
