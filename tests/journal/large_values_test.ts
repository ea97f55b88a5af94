import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  cutLargeValues,
  LARGE_VALUE_UNITS,
  withCuts,
} from "../../plugins/sqlite_journal/large_values.ts";
import { test } from "../harness.ts";

const LARGE = "x".repeat(LARGE_VALUE_UNITS);

function pieces(value: unknown): string[] {
  return cutLargeValues(JSON.stringify(value)).cuts.map(({ piece }) => piece);
}

test("cutLargeValues() cuts out what is large, and nothing beside it", () => {
  deepEqual(pieces({ at: 7, outputs: { stdout: LARGE, code: 0 } }), [JSON.stringify(LARGE)]);
  const two = cutLargeValues(JSON.stringify({ a: LARGE, b: 1, c: LARGE, d: "2" }));
  equal(two.rest, '{"a":,"b":1,"c":,"d":"2"}');
  deepEqual(two.cuts.map(({ at }) => at), [5, 16]);
});

test("cutLargeValues() takes many small values that are large together as one", () => {
  const rows = Array.from({ length: LARGE_VALUE_UNITS }, () => 1);
  deepEqual(pieces({ at: 7, outputs: { rows, code: 0 } }), [JSON.stringify(rows)]);
  const names = Object.fromEntries(rows.map((_, nth) => [`name${nth}`, nth]));
  deepEqual(pieces({ at: 7, outputs: { deep: [{ names }] } }), [JSON.stringify(names)]);
  deepEqual(pieces({ at: 7, outputs: { ...names, text: LARGE } }), [
    JSON.stringify({ ...names, text: LARGE }),
  ], "what is large without its large parts is one piece with them");
});

test("cutLargeValues() leaves small records alone, and never takes a whole record", () => {
  deepEqual(pieces({ outputs: { stdout: "x".repeat(1_000) } }), []);
  deepEqual(pieces(Object.fromEntries(Array.from({ length: 9_000 }, (_, nth) => [nth, nth]))), []);
});

test("cutLargeValues() leaves no more than a bounded rest of an event", () => {
  const event = { v: 1, type: "stage.settled", outputs: { a: LARGE, b: { c: [LARGE, LARGE] } } };
  const { rest, cuts } = cutLargeValues(JSON.stringify(event));
  ok(rest.length < 200, rest);
  equal(cuts.length, 3);
});

test("withCuts() puts any text back together, JSON or not", () => {
  const filler = fc.constantFrom(
    LARGE,
    `"${LARGE}"`,
    `\\"${LARGE}\\\\"`,
    `[${"1,".repeat(9_000)}1]`,
  );
  const bits = fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "é", "\0", "\n", "\ud800");
  fc.assert(
    fc.property(fc.array(fc.oneof(bits, bits, filler, fc.string()), { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      equal(withCuts(cutLargeValues(text)) === text, true);
    }),
    { numRuns: 300 },
  );
});
