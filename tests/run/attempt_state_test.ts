import { deepEqual, equal } from "node:assert/strict";
import { test } from "../harness.ts";
import {
  cancelled,
  ends,
  fails,
  type Happening,
  job,
  later,
  plan,
  scenario,
  stage,
  start,
} from "./scenario.ts";

test("step() begins a further attempt of a stage with nothing of the one before", () => {
  const limits = { timeoutMs: 100, retry: { attempts: 2, delayMs: 500 } };
  const run = scenario(plan(job("a", { stages: [stage("s", limits)] })), start);
  for (
    const again of [
      run.after(fails("a[]/s"), ...later(500)),
      run.after(...later(100), ends("a[]/s"), ...later(500)),
    ]
  ) {
    const { phase, attempt, failure, outputs, cancel, forced } = again.state.stages.get("a[]/s")!;
    deepEqual({ phase, attempt, failure, outputs, cancel, forced }, {
      ...{ phase: "running", attempt: 2, failure: undefined },
      ...{ outputs: undefined, cancel: undefined, forced: false },
    });
  }
});

test("step() says of a cancelled run that to try it again is no help", () => {
  const { state } = scenario(plan(job("a")), start, cancelled, ends("a[]/s"));
  equal(state.failure?.retryable, false);
});

test("step() does not say of a stage that was set to failed that to try it again may help", () => {
  const reason = { kind: "overridden", by: "anna", why: "it is wrong" } as const;
  const given = [{ stage: "a[]/s", outcome: "failed", outputs: {}, reason }] as const;
  const startGiven: Happening = {
    kind: "command",
    at: (at, plan) => ({ type: "start", at, run: "r", plan, given }),
  };
  const { state } = scenario(plan(job("a")), startGiven);
  equal(state.stages.get("a[]/s")?.failure?.retryable, false);
});
