import { deepEqual, equal, match } from "node:assert/strict";
import type { PlannedStage } from "../../core/plan/plan.ts";
import { retryDelayMs } from "../../core/run/retry.ts";
import { test } from "../harness.ts";
import {
  ends,
  fails,
  job,
  later,
  pause,
  plan,
  reports,
  type Scenario,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

/** A run of one job with one stage that has begun. */
function running(more: Partial<PlannedStage>, params = {}): Scenario {
  return scenario(plan(job("a", { stages: [stage("s", more)] }), { params }), start);
}

test("step() tries a stage again as often as its retry says, after the reference's waits", () => {
  const run = running({ retry: { attempts: 3 } });
  deepEqual(run.when(fails("a[]/s")), [
    "stage.retry-scheduled a[]/s #1 (attempt-failed) in 0 ms",
    "stage.started a[]/s #2",
  ]);
  const second = run.after(fails("a[]/s"), fails("a[]/s", { attempt: 2 }));
  deepEqual(second.events.at(-1)?.type, "stage.retry-scheduled");
  deepEqual(second.when(...later(1439)), []);
  deepEqual(second.when(...later(1440)), ["stage.started a[]/s #3"]);
  const third = second.after(...later(1440), fails("a[]/s", { attempt: 3 }));
  deepEqual(third.when(...later(1728)), ["stage.started a[]/s #4"]);
  equal(third.after(...later(1728), fails("a[]/s", { attempt: 4 })).state.outcome, "failed");
});

test("step() tries again with growing waits up to the longest", () => {
  const retry = { attempts: 5, delayMs: 100, backoff: 2, maxDelayMs: 250 };
  const run = running({ retry }).after(fails("a[]/s"));
  deepEqual(run.when(...later(99)), []);
  deepEqual(run.when(...later(100), fails("a[]/s", { attempt: 2 })), [
    "stage.started a[]/s #2",
    "stage.retry-scheduled a[]/s #2 (attempt-failed) in 200 ms",
  ]);
  const third = run.after(...later(100), fails("a[]/s", { attempt: 2 }), ...later(200));
  deepEqual(third.when(fails("a[]/s", { attempt: 3 })), [
    "stage.retry-scheduled a[]/s #3 (attempt-failed) in 250 ms",
  ]);
});

test("retryDelayMs() is a number however long it goes on", () => {
  equal(retryDelayMs({ attempts: 1000, delayMs: 0, backoff: 1000 }, 1000), 0);
  equal(retryDelayMs({ attempts: 1000, delayMs: 1, backoff: 1000 }, 1000), 86_400_000);
  equal(retryDelayMs({ attempts: 1000 }, 1000), 86_400_000);
});

test("step() does not try a stage again for a failure that trying again cannot help", () => {
  const run = running({ retry: { attempts: 3 } });
  equal(run.after(fails("a[]/s", { retryable: false })).state.outcome, "failed");
});

test("step() does not try a stage again that was skipped or cancelled by itself", () => {
  const run = running({ retry: { attempts: 3 } });
  equal(run.after(ends("a[]/s")).state.stages.get("a[]/s")?.outcome, "cancelled");
});

test("step() resolves a stage's retry when it first begins", () => {
  const run = running({ retry: { attempts: "${{ params.n }}", delayMs: 0 } }, { n: "1" });
  const twice = run.after(fails("a[]/s"), fails("a[]/s", { attempt: 2 }));
  equal(twice.state.stages.get("a[]/s")?.failures, 2);
  equal(twice.state.outcome, "failed");
  const wrong = running({ retry: { attempts: "${{ params.n }}" } }, { n: -1 });
  equal(wrong.state.stages.get("a[]/s")?.failure?.name, "ValueError");
});

test("step() ends a stage that takes too long, and then counts it as failed", () => {
  const run = running({ timeoutMs: 50 });
  deepEqual(run.when(...later(49)), []);
  deepEqual(run.when(...later(50)), ["cancel.requested a[]/s (timeout: 50 ms)"]);
  const late = run.after(...later(50));
  deepEqual(late.when(...later(1_000_000)), []);
  // Whatever it says of itself by now.
  deepEqual(
    late.when(succeeds("a[]/s"))[0],
    "stage.settled a[]/s #1 failed (timeout: 50 ms) StageTimeoutError",
  );
  equal(
    late.after(succeeds("a[]/s")).state.stages.get("a[]/s")?.failure?.message,
    'Stage "s" took longer than its 0.05 s',
  );
});

test("step() tries a stage again that took too long", () => {
  const run = running({ timeoutMs: 50, retry: { attempts: 1, delayMs: 10 } }).after(...later(60));
  deepEqual(run.when(ends("a[]/s")), [
    "stage.retry-scheduled a[]/s #1 (timeout: 50 ms) in 10 ms",
  ]);
  const again = run.after(ends("a[]/s"), ...later(10));
  deepEqual(again.events.at(-1)?.type, "stage.started");
  // Nothing of the attempt before stays with this one.
  const { cancel, failure } = again.state.stages.get("a[]/s") ?? {};
  deepEqual([cancel, failure], [undefined, undefined]);
  deepEqual(again.when(...later(49)), []);
  deepEqual(again.when(...later(50)), ["cancel.requested a[]/s (timeout: 50 ms)"]);
});

test("step() takes a limit from a template, in seconds", () => {
  deepEqual(running({ timeoutMs: "${{ params.s }}" }, { s: 1.5 }).when(...later(1500)), [
    "cancel.requested a[]/s (timeout: 1500 ms)",
  ]);
});

test("step() forgets the limit of a stage that has ended", () => {
  const two = job("a", { stages: [stage("s", { timeoutMs: 50 }), stage("t")] });
  deepEqual(scenario(plan(two), start, succeeds("a[]/s")).when(...later(100)), []);
});

test("step() ends a job that takes too long, and what is under way in it", () => {
  const run = scenario(plan(job("a", { timeoutMs: 100 })), start);
  deepEqual(run.when(...later(100)), ["cancel.requested a (timeout: 100 ms)"]);
  deepEqual(run.after(...later(100)).when(ends("a[]/s")), [
    "stage.settled a[]/s #1 cancelled (timeout: 100 ms) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a failed (timeout: 100 ms) JobTimeoutError",
    "run.settled failed WorkflowError",
  ]);
});

test("step() tries a job again that took too long, but not its stages", () => {
  const slow = job("a", {
    timeoutMs: 100,
    retry: { attempts: 1, delayMs: 0 },
    stages: [stage("s", { retry: { attempts: 5 } })],
  });
  const run = scenario(plan(slow), start, ...later(100));
  deepEqual(run.when(ends("a[]/s")).slice(2), [
    "job.retry-scheduled a #1 in 0 ms JobTimeoutError",
    "job.started a #2 within 100 ms",
    "scope.opened a~2 round 1:",
    "branch.started a~2[]",
    "stage.started a~2[]/s #1",
  ]);
  deepEqual(run.after(ends("a[]/s")).when(...later(99)), []);
  deepEqual(run.after(ends("a[]/s")).when(...later(100)), [
    "cancel.requested a~2 (timeout: 100 ms)",
  ]);
});

test("step() ends a run that takes too long: its jobs are cancelled, the run has failed", () => {
  const jobs = [job("a", { timeoutMs: 1000, retry: { attempts: 3 } }), job("b", { needs: ["a"] })];
  const run = scenario(plan(jobs, { timeoutMs: 100 }), start);
  deepEqual(run.when(...later(100)), [
    "cancel.requested (run) (timeout: 100 ms)",
    "job.settled b cancelled (timeout: 100 ms)",
  ]);
  deepEqual(run.after(...later(100)).when(ends("a[]/s")), [
    "stage.settled a[]/s #1 cancelled (timeout: 100 ms) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (timeout: 100 ms) JobCancelError",
    "run.settled failed WorkflowTimeoutError",
  ]);
});

test("step() asks for one end only when several limits are over at once", () => {
  const all = plan(job("a", { timeoutMs: 50, stages: [stage("s", { timeoutMs: 20 })] }), {
    timeoutMs: 80,
  });
  deepEqual(scenario(all, start).when(...later(100)), [
    "cancel.requested a[]/s (timeout: 20 ms)",
    "cancel.requested a (timeout: 50 ms)",
    "cancel.requested (run) (timeout: 80 ms)",
  ]);
  const same = plan(job("a", { timeoutMs: 50, stages: [stage("s", { timeoutMs: 50 })] }), {
    timeoutMs: 50,
  });
  deepEqual(scenario(same, start).when(...later(50)), ["cancel.requested (run) (timeout: 50 ms)"]);
});

test("step() skips a stage whose condition is false, and goes on", () => {
  const stages = [stage("s", { condition: "${{ params.x }}" }), stage("t")];
  deepEqual(scenario(plan(job("a", { stages }), { params: { x: false } })).when(start).slice(4), [
    "stage.settled a[]/s #0 skipped (condition-false: ${{ params.x }})",
    "stage.started a[]/t #1",
  ]);
});

test("step() takes booleans as conditions: true runs, false skips", () => {
  equal(running({ condition: true }).state.live.size, 1);
  equal(running({ condition: false }).state.outcome, "skipped");
});

test("step() fails a stage whose condition or name cannot be told", () => {
  equal(running({ condition: "${{ nothing }}" }).state.outcome, "failed");
  equal(running({ name: "${{ nothing }}" }).state.outcome, "failed");
  const { name, message } = running({ condition: "'text'" }).state.stages.get("a[]/s")?.failure ??
    {};
  equal(name, "StageError");
  match(message ?? "", /^TypeError: /);
});

test("step() renders the name and id of a stage when it begins", () => {
  const { state } = running({ name: "Load ${{ params.x }}", id: "load-${{ params.x }}" }, { x: 3 });
  const begun = state.stages.get("a[]/s");
  deepEqual([begun?.name, begun?.id], ["Load 3", "load-3"]);
});

test("step() keeps the outputs of a failed stage", () => {
  const run = running({}).after(reports({
    stage: "a[]/s",
    attempt: 1,
    outcome: "failed",
    outputs: { stdout: "half" },
    failure: { name: "StageError", message: "no", retryable: true },
  }));
  deepEqual(run.state.stages.get("a[]/s")?.outputs, { stdout: "half" });
});

test("step() evaluates the declared outputs of a stage that has succeeded", () => {
  const run = running({ outputs: { twice: "${{ outputs.n * 2 }}" } });
  deepEqual(
    run.when(succeeds("a[]/s", { n: 4 }))[0],
    "stage.settled a[]/s #1 succeeded {'n': 4, 'twice': 8}",
  );
  const wrong = run.after(succeeds("a[]/s", {}));
  equal(wrong.state.stages.get("a[]/s")?.outcome, "failed");
});

test("step() tells a stage that is tried again how often it has failed", () => {
  const stages = [stage("s", { retry: { attempts: 2, delayMs: 0 } }), stage("t")];
  const run = scenario(plan(job("a", { stages })), start, fails("a[]/s"), pause(1));
  const end = run.after(succeeds("a[]/s", {}, 2));
  equal(end.state.stages.get("a[]/s")?.failures, 1);
});
