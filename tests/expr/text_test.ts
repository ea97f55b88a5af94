import assert from "node:assert/strict";
import { Datetime } from "../../core/expr/datetime.ts";
import {
  boundedText,
  MAX_TEXT_CHARS,
  MAX_VALUE_DEPTH,
  reprOf,
  shortReprOf,
  textOf,
} from "../../core/expr/text.ts";
import type { Value } from "../../core/expr/value.ts";
import { viewOf } from "../../core/expr/view.ts";
import { test } from "../harness.ts";
import { failureOf } from "./context.ts";

// Made with Python 3.11.
const REPRS: readonly (readonly [Value, string])[] = [
  [null, "None"],
  [true, "True"],
  [false, "False"],
  [1, "1"],
  [-0, "0"],
  [1.5, "1.5"],
  [1e-5, "1e-05"],
  [1.5e-7, "1.5e-07"],
  [1.25e-12, "1.25e-12"],
  [123456789012.5, "123456789012.5"],
  [1e21, "1000000000000000000000"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
  [NaN, "nan"],
  ["a", "'a'"],
  ["it's", `"it's"`],
  ['q"q', `'q"q'`],
  [`it's "q"`, `'it\\'s "q"'`],
  ["é\n\t\r\\ \0\x7f\u200b\u00a0\u2028😀", "'é\\n\\t\\r\\\\ \\x00\\x7f\\u200b\\xa0\\u2028😀'"],
  ["\udc00", "'\\udc00'"],
  ["\u{e0001}", "'\\U000e0001'"],
  [[1, "a", [null]], "[1, 'a', [None]]"],
  [{ a: 1, "b c": [true] }, "{'a': 1, 'b c': [True]}"],
  [[], "[]"],
  [{}, "{}"],
  [new Datetime(0, { kind: "date" }), "datetime.date(1970, 1, 1)"],
];

test("reprOf() shows values as Python does", () => {
  for (const [value, repr] of REPRS) assert.equal(reprOf(value), repr);
});

test("textOf() leaves texts bare and writes date-times plainly, but not within lists", () => {
  const datetime = new Datetime(0);
  assert.equal(textOf("it's"), "it's");
  assert.equal(textOf(datetime), "1970-01-01 00:00:00");
  assert.equal(textOf([datetime]), "[datetime.datetime(1970, 1, 1, 0, 0)]");
  for (const [value, repr] of REPRS) {
    if (typeof value !== "string" && !(value instanceof Datetime)) {
      assert.equal(textOf(value), repr);
    }
  }
});

test("textOf() writes a view as the mapping that it stands for", () => {
  const view = viewOf(() => ["a", "b"], (name) => name === "a" ? 1 : undefined);
  assert.equal(textOf(view), "{'a': 1}");
});

test("textOf() refuses a value that is too deep", () => {
  const nested = (depth: number): Value => depth === 0 ? [] : [nested(depth - 1)];
  assert.ok(textOf(nested(MAX_VALUE_DEPTH - 1)).startsWith("[[["));
  assert.match(
    failureOf(() => textOf(nested(MAX_VALUE_DEPTH))),
    /^ValueError .* nested more than 200 deep$/,
  );
});

test("textOf() stops a bomb of shared lists at the limit", () => {
  let bomb: Value = "boom";
  for (let i = 0; i < 100; i++) bomb = [bomb, bomb];
  assert.match(failureOf(() => textOf(bomb)), /^ValueError .* more than 8388608 characters$/);
  assert.ok(shortReprOf(bomb).length < 300);
});

test("boundedText() joins up to the limit", () => {
  const half = "x".repeat(MAX_TEXT_CHARS / 2);
  assert.equal(boundedText([half, half]).length, MAX_TEXT_CHARS);
  assert.match(failureOf(() => boundedText([half, half], ",")), /^ValueError /);
  assert.equal(boundedText([], ","), "");
});
