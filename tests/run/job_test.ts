import { deepEqual, equal } from "node:assert/strict";
import type { TriggerRule } from "../../core/plan/plan.ts";
import { test } from "../harness.ts";
import {
  cancelled,
  ends,
  fails,
  job,
  later,
  pause,
  plan,
  recovered,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

const ALWAYS = "${{ always() }}";

/** Only what is said of jobs and of the run. */
function jobsIn(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => /^(job|run)\./.test(line));
}

test("step() begins the jobs that need nothing, and their first stages", () => {
  deepEqual(scenario(plan(job("load"))).when(start), [
    "run.started",
    "job.started load #1",
    "scope.opened load round 1:",
    "branch.started load[]",
    "stage.started load[]/s #1",
  ]);
});

test("step() ends everything around the last stage", () => {
  deepEqual(scenario(plan(job("load")), start).when(succeeds("load[]/s", { rows: 3 })), [
    "stage.settled load[]/s #1 succeeded {'rows': 3}",
    "branch.settled load[] succeeded",
    "job.settled load succeeded",
    "run.settled succeeded",
  ]);
});

test("step() runs the stages of a job one after another", () => {
  const twice = plan(job("load", { stages: [stage("s"), stage("t")] }));
  deepEqual(scenario(twice, start).when(succeeds("load[]/s")), [
    "stage.settled load[]/s #1 succeeded",
    "stage.started load[]/t #1",
  ]);
});

test("step() runs no further stage once one has failed, but those that ask how things went", () => {
  const job1 = job("load", {
    stages: [
      stage("s"),
      stage("t"),
      stage("u", { condition: "${{ failure() }}" }),
      stage("v", { condition: "${{ success() }}" }),
      stage("w", { condition: "${{ params.yes }}" }),
    ],
  });
  const run = scenario(plan(job1, { params: { yes: true } }), start);
  deepEqual(run.when(fails("load[]/s")), [
    "stage.settled load[]/s #1 failed StageError",
    "stage.started load[]/u #1",
  ]);
  deepEqual(run.after(fails("load[]/s")).when(succeeds("load[]/u")), [
    "stage.settled load[]/u #1 succeeded",
    "stage.settled load[]/v #0 skipped (condition-false: ${{ success() }})",
    "branch.settled load[] failed",
    "job.settled load failed JobError",
    "run.settled failed WorkflowError",
  ]);
});

test("step() says of what a job failed", () => {
  const run = scenario(plan(job("load")), start, fails("load[]/s"));
  equal(
    run.state.jobs.get("load")?.failure?.message,
    "Strategy execution was break because its nested-stage, 's', failed.",
  );
  equal(run.state.failure?.message, "Job execution, 'load', was failed.");
});

test("step() settles a run without jobs at once", () => {
  deepEqual(scenario(plan([])).when(start), ["run.started", "run.settled succeeded"]);
});

test("step() skips a job without stages", () => {
  deepEqual(jobsIn(scenario(plan(job("load", { stages: [] }))).when(start)), [
    "run.started",
    "job.started load #1",
    "job.settled load skipped (all-skipped)",
    "run.settled skipped",
  ]);
});

test("step() waits for all needs of a job", () => {
  const jobs = [job("a"), job("b"), job("c", { needs: ["a", "b"] })];
  const run = scenario(plan(jobs), start, succeeds("a[]/s"));
  equal(run.events.some((event) => event.type === "job.started" && event.job === "c"), false);
  deepEqual(jobsIn(run.when(succeeds("b[]/s"))), ["job.settled b succeeded", "job.started c #1"]);
});

test("step() does not wait for a need that is left out of the run", () => {
  const jobs = [
    job("a"),
    job("b", { needs: ["a", "gone"], condition: "needs.gone.result == 'skipped'" }),
  ];
  deepEqual(jobsIn(scenario(plan(jobs), start).when(succeeds("a[]/s"))), [
    "job.settled a succeeded",
    "job.started b #1",
  ]);
});

test("step() gives no more jobs a slot than there are, first come first served", () => {
  const jobs = [job("a"), job("b"), job("c"), job("d", { needs: ["a"] })];
  const run = scenario(plan(jobs, { maxParallel: 2 }));
  deepEqual(jobsIn(run.when(start)), ["run.started", "job.started a #1", "job.started b #1"]);
  const next = run.after(start);
  deepEqual(jobsIn(next.when(succeeds("a[]/s"))), ["job.settled a succeeded", "job.started c #1"]);
  deepEqual(jobsIn(next.after(succeeds("a[]/s")).when(succeeds("b[]/s"))), [
    "job.settled b succeeded",
    "job.started d #1",
  ]);
});

test("step() lets each trigger rule have its way", () => {
  const ends = { succeeded: succeeds("a[]/s"), failed: fails("a[]/s") };
  const outcomes = (rule: TriggerRule, end: "succeeded" | "failed") => {
    const run = scenario(plan([job("a"), job("b", { needs: ["a"], rule })]), start);
    return jobsIn(run.when(ends[end]))[1];
  };
  const unmet = (rule: string, outcome: string) =>
    `job.settled b skipped (rule-unmet: ${rule}, a ${outcome})`;
  deepEqual(
    (["succeeded", "failed"] as const).map((end) => [
      outcomes("all_success", end),
      outcomes("all_failed", end),
      outcomes("all_done", end),
      outcomes("one_success", end),
      outcomes("one_failed", end),
      outcomes("none_failed", end),
      outcomes("none_skipped", end),
    ]),
    [
      [
        "job.started b #1",
        unmet("all_failed", "succeeded"),
        "job.started b #1",
        "job.started b #1",
        unmet("one_failed", "succeeded"),
        "job.started b #1",
        "job.started b #1",
      ],
      [
        unmet("all_success", "failed"),
        "job.started b #1",
        "job.started b #1",
        unmet("one_success", "failed"),
        "job.started b #1",
        unmet("none_failed", "failed"),
        "job.started b #1",
      ],
    ],
  );
});

test("step() fails the run when a trigger rule is not met, unless a skipped need is why", () => {
  const failed = plan([job("a"), job("b", { needs: ["a"], rule: "all_failed" })]);
  const run = scenario(failed, start, succeeds("a[]/s"));
  equal(run.state.outcome, "failed");
  equal(run.state.failure?.message, "Validate job trigger rule was failed with 'all_failed'.");

  const jobs = [job("a"), job("b", { condition: false }), job("c", { needs: ["a", "b"] })];
  const mixed = scenario(plan(jobs), start, succeeds("a[]/s"));
  equal(mixed.state.jobs.get("c")?.outcome, "skipped");
  equal(mixed.state.outcome, "succeeded");
});

test("step() begins no other job once a rule is not met, but those that ask how things went", () => {
  const asks = { condition: "${{ always() }}" };
  const run = scenario(
    plan([
      ...[job("a"), job("b", { needs: ["a"] }), job("c"), job("d", { needs: ["c"] })],
      ...[job("e", { needs: ["c"], ...asks }), job("f", { needs: ["d"], rule: "all_done" })],
    ], { maxParallel: 4 }),
    start,
    fails("a[]/s"),
  );
  deepEqual(jobsIn(run.when(succeeds("c[]/s"))), [
    "job.settled c succeeded",
    "job.settled d skipped (run-aborted)",
    "job.settled f skipped (needs-skipped)",
    "job.started e #1",
  ]);
  const { state } = run.after(succeeds("c[]/s"), succeeds("e[]/s"));
  equal(state.failure?.message, "Validate job trigger rule was failed with 'all_success'.");
});

test("step() skips a job all of whose needs were skipped", () => {
  const jobs = [job("a", { condition: false }), job("b", { needs: ["a"], rule: "all_done" })];
  deepEqual(jobsIn(scenario(plan(jobs)).when(start)), [
    "run.started",
    "job.settled a skipped (condition-false: false)",
    "job.settled b skipped (needs-skipped)",
    "run.settled skipped",
  ]);
});

test("step() looks at a condition after the rule", () => {
  const jobs = (condition: string) => [job("a"), job("b", { needs: ["a"], condition })];
  deepEqual(jobsIn(scenario(plan(jobs("${{ false }}")), start).when(succeeds("a[]/s"))), [
    "job.settled a succeeded",
    "job.settled b skipped (condition-false: ${{ false }})",
    "run.settled succeeded",
  ]);
  deepEqual(jobsIn(scenario(plan(jobs("${{ true }}")), start).when(fails("a[]/s"))), [
    "job.settled a failed JobError",
    "job.settled b skipped (rule-unmet: all_success, a failed)",
    "run.settled failed WorkflowError",
  ]);
});

test("step() asks a condition about needs instead of the default rule", () => {
  const verdict = (condition: string, end = fails("a[]/s")) => {
    const jobs = [job("a"), job("b", { needs: ["a"], condition })];
    return jobsIn(scenario(plan(jobs), start).when(end))[1];
  };
  const started = "job.started b #1";
  equal(verdict(ALWAYS), started);
  equal(verdict("${{ failure() }}"), started);
  equal(verdict("${{ needs.a.result == 'failure' }}"), started);
  equal(
    verdict("${{ failure() }}", succeeds("a[]/s")),
    "job.settled b skipped (condition-false: ${{ failure() }})",
  );
  equal(verdict("${{ success() }}", succeeds("a[]/s")), started);
});

test("step() looks at a stated rule before a condition about needs", () => {
  const jobs = [job("a"), job("b", { needs: ["a"], rule: "all_success", condition: ALWAYS })];
  deepEqual(jobsIn(scenario(plan(jobs), start).when(fails("a[]/s"))).slice(0, 2), [
    "job.settled a failed JobError",
    "job.settled b skipped (rule-unmet: all_success, a failed)",
  ]);
});

test("step() goes by both seed patterns: a fallback runs, and the run has failed", () => {
  const robust = plan([
    job("main"),
    job("fallback", { needs: ["main"], condition: "${{ needs.main.result == 'failure' }}" }),
    job("cleanup", { needs: ["main", "fallback"], condition: ALWAYS }),
  ]);
  const failed = scenario(robust, start, fails("main[]/s"), succeeds("fallback[]/s"));
  deepEqual(jobsIn(failed.when(succeeds("cleanup[]/s"))), [
    "job.settled cleanup succeeded",
    "run.settled failed WorkflowError",
  ]);
  const fine = scenario(robust, start, succeeds("main[]/s"));
  equal(fine.state.jobs.get("fallback")?.outcome, "skipped");
  deepEqual(jobsIn(fine.when(succeeds("cleanup[]/s"))), [
    "job.settled cleanup succeeded",
    "run.settled succeeded",
  ]);
});

test("step() fails a job whose condition cannot be told, and goes on", () => {
  const jobs = [job("a", { condition: "${{ nothing.here }}" }), job("b")];
  deepEqual(jobsIn(scenario(plan(jobs)).when(start)), [
    "run.started",
    "job.settled a failed UtilError",
    "job.started b #1",
  ]);
  const odd = scenario(plan(job("a", { condition: "${{ 1 + 1 }}" })), start);
  equal(odd.state.jobs.get("a")?.failure?.name, "TypeError");
});

test("step() treats an empty condition as none", () => {
  deepEqual(
    jobsIn(scenario(plan(job("a", { condition: "" }))).when(start)).at(-1),
    "job.started a #1",
  );
});

test("step() fails a job for which there is no runner", () => {
  const elsewhere = job("a", { runsOn: { type: "moon", with: {} } });
  deepEqual(jobsIn(scenario(plan(elsewhere)).when(start)), [
    "run.started",
    "job.started a #1",
    "job.settled a failed JobError",
    "run.settled failed WorkflowError",
  ]);
});

test("step() tries a failed job again, in a new scope, after its wait", () => {
  const run = scenario(plan(job("a", { retry: { attempts: 1, delayMs: 500 } })), start);
  const failed = run.after(fails("a[]/s"));
  deepEqual(run.when(fails("a[]/s")), [
    "stage.settled a[]/s #1 failed StageError",
    "branch.settled a[] failed",
    "job.retry-scheduled a #1 in 500 ms JobError",
  ]);
  deepEqual(failed.when(...later(499)), []);
  deepEqual(failed.when(...later(500)), [
    "job.started a #2",
    "scope.opened a~2 round 1:",
    "branch.started a~2[]",
    "stage.started a~2[]/s #1",
  ]);
  deepEqual(jobsIn(failed.after(...later(500)).when(fails("a~2[]/s"))), [
    "job.settled a failed JobError",
    "run.settled failed WorkflowError",
  ]);
});

test("step() tries a job again for a failure that trying its stage again cannot help", () => {
  const run = scenario(plan(job("a", { retry: { attempts: 3 } })), start);
  deepEqual(jobsIn(run.when(fails("a[]/s", { retryable: false }))), [
    "job.retry-scheduled a #1 in 0 ms JobError",
    "job.started a #2",
  ]);
});

test("step() gives the slot of a waiting job to another, and queues for one again", () => {
  const jobs = [job("a", { retry: { attempts: 1, delayMs: 100 } }), job("b")];
  const run = scenario(plan(jobs, { maxParallel: 1 }), start);
  deepEqual(jobsIn(run.when(fails("a[]/s"))), [
    "job.retry-scheduled a #1 in 100 ms JobError",
    "job.started b #1",
  ]);
  const due = run.after(fails("a[]/s"), ...later(100));
  deepEqual(jobsIn(due.when(...later(100))), []);
  deepEqual(jobsIn(due.when(succeeds("b[]/s"))), ["job.settled b succeeded", "job.started a #2"]);
});

test("step() resolves a job's retry and limit when it begins", () => {
  const templated = job("a", {
    retry: { attempts: "${{ params.n }}", delayMs: 1 },
    timeoutMs: "${{ params.n }}",
  });
  deepEqual(jobsIn(scenario(plan(templated, { params: { n: 2 } })).when(start)), [
    "run.started",
    "job.started a #1 within 2000 ms",
  ]);
  const [, failed] = jobsIn(scenario(plan(templated, { params: { n: "x" } })).when(start));
  equal(failed, "job.settled a failed ValueError");
  const run = scenario(plan(templated, { params: { n: 1.5 } }), start);
  equal(
    run.state.jobs.get("a")?.failure?.message,
    'Cannot use "retry": it must be a whole number from 0 to 1000, and is 1.5',
  );
});

test("step() gives the slot of a job that could not begin to the next", () => {
  const jobs = [job("a", { timeoutMs: "${{ params.nothing }}" }), job("b")];
  deepEqual(jobsIn(scenario(plan(jobs, { maxParallel: 1 })).when(start)), [
    "run.started",
    "job.settled a failed UtilError",
    "job.started b #1",
  ]);
});

test("step() takes a job for cancelled when a stage of it says so, and so the run", () => {
  const jobs = [job("a"), job("b", { needs: ["a"] }), job("c", { needs: ["a"], rule: "all_done" })];
  const run = scenario(plan(jobs), start);
  deepEqual(jobsIn(run.when(ends("a[]/s"))), [
    "job.settled a cancelled JobCancelError",
    "job.settled b skipped (rule-unmet: all_success, a cancelled)",
    "job.started c #1",
  ]);
  const { state } = run.after(ends("a[]/s"), succeeds("c[]/s"));
  equal(state.outcome, "cancelled");
  equal(
    state.failure?.message,
    "Job execution, 'a', was canceled from the event after end job execution.",
  );
});

test("step() keeps the time of a run from running back", () => {
  const run = scenario(
    plan(job("a", { stages: [stage("s"), stage("t", { timeoutMs: 10 })] })),
    start,
  );
  const back = run.after(pause(1000), succeeds("a[]/s"), pause(-500));
  deepEqual(back.when(...later(0)), []);
  deepEqual(back.after(...later(505)).events.map(({ at }) => at).toSorted((a, b) => a - b), [
    ...back.after(...later(505)).events.map(({ at }) => at),
  ]);
  deepEqual(back.when(...later(511)), ["cancel.requested a[]/t (timeout: 10 ms)"]);
});

test("step() keeps a wait from being cut short by a clock that is set back", () => {
  const jobs = [job("a", { retry: { attempts: 1, delayMs: 100 } }), job("b")];
  const run = scenario(plan(jobs, { maxParallel: 1 }), start, fails("a[]/s"), ...later(100));
  const [first] = run.after(pause(-50), succeeds("b[]/s")).events.slice(-4);
  equal(first?.type, "job.started");
  equal(first?.at, 100);
});

test("step() ignores whatever comes after the end", () => {
  const run = scenario(plan(job("a")), start, succeeds("a[]/s"));
  deepEqual(run.when(succeeds("a[]/s"), cancelled, recovered, start, ...later(10)), []);
});

test("step() ignores a late report and a second one", () => {
  const run = scenario(
    plan(job("a", { stages: [stage("s", { retry: { attempts: 1, delayMs: 0 } }), stage("t")] })),
    start,
    fails("a[]/s"),
  );
  deepEqual(run.when(succeeds("a[]/s", {}, 1)), []);
  deepEqual(run.after(succeeds("a[]/s", {}, 2)).when(succeeds("a[]/s", {}, 2)), []);
  deepEqual(run.when(succeeds("a[]/t"), succeeds("b[]/s")), []);
});
