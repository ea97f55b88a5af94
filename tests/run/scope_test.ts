import { deepEqual, equal, match } from "node:assert/strict";
import { MAX_BRANCHES } from "../../core/run/checked_opening.ts";
import { demand } from "../../core/run/demand.ts";
import { test } from "../harness.ts";
import {
  cancelled,
  composite,
  ends,
  fails,
  job,
  later,
  type Opening,
  plan,
  type Scenario,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";
import type { PlannedStage } from "../../core/plan/plan.ts";

/** A run of one job with one stage, `fan`, that opens this. */
function opened(
  opening: Opening,
  more: Partial<PlannedStage> & { readonly stages?: readonly PlannedStage[] } = {},
): Scenario {
  return scenario(plan(job("a", { stages: [composite("fan", opening, more)] })), start);
}

function wanted({ state }: Scenario): string[] {
  return demand(state).filter((attempt) => attempt.wanted).map(({ address }) => address);
}

function fan({ state }: Scenario) {
  return state.stages.get("a[]/fan");
}

test("step() opens the branches of a stage, as many at once as it may", () => {
  const run = opened({ rounds: [["1", "2", "3"]] });
  deepEqual(run.events.slice(4).length, 6);
  deepEqual(wanted(run), ["a[]/fan[1]/x", "a[]/fan[2]/x"]);
  deepEqual(run.when(succeeds("a[]/fan[1]/x")), [
    "stage.settled a[]/fan[1]/x #1 succeeded",
    "branch.settled a[]/fan[1] succeeded",
    "branch.started a[]/fan[3]",
    "stage.started a[]/fan[3]/x #1",
  ]);
});

test("step() ends a stage after all of its branches", () => {
  const run = opened({ rounds: [["1", "2"]] }, {}).after(succeeds("a[]/fan[2]/x"));
  deepEqual(run.when(succeeds("a[]/fan[1]/x")), [
    "stage.settled a[]/fan[1]/x #1 succeeded",
    "branch.settled a[]/fan[1] succeeded",
    "stage.settled a[]/fan #1 succeeded",
    "branch.settled a[] succeeded",
    "job.settled a succeeded",
    "run.settled succeeded",
  ]);
});

test("step() lets a stage succeed that opens nothing", () => {
  equal(fan(opened({ rounds: [[]] }))?.outcome, "succeeded");
});

test("step() skips a stage all of whose branches were skipped", () => {
  const run = opened({ rounds: [["1", "2"]] }, { stages: [] });
  equal(fan(run)?.outcome, "skipped");
});

test("step() lets the other branches go on when one fails", () => {
  const run = opened({ rounds: [["1", "2", "3"]] }).after(fails("a[]/fan[1]/x"));
  deepEqual(wanted(run), ["a[]/fan[2]/x", "a[]/fan[3]/x"]);
  const end = run.after(succeeds("a[]/fan[2]/x"), succeeds("a[]/fan[3]/x"));
  equal(fan(end)?.outcome, "failed");
  equal(fan(end)?.failure?.message, "Break item: '1' because nested stage: 'x', failed.");
});

test("step() ends the other branches when one fails and the stage is fail-fast", () => {
  const run = opened({ rounds: [["1", "2", "3"]], failFast: true });
  deepEqual(run.when(fails("a[]/fan[1]/x")), [
    "stage.settled a[]/fan[1]/x #1 failed StageError",
    "branch.settled a[]/fan[1] failed",
    "cancel.requested a[]/fan[2] (fail-fast: a[]/fan[1])",
  ]);
  deepEqual(run.after(fails("a[]/fan[1]/x")).when(ends("a[]/fan[2]/x")).slice(0, 3), [
    "stage.settled a[]/fan[2]/x #1 cancelled (fail-fast: a[]/fan[1]) StageCancelError",
    "branch.settled a[]/fan[2] cancelled",
    "stage.settled a[]/fan #1 failed StageError",
  ]);
});

test("step() opens round after round", () => {
  const run = opened({ rounds: [["1"], ["2"]], limit: 1 });
  deepEqual(run.when(succeeds("a[]/fan[1]/x")), [
    "stage.settled a[]/fan[1]/x #1 succeeded",
    "branch.settled a[]/fan[1] succeeded",
    "scope.opened a[]/fan round 2: 2",
    "branch.started a[]/fan[2]",
    "stage.started a[]/fan[2]/x #1",
  ]);
  equal(fan(run.after(succeeds("a[]/fan[1]/x"), succeeds("a[]/fan[2]/x")))?.outcome, "succeeded");
});

test("step() opens no further round after one that failed or was cancelled", () => {
  const run = opened({ rounds: [["1"], ["2"]] });
  equal(fan(run.after(fails("a[]/fan[1]/x")))?.outcome, "failed");
  equal(fan(run.after(ends("a[]/fan[1]/x")))?.outcome, "cancelled");
});

test("step() fails a stage that refuses a further round", () => {
  const refusal = { outcome: "failed", name: "StageError", message: "too many" } as const;
  const run = opened({ rounds: [["1"]], refusal }).after(succeeds("a[]/fan[1]/x"));
  deepEqual(fan(run)?.failure, { name: "StageError", message: "too many", retryable: false });
});

test("step() skips a stage that says there is nothing to open", () => {
  const run = opened({ rounds: [], refusal: { outcome: "skipped", name: "", message: "none" } });
  equal(fan(run)?.outcome, "skipped");
  deepEqual(fan(run)?.reason, { kind: "stage-said", message: "none" });
});

test("step() does not ask for ever for rounds without branches", () => {
  equal(fan(opened({ rounds: [[], [], []] }))?.outcome, "succeeded");
});

test("step() refuses an opening of which no run could be made", () => {
  const message = (opening: Opening) => {
    const { state } = opened(opening);
    equal(state.outcome, "failed");
    return state.stages.get("a[]/fan")?.failure?.message ?? "";
  };
  match(message({ rounds: [["1", "1"]] }), /two of its branches have the key "1"$/);
  match(
    message({ rounds: [["1"]], limit: 0 }),
    /its limit must be a whole number from 1, and is 0$/,
  );
  match(message({ rounds: [["1"]], limit: Infinity }), /and is Infinity$/);
  const many = Array.from({ length: MAX_BRANCHES + 1 }, (_, i) => String(i));
  match(message({ rounds: [many] }), /at most 100000 branches$/);
  const branches = [{ key: "1", body: "other", bindings: {} }];
  match(message({ rounds: [["1"]], branches }), /has no list "other"$/);
  const twice = opened({ rounds: [["1"], ["1"]] }).after(succeeds("a[]/fan[1]/x"));
  match(fan(twice)?.failure?.message ?? "", /two of its branches have the key "1"$/);
});

test("step() fails a stage whose kind breaks, and the run comes to its end", () => {
  const broken = stage("fan", { kind: "composite", input: { opening: "none" }, bodies: {} });
  const run = scenario(plan(job("a", { stages: [broken] })), start);
  equal(run.state.outcome, "failed");
});

test("step() tries a stage again with its branches, in a scope of their own", () => {
  const run = opened({ rounds: [["1"]] }, { retry: { attempts: 1, delayMs: 5 } });
  const failed = run.after(fails("a[]/fan[1]/x"));
  deepEqual(failed.events.at(-1)?.type, "stage.retry-scheduled");
  deepEqual(failed.when(...later(5)), [
    "stage.started a[]/fan #2",
    "scope.opened a[]/fan~2 round 1: 1",
    "branch.started a[]/fan~2[1]",
    "stage.started a[]/fan~2[1]/x #1",
  ]);
  equal(fan(failed.after(...later(5), succeeds("a[]/fan~2[1]/x")))?.outcome, "succeeded");
});

test("step() ends what is within a stage that takes too long, on a later attempt too", () => {
  const limits = { timeoutMs: 50, retry: { attempts: 1, delayMs: 0 } };
  const run = opened({ rounds: [["1"]] }, limits).after(...later(50));
  deepEqual(wanted(run), []);
  const again = run.after(ends("a[]/fan[1]/x"));
  deepEqual(wanted(again), ["a[]/fan~2[1]/x"]);
  const late = again.after(...later(50));
  deepEqual(wanted(late), []);
  const end = late.after(ends("a[]/fan~2[1]/x"));
  equal(fan(end)?.failure?.name, "StageTimeoutError");
});

test("step() keeps the wait of a branch from holding up the others", () => {
  const nested = stage("x", { retry: { attempts: 1, delayMs: 100 } });
  const run = opened({ rounds: [["1", "2", "3"]] }, { stages: [nested] });
  const failed = run.after(fails("a[]/fan[1]/x"), succeeds("a[]/fan[2]/x"));
  deepEqual(wanted(failed), ["a[]/fan[3]/x"]);
  deepEqual(failed.when(...later(100)), ["stage.started a[]/fan[1]/x #2"]);
});

test("step() ends a stage between its rounds when the run is cancelled", () => {
  const run = opened({ rounds: [["1"], ["2"]] }).after(cancelled);
  deepEqual(run.when(ends("a[]/fan[1]/x")).slice(0, 3), [
    "stage.settled a[]/fan[1]/x #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[]/fan[1] cancelled",
    "stage.settled a[]/fan #1 cancelled (requested: user, enough) StageCancelError",
  ]);
});
