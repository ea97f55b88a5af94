import { deepEqual, equal } from "node:assert/strict";
import { z } from "zod";
import { defineStage, StageError } from "../../core/plugin/stage_kind.ts";
import { testStage } from "../../core/plugin/testing/test_stage.ts";
import { test } from "../harness.ts";

const copy = defineStage({
  name: "copy",
  keys: ["copy"],
  summary: "Copies a value.",
  fields: { copy: z.string(), times: z.int().default(1) },
  outputs: z.object({ copied: z.string() }),
  execute: ({ copy, times }, { print, lookup, env, attempt }) => {
    if (copy === "never") {
      return Promise.reject(
        new StageError("It is never copied", { retryable: false, outputs: { kept: 1 } }),
      );
    }
    if (copy === "wrong") return Promise.resolve({ copied: 1 });
    print(`${copy}\n${lookup("params") === undefined ? "no params" : "params"}`);
    return Promise.resolve({ copied: `${copy.repeat(times)}${env.END ?? ""}${attempt}` });
  },
});

test("testStage() carries out one attempt with what it is given", async () => {
  const { outputs, printed, failure } = await testStage(copy, { copy: "a", times: 2 }, {
    env: { END: "!" },
    names: { params: {} },
    attempt: 3,
  });
  deepEqual([outputs, printed, failure], [{ copied: "aa!3" }, ["a", "params"], undefined]);
});

test("testStage() says why an attempt failed, and keeps what the stage kept", async () => {
  const { outputs, failure } = await testStage(copy, { copy: "never" });
  deepEqual(outputs, { kept: 1 });
  deepEqual(failure, { name: "StageError", message: "It is never copied", retryable: false });
});

test("testStage() refuses input and outputs that the kind does not declare", async () => {
  equal((await testStage(copy, { copy: 1 })).failure?.name, "ValueError");
  equal((await testStage(copy, { copy: "a", other: 1 })).failure?.name, "ValueError");
  equal((await testStage(copy, { copy: "wrong" })).failure?.name, "ValueError");
});
