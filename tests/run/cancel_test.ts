import { deepEqual, equal } from "node:assert/strict";
import { demand } from "../../core/run/demand.ts";
import { MAX_CLEANUP_MS } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import {
  cancelled,
  composite,
  ends,
  fails,
  type Happening,
  job,
  later,
  legs,
  pause,
  plan,
  recovered,
  type Scenario,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

const ALWAYS = "${{ always() }}";
const clean = stage("clean", { condition: ALWAYS });

function underway({ state }: Scenario): string[] {
  return demand(state).map(({ address, wanted }) => wanted ? address : `${address} ending`);
}

test("step() begins no job of a run that is cancelled before it starts", () => {
  const early: Happening = {
    kind: "command",
    at: (at, plan) => ({
      type: "start",
      at,
      run: "r",
      plan,
      cancel: { by: "user", why: "too late" },
    }),
  };
  const { state } = scenario(plan([job("a"), job("b", { condition: ALWAYS })]), early);
  deepEqual(demand(state).map(({ address }) => address), ["b[]/s"]);
  equal(state.jobs.get("a")?.outcome, "cancelled");
  equal(state.jobs.get("a")?.attempt, 0);
});

test("step() asks for an end of everything under way when the run is cancelled", () => {
  const jobs = [job("a"), job("b", legs([1, 2])), job("c", { needs: ["a"] })];
  const run = scenario(plan(jobs), start);
  deepEqual(run.when(cancelled), [
    "cancel.requested (run) (requested: user, enough)",
    "job.settled c cancelled (requested: user, enough)",
  ]);
  deepEqual(underway(run.after(cancelled)), ["a[]/s ending", "b[n=1]/s ending", "b[n=2]/s ending"]);
  const end = run.after(cancelled, ends("a[]/s"), ends("b[n=1]/s"), ends("b[n=2]/s"));
  equal(end.state.outcome, "cancelled");
  equal(end.state.failure?.message, "Execution was cancelled by user: enough");
});

test("step() runs the clean-up stages of what was under way", () => {
  const run = scenario(
    plan(job("a", { stages: [stage("s"), stage("t"), clean] })),
    start,
    cancelled,
  );
  deepEqual(run.when(ends("a[]/s")), [
    "stage.settled a[]/s #1 cancelled (requested: user, enough) StageCancelError",
    "stage.started a[]/clean #1",
  ]);
  deepEqual(run.after(ends("a[]/s")).when(succeeds("a[]/clean")), [
    "stage.settled a[]/clean #1 succeeded",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (requested: user, enough) JobCancelError",
    "run.settled cancelled WorkflowCancelError",
  ]);
});

test("step() tells clean-up that the run was cancelled", () => {
  const stages = [
    stage("s"),
    stage("f", { condition: "${{ failure() }}" }),
    stage("c", { condition: "${{ cancelled() }}" }),
  ];
  const run = scenario(plan(job("a", { stages })), start, cancelled);
  deepEqual(run.when(ends("a[]/s")).slice(1), [
    "stage.settled a[]/f #0 skipped (condition-false: ${{ failure() }})",
    "stage.started a[]/c #1",
  ]);
});

test("step() runs the clean-up jobs, in their turn, and no others", () => {
  const jobs = [
    job("a"),
    job("b"),
    job("c", { condition: ALWAYS }),
    job("d", { needs: ["c"], condition: ALWAYS }),
  ];
  const run = scenario(plan(jobs, { maxParallel: 1 }), start);
  deepEqual(run.when(cancelled), [
    "cancel.requested (run) (requested: user, enough)",
    "job.settled b cancelled (requested: user, enough)",
  ]);
  // Neither the job that was called off in the line nor its place keeps the slot.
  equal(run.after(cancelled, ends("a[]/s")).state.jobs.get("c")?.phase, "running");
  const cleaned = run.after(cancelled, ends("a[]/s"), succeeds("c[]/s"));
  deepEqual(underway(cleaned), ["d[]/s"]);
  equal(cleaned.after(succeeds("d[]/s")).state.outcome, "cancelled");
});

test("step() ends clean-up too when it is asked a second time, and a third time changes nothing", () => {
  const jobs = [
    job("a", { stages: [stage("s"), clean, stage("more", { condition: ALWAYS })] }),
    job("b", { needs: ["a"], condition: ALWAYS }),
  ];
  const run = scenario(plan(jobs), start, cancelled, ends("a[]/s"));
  deepEqual(run.when(cancelled), [
    "cancel.requested (run) (requested: user, enough) force",
    "job.settled b cancelled (requested: user, enough)",
  ]);
  const forced = run.after(cancelled);
  deepEqual(underway(forced), ["a[]/clean ending"]);
  deepEqual(forced.when(cancelled), []);
  deepEqual(forced.when(ends("a[]/clean")), [
    "stage.settled a[]/clean #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (requested: user, enough) JobCancelError",
    "run.settled cancelled WorkflowCancelError",
  ]);
});

test("step() begins nothing more of a clean-up that opens branches once that was ended", () => {
  const sweep = composite("sweep", { rounds: [["1", "2", "3"]], limit: 1 }, { condition: ALWAYS });
  const run = scenario(
    plan(job("a", { stages: [stage("s"), sweep] })),
    start,
    cancelled,
    ends("a[]/s"),
  );
  deepEqual(underway(run), ["a[]/sweep[1]/x"]);
  deepEqual(run.after(cancelled).when(ends("a[]/sweep[1]/x")), [
    "stage.settled a[]/sweep[1]/x #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[]/sweep[1] cancelled",
    "stage.settled a[]/sweep #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (requested: user, enough) JobCancelError",
    "run.settled cancelled WorkflowCancelError",
  ]);
});

test("step() ends clean-up that takes too long", () => {
  const run = scenario(
    plan(job("a", { stages: [stage("s"), clean] })),
    start,
    cancelled,
    ends("a[]/s"),
  );
  deepEqual(run.when(...later(MAX_CLEANUP_MS - 1)), []);
  deepEqual(run.when(...later(MAX_CLEANUP_MS)), [
    `cancel.requested (run) (timeout: ${MAX_CLEANUP_MS} ms) force`,
  ]);
  deepEqual(run.after(...later(MAX_CLEANUP_MS)).when(...later(MAX_CLEANUP_MS)), []);
  // It was somebody who cancelled it, not the time.
  equal(run.after(...later(MAX_CLEANUP_MS), ends("a[]/clean")).state.outcome, "cancelled");
});

test("step() ends clean-up that takes too long after a job was past its limit", () => {
  const slow = job("a", { timeoutMs: 100, stages: [stage("s"), clean, clean] });
  const run = scenario(plan([slow, job("b")]), start, ...later(100), ends("a[]/s"));
  deepEqual(underway(run), ["b[]/s", "a[]/clean"]);
  deepEqual(run.when(...later(MAX_CLEANUP_MS)), [
    `cancel.requested a (timeout: ${MAX_CLEANUP_MS} ms) force`,
  ]);
  deepEqual(run.after(...later(MAX_CLEANUP_MS)).when(ends("a[]/clean")), [
    "stage.settled a[]/clean #1 cancelled (timeout: 100 ms) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a failed (timeout: 100 ms) JobTimeoutError",
  ]);
});

test("step() cleans up on a later attempt though that of an earlier one was ended", () => {
  const limits = { timeoutMs: 100, retry: { attempts: 1, delayMs: 0 } };
  const run = scenario(
    plan(job("a", { ...limits, stages: [stage("s"), clean] })),
    start,
    ...later(100),
    ends("a[]/s"),
    ...later(MAX_CLEANUP_MS),
    ends("a[]/clean"),
  );
  deepEqual(underway(run), ["a~2[]/s"]);
  const { failure, forced } = run.state.jobs.get("a") ?? {};
  deepEqual([failure, forced], [undefined, false]);
  deepEqual(underway(run.after(...later(100), ends("a~2[]/s"))), ["a~2[]/clean"]);
});

test("step() spares clean-up that had begun already when the run is cancelled", () => {
  const fast = job("a", { ...legs([1, 2], { failFast: true }), stages: [stage("s"), clean] });
  const run = scenario(
    plan(fast),
    start,
    fails("a[n=1]/s"),
    succeeds("a[n=1]/clean"),
    ends("a[n=2]/s"),
  );
  deepEqual(underway(run.after(cancelled)), ["a[n=2]/clean"]);
  deepEqual(underway(run.after(cancelled, cancelled)), ["a[n=2]/clean ending"]);
});

test("step() keeps the limit and the retry of a clean-up stage", () => {
  const stages = [
    stage("s"),
    stage("clean", {
      condition: ALWAYS,
      timeoutMs: 50,
      retry: { attempts: 1, delayMs: 10 },
    }),
  ];
  const run = scenario(plan(job("a", { stages })), start, cancelled, ends("a[]/s"));
  deepEqual(run.when(...later(50)), ["cancel.requested a[]/clean (timeout: 50 ms)"]);
  deepEqual(run.after(...later(50)).when(ends("a[]/clean"), ...later(10)), [
    "stage.retry-scheduled a[]/clean #1 (timeout: 50 ms) in 10 ms",
    "stage.started a[]/clean #2 within 50 ms",
  ]);
  const waiting = run.after(...later(50), ends("a[]/clean"));
  deepEqual(waiting.when(cancelled).slice(0, 2), [
    "cancel.requested (run) (requested: user, enough) force",
    "stage.settled a[]/clean #1 cancelled (requested: user, enough) StageTimeoutError",
  ]);
});

test("step() tries a clean-up job again", () => {
  const jobs = [
    job("a"),
    job("b", { condition: ALWAYS, needs: ["a"], retry: { attempts: 1, delayMs: 5 } }),
  ];
  const run = scenario(plan(jobs), start, cancelled, ends("a[]/s"), fails("b[]/s"));
  deepEqual(run.events.at(-1)?.type, "job.retry-scheduled");
  deepEqual(run.when(...later(5))[0], "job.started b #2");
  deepEqual(run.when(cancelled).slice(1, 2), [
    "job.settled b cancelled (requested: user, enough) JobError",
  ]);
});

test("step() does not try again what the cancelling of the run ended", () => {
  const retried = job("a", {
    retry: { attempts: 3 },
    timeoutMs: 1000,
    stages: [stage("s", { retry: { attempts: 3 }, timeoutMs: 500 })],
  });
  const run = scenario(plan(retried), start, cancelled);
  deepEqual(run.when(...later(5000)), []);
  deepEqual(run.when(fails("a[]/s")), [
    "stage.settled a[]/s #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (requested: user, enough) JobCancelError",
    "run.settled cancelled WorkflowCancelError",
  ]);
});

test("step() takes a stage that was past its limit for cancelled once the run is", () => {
  const run = scenario(
    plan(job("a", { stages: [stage("s", { timeoutMs: 10, retry: { attempts: 1 } })] })),
    start,
    ...later(10),
    cancelled,
  );
  deepEqual(
    run.when(ends("a[]/s"))[0],
    "stage.settled a[]/s #1 cancelled (requested: user, enough) StageCancelError",
  );
});

test("step() ends what waits for its next attempt when the run is cancelled", () => {
  const jobs = [
    job("a", { retry: { attempts: 1, delayMs: 100 } }),
    job("b", { stages: [stage("s", { retry: { attempts: 1, delayMs: 100 } })] }),
  ];
  const run = scenario(plan(jobs), start, fails("a[]/s"), fails("b[]/s"));
  deepEqual(run.when(cancelled), [
    "cancel.requested (run) (requested: user, enough)",
    "job.settled a cancelled (requested: user, enough) JobError",
    "stage.settled b[]/s #1 cancelled (requested: user, enough) StageError",
    "branch.settled b[] cancelled",
    "job.settled b cancelled (requested: user, enough) JobCancelError",
    "run.settled cancelled WorkflowCancelError",
  ]);
});

test("step() takes up clean-up that was lost with the engine", () => {
  const run = scenario(
    plan(job("a", { stages: [stage("s"), clean] })),
    start,
    cancelled,
    ends("a[]/s"),
  );
  deepEqual(run.when(recovered), [
    "stage.retry-scheduled a[]/clean #1 (lost) in 0 ms",
    "stage.started a[]/clean #2",
  ]);
  deepEqual(
    run.after(cancelled).when(recovered)[0],
    "stage.settled a[]/clean #1 cancelled (requested: user, enough) StageCancelError",
  );
});

test("step() cancels nested branches from within outwards", () => {
  const inner = composite("in", { rounds: [["x"]] });
  const outer = composite("out", { rounds: [["1", "2"]] }, { stages: [inner, stage("y")] });
  const run = scenario(plan(job("a", { stages: [outer, stage("z")] })), start, cancelled);
  deepEqual(underway(run), ["a[]/out[1]/in[x]/x ending", "a[]/out[2]/in[x]/x ending"]);
  const [one, two] = underway(run).map((line) => line.replace(" ending", ""));
  deepEqual(run.after(ends(one ?? "")).when(ends(two ?? "")), [
    "stage.settled a[]/out[2]/in[x]/x #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[]/out[2]/in[x] cancelled",
    "stage.settled a[]/out[2]/in #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[]/out[2] cancelled",
    "stage.settled a[]/out #1 cancelled (requested: user, enough) StageCancelError",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (requested: user, enough) JobCancelError",
    "run.settled cancelled WorkflowCancelError",
  ]);
});

test("step() does not begin a run that was never started", () => {
  deepEqual(scenario(plan(job("a"))).when(cancelled, recovered, pause(5)), []);
});
