import { deepEqual, equal } from "node:assert/strict";
import { demand } from "../../core/run/demand.ts";
import { test } from "../harness.ts";
import {
  ends,
  fails,
  job,
  later,
  legs,
  plan,
  type Scenario,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

const TWO = { stages: [stage("s"), stage("t")] };

function wanted({ state }: Scenario): string[] {
  return demand(state).filter((attempt) => attempt.wanted).map(({ address }) => address);
}

test("step() opens a leg for each combination and begins as many as may be open", () => {
  const run = scenario(plan(job("a", legs([1, 2, 3]))), start);
  deepEqual(run.events.length, 7);
  deepEqual(wanted(run), ["a[n=1]/s", "a[n=2]/s"]);
  deepEqual(run.when(succeeds("a[n=2]/s")), [
    "stage.settled a[n=2]/s #1 succeeded",
    "branch.settled a[n=2] succeeded",
    "branch.started a[n=3]",
    "stage.started a[n=3]/s #1",
  ]);
});

test("step() begins no more legs than the limit, whatever its template says", () => {
  const count = (maxParallel: number | string) => {
    const matrix = legs([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { maxParallel });
    const run = scenario(plan(job("a", matrix), { params: { n: 3 } }), start);
    return run.state.outcome === "failed"
      ? run.state.jobs.get("a")?.failure?.message
      : wanted(run).length;
  };
  equal(count(9), 9);
  equal(count("${{ params.n }}"), 3);
  equal(count("4"), 4);
  equal(
    count(10),
    "The max-parallel value should not more than 10, the current value was set: 10.",
  );
  equal(
    count("0"),
    "Cannot use \"max-parallel\": it must be a whole number from 1, and is '0'",
  );
  equal(
    count("2.5"),
    "Cannot use \"max-parallel\": it must be a whole number from 1, and is '2.5'",
  );
});

test("step() computes the matrix when the job begins", () => {
  const fan = job("fan", {
    needs: ["list"],
    ...legs([], { matrix: { n: "${{ needs.list.outputs.numbers }}" } }),
  });
  const run = scenario(plan([job("list"), fan]), start, succeeds("list[]/s", { numbers: [7, 8] }));
  deepEqual(wanted(run), ["fan[n=7]/s", "fan[n=8]/s"]);
});

test("step() takes a matrix from the legs of another", () => {
  const fan = job("fan", {
    needs: ["list"],
    ...legs([], { matrix: { leg: "${{ needs.list.legs }}" } }),
  });
  const run = scenario(plan([job("list", legs([1])), fan]), start, succeeds("list[n=1]/s"));
  deepEqual(wanted(run), ['fan[leg={"matrix":{"n":1},"outputs":{},"result":"success"}]/s']);
});

test("step() fails a job whose matrix cannot be expanded", () => {
  const run = scenario(plan(job("a", legs([], { matrix: { n: "${{ params.x }}" } }))), start);
  equal(run.state.jobs.get("a")?.outcome, "failed");
  const retried = job("a", { ...legs([1], { exclude: [{ m: 1 }] }), retry: { attempts: 3 } });
  const wrong = scenario(plan(retried), start);
  deepEqual(wrong.state.jobs.get("a")?.failure, {
    name: "JobError",
    message: 'Cannot exclude legs by "m": the matrix has "n"',
    retryable: false,
  });
  equal(wrong.state.jobs.get("a")?.attempt, 1);
});

test("step() lets the other legs go on when one fails", () => {
  const run = scenario(plan(job("a", { ...legs([1, 2, 3]), ...TWO })), start, fails("a[n=1]/s"));
  deepEqual(wanted(run), ["a[n=2]/s", "a[n=3]/s"]);
  const end = run.after(
    ...[2, 3].flatMap((n) => ["s", "t"].map((key) => succeeds(`a[n=${n}]/${key}`))),
  );
  equal(end.state.jobs.get("a")?.outcome, "failed");
});

test("step() ends the sibling legs, and nothing else, when a fail-fast one fails", () => {
  const fast = job("a", { ...legs([1, 2, 3], { failFast: true }), ...TWO });
  const run = scenario(plan([fast, job("b", TWO)]), start);
  deepEqual(run.when(fails("a[n=1]/s")), [
    "stage.settled a[n=1]/s #1 failed StageError",
    "branch.settled a[n=1] failed",
    "cancel.requested a[n=2] (fail-fast: a[n=1])",
  ]);
  const failed = run.after(fails("a[n=1]/s"));
  deepEqual(wanted(failed), ["b[]/s"]);
  deepEqual(failed.when(ends("a[n=2]/s")), [
    "stage.settled a[n=2]/s #1 cancelled (fail-fast: a[n=1]) StageCancelError",
    "branch.settled a[n=2] cancelled",
    "job.settled a failed JobError",
  ]);
});

test("step() cleans up in a leg that was ended by its sibling", () => {
  const clean = stage("clean", { condition: "${{ always() }}" });
  const fast = job("a", { ...legs([1, 2], { failFast: true }), stages: [stage("s"), clean] });
  const run = scenario(plan(fast), start, fails("a[n=1]/s"), succeeds("a[n=1]/clean"));
  deepEqual(run.when(ends("a[n=2]/s")), [
    "stage.settled a[n=2]/s #1 cancelled (fail-fast: a[n=1]) StageCancelError",
    "stage.started a[n=2]/clean #1",
  ]);
  deepEqual(run.after(ends("a[n=2]/s")).when(succeeds("a[n=2]/clean")), [
    "stage.settled a[n=2]/clean #1 succeeded",
    "branch.settled a[n=2] cancelled",
    "job.settled a failed JobError",
    "run.settled failed WorkflowError",
  ]);
});

test("step() retries a job with its legs, in a scope of their own", () => {
  const retried = job("a", { ...legs([1, 2]), retry: { attempts: 1, delayMs: 5 } });
  const run = scenario(plan(retried), start, succeeds("a[n=1]/s"), fails("a[n=2]/s"), ...later(5));
  deepEqual(wanted(run), ["a~2[n=1]/s", "a~2[n=2]/s"]);
  const end = run.after(succeeds("a~2[n=1]/s"), succeeds("a~2[n=2]/s"));
  equal(end.state.outcome, "succeeded");
});

test("step() skips a job whose legs were all skipped, and no other", () => {
  const odd = stage("s", { condition: "${{ matrix.n }} > 1" });
  const run = (values: readonly number[]) =>
    scenario(plan(job("a", { ...legs(values), stages: [odd] })), start);
  equal(run([0, 1]).state.jobs.get("a")?.outcome, "skipped");
  equal(run([1, 2]).after(succeeds("a[n=2]/s")).state.jobs.get("a")?.outcome, "succeeded");
});
