import { deepEqual, equal } from "node:assert/strict";
import { codeOutputs } from "../../core/check/contexts/code_outputs.ts";
import type { CodeLanguage } from "../../core/model/stage_syntax.ts";
import { test } from "../harness.ts";

function names(language: CodeLanguage, text: string): readonly string[] | undefined {
  const outputs = codeOutputs(language, text);
  return outputs && [...outputs.names()];
}

for (
  const [text, expected] of [
    ["result.outputs = {};", []],
    ["result.outputs = { a: 1, 'b c': [1, { d: 2 }], e, f() { return 1; } };", [
      "a",
      "b c",
      "e",
      "f",
    ]],
    ["result.outputs = {\n  // why\n  a: f(',', \"}\"), /* b */\n  c: 1,\n};", ["a", "c"]],
    ["result.outputs.a = 1; result.outputs['b'] = 2;", ["a", "b"]],
    ["result.outputs = { ...all };", undefined],
    ["result.outputs = { [key]: 1 };", undefined],
    ["result.outputs = all;", undefined],
    ["Object.assign(result.outputs, all);", undefined],
    ["result.outputs[key] = 1;", undefined],
    ["const r = result; r.outputs = all;", undefined],
    ["export * from 'x';", undefined],
    ["result.outputs = { a: `", undefined],
    ["", []],
  ] as const
) {
  test(`codeOutputs() reads ${JSON.stringify(text)}`, () => {
    deepEqual(names("ts", text), expected);
  });
}

test("codeOutputs() takes every word of a script for a name that it may leave", () => {
  const exported = codeOutputs("js", "export const total = 1;");
  equal(exported?.get("total")?.type.kind, "any");
  equal(exported?.get("totals"), undefined);
  equal(codeOutputs("python", "rows = 3")?.get("rows")?.type.kind, "any");
  equal(codeOutputs("python", "from x import *"), undefined);
});

test("codeOutputs() knows that bash leaves nothing more unless it writes to its output file", () => {
  deepEqual(names("bash", "echo a=1"), []);
  equal(names("bash", 'echo a=1 >> "$SLUICE_OUTPUT"'), undefined);
});

test("codeOutputs() ends on any text", () => {
  for (const part of ["result.outputs = {", "{", "'", "a:", "// ", "result.outputs", "\\"]) {
    codeOutputs("ts", part.repeat(5_000));
    codeOutputs("ts", `result.outputs = {${part.repeat(5_000)}`);
  }
});
