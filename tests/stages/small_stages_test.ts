import assert from "node:assert/strict";
import { z } from "zod";
import { templated } from "../../core/model/templated.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { ChildRun, Runs } from "../../core/plugin/stage_kind.ts";
import { empty } from "../../stages/empty.ts";
import { raise } from "../../stages/raise.ts";
import { trigger } from "../../stages/trigger.ts";
import { test } from "../harness.ts";
import { carryOut, failure } from "./stage_context.ts";

function runs(run: Partial<ChildRun>, started: unknown[] = []): Runs {
  return {
    start: (workflow, params) => {
      started.push(workflow, params);
      return Promise.resolve({ runId: "child", status: "SUCCESS", context: {}, ...run });
    },
  };
}

test("templated() takes what its schema takes, or a template", () => {
  const schema = templated(z.number().max(5));
  assert.equal(schema.parse(3), 3);
  assert.equal(schema.parse("${{ x }}"), "${{ x }}");
  assert.equal(schema.safeParse("3").success, false);
  assert.match(schema.safeParse(6).error?.issues[0]?.message ?? "", /<=5/);
});

test("empty does nothing", async () => {
  assert.deepEqual(await carryOut(empty(), {}), { outputs: {}, lines: [] });
});

test("empty prints its text, dedented", async () => {
  const { lines } = await carryOut(empty(), { echo: "\n  hello\n    world\n\n" });
  assert.deepEqual(lines, ["hello", "  world"]);
  assert.deepEqual((await carryOut(empty(), { echo: 5 })).lines, ["5"]);
  assert.deepEqual((await carryOut(empty(), { echo: ["a", 1] })).lines, ["['a', 1]"]);
});

test("empty sleeps after it has spoken", async () => {
  const clock = new ManualClock();
  const { promise: spoken, resolve: onPrint } = Promise.withResolvers<string>();
  const attempt = carryOut(empty(), { echo: "wait", sleep: 1.5 }, { clock, onPrint });
  assert.equal(await spoken, "wait");
  const before = clock.now();
  await clock.advance(1_500);
  await attempt;
  assert.equal(clock.now() - before, 1_500);
});

test("empty wakes up when it is cancelled", async () => {
  const abort = new AbortController();
  const attempt = carryOut(empty(), { sleep: 1_000 }, { signal: abort.signal });
  abort.abort(new Error("Cancelled"));
  assert.equal((await failure(attempt)).message, "Cancelled");
});

test("empty takes less than half an hour, and no text for a number", async () => {
  const schema = z.object(empty().fields);
  assert.equal(schema.safeParse({ sleep: 1_800 }).success, false);
  assert.equal(schema.safeParse({ sleep: -1 }).success, false);
  assert.equal(schema.safeParse({ sleep: 1_799.9 }).success, true);
  assert.equal(schema.safeParse({ sleep: "${{ params.s }}" }).success, true);
  assert.match((await failure(carryOut(empty(), { sleep: "${{ x" }))).message, /no number/);
});

test("raise fails with its text and is not tried again", async () => {
  const error = await failure(carryOut(raise(), { raise: "Demo raise\nsecond line" }));
  assert.equal(error.message, "Demo raise\nsecond line");
  assert.equal(error.name, "StageError");
  assert.equal(error.retryable, false);
});

test("trigger hands over parameters, and has the context as outputs", async () => {
  const started: unknown[] = [];
  const context = { params: { a: 1 }, jobs: { j: { status: "SUCCESS" } }, status: "SUCCESS" };
  const { outputs } = await carryOut(trigger(), { trigger: "other", params: { a: 1 } }, {
    runs: runs({ context }, started),
  });
  assert.deepEqual(outputs, { params: { a: 1 }, jobs: { j: { status: "SUCCESS" } } });
  assert.deepEqual(started, ["other", { a: 1 }]);
  assert.deepEqual((await carryOut(trigger(), { trigger: "x" }, { runs: runs({}) })).outputs, {
    jobs: {},
  });
});

test("trigger fails as the workflow that it started did", async () => {
  const attempt = (run: Partial<ChildRun>) =>
    failure(carryOut(trigger(), { trigger: "other" }, { runs: runs(run) }));
  const failed = await attempt({
    status: "FAILED",
    message: "Job execution, 'first-job', was failed.",
    context: { params: {}, jobs: { j: 1 } },
  });
  assert.equal(
    failed.message,
    "Trigger workflow was failed with:\nJob execution, 'first-job', was failed.",
  );
  assert.deepEqual(failed.outputs, { params: {}, jobs: { j: 1 } });
  assert.equal((await attempt({ status: "FAILED" })).message, "Trigger workflow was failed.");

  const cancelled = await attempt({ status: "CANCEL" });
  assert.deepEqual([cancelled.name, cancelled.message, cancelled.outcome], [
    "StageCancelError",
    "Trigger workflow was cancel.",
    "cancelled",
  ]);
  const skipped = await attempt({ status: "SKIP", context: { params: {}, jobs: { j: 2 } } });
  assert.equal(skipped.outcome, "skipped");
  assert.deepEqual(skipped.outputs, { params: {}, jobs: { j: 2 } });
});
