import { deepEqual, equal } from "node:assert/strict";
import { progressTree } from "../../core/engine/render/progress_tree.ts";
import type { RunState } from "../../core/run/state.ts";
import { PLAIN } from "../../cli/paint.ts";
import { paintTree } from "../../cli/paint_tree.ts";
import { test } from "../harness.ts";
import { begins, facts, fails, job, legs, plan, START, stateAfter, succeeds } from "./journal.ts";

interface Drawing {
  readonly nowMs?: number;
  readonly maxRows?: number;
  readonly printed?: Readonly<Record<string, readonly string[]>>;
}

function drawn(state: RunState, { maxRows = 20, ...rest }: Drawing = {}): string {
  const tree = progressTree(state, { ...facts(state, rest), maxRows });
  return paintTree(tree, { paint: PLAIN, columns: 80 }).join("\n");
}

test("progressTree() shows the stages around the one that runs, with its last line", () => {
  const state = stateAfter(plan([job("load", ["Fetch", "Sort", "Save"])]), [
    ...begins("load", "Fetch"),
    {
      type: "stage.settled",
      stage: "load[]/Fetch",
      attempt: 1,
      outcome: "succeeded",
      after: 200,
    },
    { type: "stage.started", stage: "load[]/Sort", attempt: 1 },
  ]);
  equal(
    drawn(state, { nowMs: START + 3_400, printed: { "load[]/Sort": ["first", "half done"] } }),
    `● etl  run-1  3s
  ● load  3s
    ✓ Fetch  200ms
    ● Sort  3s
      │ half done
    ○ Save`,
  );
});

test("progressTree() of a matrix shows the legs that run and how many are done", () => {
  const strategy = { matrix: {}, include: [], exclude: [], maxParallel: 2, failFast: false };
  const state = stateAfter(plan([job("build", ["Make"], { strategy })]), [
    { type: "job.started", job: "build", attempt: 1 },
    {
      type: "scope.opened",
      owner: "build",
      round: 1,
      expansion: legs(["os=linux", "os=mac", "os=bsd"], { limit: 2 }),
    },
    { type: "branch.started", branch: "build[os=linux]" },
    { type: "stage.started", stage: "build[os=linux]/Make", attempt: 1 },
    { type: "stage.settled", stage: "build[os=linux]/Make", attempt: 1, outcome: "succeeded" },
    { type: "branch.settled", branch: "build[os=linux]", outcome: "succeeded" },
    { type: "branch.started", branch: "build[os=mac]" },
    { type: "stage.started", stage: "build[os=mac]/Make", attempt: 1 },
  ]);
  equal(
    drawn(state),
    `● etl  run-1
  ● build  1 of 3 legs
    ● os=mac › Make`,
  );
});

test("progressTree() says when a failed stage is tried again", () => {
  const state = stateAfter(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch").slice(0, -1),
    { type: "stage.started", stage: "load[]/Fetch", attempt: 1, retry: { attempts: 3 } },
    {
      type: "stage.retry-scheduled",
      stage: "load[]/Fetch",
      attempt: 1,
      reason: { kind: "attempt-failed" },
      failure: { name: "StageError", message: "no", retryable: true },
      dueAt: START + 5_000,
    },
  ]);
  equal(
    drawn(state, { nowMs: START + 1_500 }),
    `● etl  run-1  1s
  ● load  1s
    ↻ Fetch  attempt 2 of 4 in 4s  1s`,
  );
});

test("progressTree() keeps a failed stage in sight while the rest goes on", () => {
  const state = stateAfter(plan([job("load", ["Fetch"]), job("build", ["Make"])]), [
    ...begins("load", "Fetch"),
    ...begins("build", "Make"),
    ...fails("load", "Fetch", "no such host\nat line 3"),
  ]);
  equal(
    drawn(state),
    `● etl  run-1
  ✗ load  50ms
    ✗ Fetch  50ms
      StageError: no such host
  ● build
    ● Make`,
  );
});

test("progressTree() never has more rows than asked for, and counts what does not fit", () => {
  const names = Array.from({ length: 30 }, (_, i) => `job${i}`);
  const state = stateAfter(plan(names.map((name) => job(name, ["Work"]))), [
    ...begins("job0", "Work"),
    ...succeeds("job0", "Work", 100),
    ...begins("job1", "Work"),
  ]);
  equal(
    drawn(state, { maxRows: 8 }),
    `● etl  run-1
  ✓ 1 job done
  ● job1
    ● Work
  ○ 28 jobs to come`,
  );
  for (const maxRows of [1, 2, 3, 4, 5, 6, 40]) {
    const rows = progressTree(state, { ...facts(state), maxRows });
    deepEqual(rows.length <= Math.max(2, maxRows), true, `${rows.length} rows for ${maxRows}`);
  }
});
