import { deepEqual, equal, match } from "node:assert/strict";
import { z } from "zod";
import { assertDeclaredOutputs } from "../../core/engine/declared_outputs.ts";
import { defineStage, StageError } from "../../core/plugin/stage_kind.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

const outputs = z.object({
  rows: z.number(),
  where: z.object({ file: z.string() }).optional(),
});

function given(left: unknown, schema: z.ZodType | undefined = outputs): string {
  try {
    assertDeclaredOutputs({ name: "count", ...(schema && { outputs: schema }) }, left);
    return "";
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    deepEqual([error.name, error.retryable], ["OutputError", false]);
    return error.message.replace(/^Stage kind "count" left outputs other than it declares: /, "");
  }
}

test("assertDeclaredOutputs() lets outputs be that fit", () => {
  equal(given({ rows: 3 }), "");
  equal(given({ rows: 3, where: { file: "a.csv" } }), "");
});

test("assertDeclaredOutputs() lets a kind leave more than it declares", () => {
  equal(given({ rows: 3, seconds: 1 }), "");
});

test("assertDeclaredOutputs() names each output that does not fit", () => {
  equal(
    given({ rows: "three", where: { file: null } }),
    '"rows" must be a number, but it is "three"; "file" must be a text, but it is empty',
  );
});

test("assertDeclaredOutputs() names an output that is missing", () => {
  equal(given({}), 'It has no "rows", which it needs');
});

test("assertDeclaredOutputs() asks nothing of a kind that declares nothing", () => {
  assertDeclaredOutputs({ name: "any" }, { rows: "three" });
});

test("assertDeclaredOutputs() tells of a few problems, however many there are", () => {
  const many = z.record(z.string(), z.number());
  const left = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`n${i}`, "x"]));
  equal(given(left, many).split("; ").length, 5);
});

test("a stage whose kind leaves what it does not declare fails once, and says why", async () => {
  let attempts = 0;
  const count = defineStage({
    name: "count",
    keys: ["count"],
    summary: "Counts wrongly.",
    fields: { count: z.string() },
    outputs,
    execute: () => {
      attempts++;
      return Promise.resolve({ rows: "three" });
    },
  });
  await using sluice = await openSluice({
    memory: true,
    audit: false,
    plugins: [{ name: "counting", stages: [count] }],
  });
  const text = "w: {type: Workflow, jobs: {a: {stages: [{name: C, id: c, count: x, retry: 3}]}}}";
  const { workflows: [workflow] } = await sluice.loadText(text, "w.yml");
  const { status, context } = await (await sluice.engine.start(workflow!)).result;
  deepEqual([status, attempts], ["FAILED", 1]);
  match(
    JSON.stringify(context.jobs).replaceAll('\\"', '"'),
    /Stage kind "count" left outputs other than it declares: "rows" must be a number/,
  );
});
