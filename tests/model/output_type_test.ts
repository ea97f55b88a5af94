import { deepEqual, equal } from "node:assert/strict";
import {
  isOfShape,
  MAX_OUTPUT_TYPE_DEPTH,
  OUTPUT_TYPES,
  parseOutputType,
} from "../../core/model/output_type.ts";
import type { Value } from "../../core/expr/value.ts";
import { test } from "../harness.ts";

function isOf(value: Value, type: string): boolean {
  const shape = parseOutputType(type);
  return shape !== undefined && isOfShape(value, shape);
}

test("parseOutputType() reads names, lists and mappings", () => {
  for (const type of OUTPUT_TYPES) deepEqual(parseOutputType(type), { kind: type });
  deepEqual(parseOutputType("array< array<int> >"), {
    kind: "arrayOf",
    items: { kind: "arrayOf", items: { kind: "int" } },
  });
  deepEqual(parseOutputType("object{rows: int, files:array<str>}"), {
    kind: "object",
    fields: new Map<string, unknown>([
      ["rows", { kind: "int" }],
      ["files", { kind: "arrayOf", items: { kind: "str" } }],
    ]),
  });
});

test("parseOutputType() takes the words of expressions too", () => {
  deepEqual(
    ["string", "number", "object"].map((type) => parseOutputType(type)?.kind),
    ["str", "float", "map"],
  );
});

test("parseOutputType() refuses what is no type", () => {
  const none = [
    "",
    "itn",
    "int int",
    "array<",
    "array<int",
    "array<int>>",
    "array int",
    "int<str>",
    "object{",
    "object{}",
    "object{rows}",
    "object{rows: int",
    "object{rows: int,}x",
    "object{rows: int rows: str}",
    "object{rows: int, rows: str}",
    "object{a b: int}",
    "__proto__",
    "constructor",
  ];
  deepEqual(none.filter((type) => parseOutputType(type) !== undefined), []);
});

test("parseOutputType() ends at its bounds", () => {
  const nested = (depth: number) => "array<".repeat(depth) + "int" + ">".repeat(depth);
  equal(parseOutputType(nested(MAX_OUTPUT_TYPE_DEPTH))?.kind, "arrayOf");
  equal(parseOutputType(nested(MAX_OUTPUT_TYPE_DEPTH + 1)), undefined);
  equal(parseOutputType(`object{${"a".repeat(1_000)}: int}`), undefined);
});

test("isOfShape() looks into lists and mappings, which have no further names", () => {
  equal(isOf([1, 2], "array<int>"), true);
  equal(isOf([1, "2"], "array<int>"), false);
  equal(isOf([], "array<int>"), true);
  equal(isOf({ rows: 3 }, "object{rows: int}"), true);
  equal(isOf({ rows: 3, more: 1 }, "object{rows: int}"), false);
  equal(isOf({}, "object{rows: int}"), false);
  equal(isOf({}, "object{rows: any}"), true);
});

test("isOfShape() takes texts for lengths of time that are some", () => {
  equal(isOf("1h30m", "duration"), true);
  equal(isOf("PT90M", "duration"), true);
  equal(isOf("soon", "duration"), false);
  equal(isOf(90, "duration"), false);
});
