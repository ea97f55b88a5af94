import { deepEqual, equal, notEqual } from "node:assert/strict";
import { decodeEvent, encodeEvent } from "../../core/run/codec.ts";
import { step } from "../../core/run/decider.ts";
import { demand, wakeTime } from "../../core/run/demand.ts";
import { replay } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import {
  composite,
  fails,
  job,
  language,
  later,
  lineOf,
  plan,
  type Scenario,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

/** What another engine does with the journal. */
function takenUp({ events }: Scenario, at = 0): { lines: string[]; underway: string[] } {
  const state = replay(events.map(encodeEvent).map(decodeEvent));
  const lines = step(state, { type: "recover", at }, language).map(lineOf);
  return { lines, underway: demand(state).map(({ key }) => key) };
}

test("step() begins lost attempts again under another number, and leaves finished stages alone", () => {
  const jobs = [job("a", { stages: [stage("s"), stage("t")] }), job("b")];
  const run = scenario(plan(jobs), start, succeeds("a[]/s"));
  deepEqual(takenUp(run), {
    lines: [
      "stage.retry-scheduled b[]/s #1 (lost) in 0 ms",
      "stage.retry-scheduled a[]/t #1 (lost) in 0 ms",
      "stage.started b[]/s #2",
      "stage.started a[]/t #2",
    ],
    underway: ["b[]/s#2", "a[]/t#2"],
  });
});

test("step() fails a lost stage that must not run twice", () => {
  const once = job("a", { stages: [stage("s", { onLost: "fail", retry: { attempts: 3 } })] });
  deepEqual(takenUp(scenario(plan(once), start)).lines, [
    "stage.settled a[]/s #1 failed (lost) StageLostError",
    "branch.settled a[] failed",
    "job.settled a failed JobError",
    "run.settled failed WorkflowError",
  ]);
});

test("step() does not count a lost attempt as a failure", () => {
  const retried = job("a", { stages: [stage("s", { retry: { attempts: 1, delayMs: 0 } })] });
  const run = scenario(plan(retried), start, fails("a[]/s"));
  const state = replay(run.events);
  step(state, { type: "recover", at: 0 }, language);
  deepEqual([state.stages.get("a[]/s")?.attempt, state.stages.get("a[]/s")?.failures], [3, 1]);
});

test("step() gives a stage up that is lost again and again", () => {
  const run = scenario(plan(job("a")), start);
  const state = replay(run.events);
  for (let n = 0; n < 101 && state.phase !== "settled"; n++) {
    step(state, { type: "recover", at: n }, language);
  }
  equal(state.stages.get("a[]/s")?.losses, 100);
  equal(state.stages.get("a[]/s")?.failure?.name, "StageLostError");
});

test("step() goes on waiting for what was waiting, and begins at once what is overdue", () => {
  const waits = job("a", { stages: [stage("s", { retry: { attempts: 1, delayMs: 500 } })] });
  const run = scenario(plan(waits), start, fails("a[]/s"));
  deepEqual(takenUp(run, 100).lines, []);
  deepEqual(takenUp(run, 600).lines, ["stage.started a[]/s #2"]);
  deepEqual(wakeTime(replay(run.events)), 500);
});

test("step() ends at once what went past its limit while nobody was there", () => {
  deepEqual(takenUp(scenario(plan(job("a"), { timeoutMs: 100 }), start), 5_000).lines, [
    "stage.retry-scheduled a[]/s #1 (lost) in 0 ms",
    "cancel.requested (run) (timeout: 100 ms)",
    "stage.settled a[]/s #1 cancelled (timeout: 100 ms) StageLostError",
    "branch.settled a[] cancelled",
    "job.settled a cancelled (timeout: 100 ms) JobCancelError",
    "run.settled failed WorkflowTimeoutError",
  ]);
});

test("step() goes on from between any two events of a journal", () => {
  const fan = composite("fan", { rounds: [["1", "2"], ["3"]] }, { retry: { attempts: 1 } });
  const jobs = [
    job("a", { stages: [stage("s"), fan], retry: { attempts: 1, delayMs: 0 } }),
    job("b", { needs: ["a"], condition: "${{ always() }}" }),
  ];
  const whole = scenario(
    plan(jobs),
    start,
    succeeds("a[]/s"),
    succeeds("a[]/fan[1]/x"),
    succeeds("a[]/fan[2]/x"),
    succeeds("a[]/fan[3]/x"),
    succeeds("b[]/s"),
  );
  equal(whole.state.outcome, "succeeded");
  for (let cut = 1; cut < whole.events.length; cut++) {
    const state = replay(whole.events.slice(0, cut));
    let at = 10;
    step(state, { type: "recover", at }, language);
    while (state.phase !== "settled") {
      const [next] = demand(state);
      const report = next && { stage: next.address, attempt: next.attempt };
      at = report === undefined ? wakeTime(state) : at;
      notEqual(at, Infinity, `the run goes on when it is cut after ${cut}`);
      step(
        state,
        report === undefined
          ? { type: "wake", at }
          : { type: "report", at, ...report, outcome: "succeeded", outputs: {} },
        language,
      );
    }
    equal(state.outcome, "succeeded", `cut after ${cut}`);
  }
});

test("step() keeps the limit of a stage that was lost", () => {
  const run = scenario(plan(job("a", { stages: [stage("s", { timeoutMs: 50 })] })), start);
  const state = replay(run.events);
  deepEqual(step(state, { type: "recover", at: 1000 }, language).map(lineOf), [
    "stage.retry-scheduled a[]/s #1 (lost) in 0 ms",
    "stage.started a[]/s #2 within 50 ms",
  ]);
  equal(wakeTime(state), 1050);
  deepEqual(run.when(...later(50)), ["cancel.requested a[]/s (timeout: 50 ms)"]);
});
