import { deepEqual, equal, match } from "node:assert/strict";
import { endingOf } from "../../core/engine/attempt_ending.ts";
import type { Value } from "../../core/expr/value.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { test } from "../harness.ts";

test("what a stage threw is told as it is", () => {
  const error = new StageError("no rows", {
    name: "ValueError",
    outputs: { n: 0 },
    retryable: false,
  });
  deepEqual(endingOf(error), {
    outcome: "failed",
    outputs: { n: 0 },
    failure: { name: "ValueError", message: "no rows", retryable: false },
  });
});

test("details with a forbidden name are left out, and the message says so", () => {
  const details: Value = JSON.parse('{"headers": {"constructor": "x"}}');
  const { outputs, failure } = endingOf(new StageError("status 500", { details: { details } }));
  deepEqual(outputs, {});
  equal(failure?.details, undefined);
  match(failure?.message ?? "", /^status 500; its details are left out: .*"constructor" is a forb/);
});

test("outputs that nest too deep are left out, and the message says so", () => {
  let deep: Value = 1;
  for (let level = 0; level < 100; level++) deep = { deep };
  const { outputs, failure } = endingOf(new StageError("child failed", { outputs: { deep } }));
  deepEqual(outputs, {});
  match(failure?.message ?? "", /^child failed; its outputs are left out: .*levels beyond/);
});

test("an error that cannot be read ends the attempt all the same", () => {
  const trap = new Error("x");
  Object.defineProperty(trap, "message", {
    get: () => {
      throw new TypeError("not for you");
    },
  });
  for (const thrown of [trap, Object.create(null), new Proxy({}, { getPrototypeOf: refuse })]) {
    const { outcome, failure } = endingOf(thrown);
    equal(outcome, "failed");
    match(failure?.message ?? "", /cannot be read/);
  }
});

function refuse(): never {
  throw new Error("no");
}
