import assert from "node:assert/strict";
import fc from "fast-check";
import { Datetime } from "../../core/expr/datetime.ts";
import { sameValue } from "../../core/expr/equality.ts";
import { decodeValue, encodeValue, type Json, parseJson, toJson } from "../../core/expr/json.ts";
import type { Value } from "../../core/expr/value.ts";
import { viewOf } from "../../core/expr/view.ts";
import { test } from "../harness.ts";
import { failureOf } from "./context.ts";

const VIEW = viewOf(() => ["a"], () => new Datetime(0, { offsetMinutes: 0 }));

test("toJson() writes values for people and programs", () => {
  assert.deepEqual(toJson({ at: new Datetime(0), n: NaN, list: [1, "a", null] }), {
    at: "1970-01-01T00:00:00",
    n: null,
    list: [1, "a", null],
  });
  assert.deepEqual(toJson(VIEW), { a: "1970-01-01T00:00:00+00:00" });
});

test("encodeValue() tags what JSON lacks and wraps what looks tagged", () => {
  assert.deepEqual(encodeValue(new Datetime(0, { kind: "date" })), { $datetime: "1970-01-01" });
  assert.deepEqual(encodeValue(-0), { $number: "-0" });
  assert.deepEqual(encodeValue({ $datetime: "x" }), { $mapping: { $datetime: "x" } });
  assert.deepEqual(encodeValue({ $a: 1, b: 2 }), { $a: 1, b: 2 });
  assert.deepEqual(encodeValue(VIEW), { a: { $datetime: "1970-01-01T00:00:00+00:00" } });
});

test("encodeValue() does not copy what is JSON already", () => {
  const value = { a: [1, { b: "c" }] };
  assert.equal(encodeValue(value), value);
  assert.equal(decodeValue(value), value);
});

const key = fc.oneof(fc.constantFrom("$datetime", "$mapping", "$number", "$", "a"), fc.string())
  .filter((name) => !["__proto__", "constructor", "prototype"].includes(name));

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, -0, NaN, Infinity, -Infinity),
    fc.double(),
    fc.string(),
    fc.integer({ min: 0, max: 4e12 }).map((ms) => new Datetime(ms, { offsetMinutes: 60 })),
    fc.array(tie("value")),
    fc.dictionary(key, tie("value"), { noNullPrototype: true }),
  ),
}));

test("decodeValue() gives back what was encoded, through text", () => {
  fc.assert(fc.property(anyValue, (value) => {
    const decoded = decodeValue(JSON.parse(JSON.stringify(encodeValue(value))));
    assert.deepEqual(decoded, value);
  }));
});

test("decodeValue() refuses what cannot have been encoded", () => {
  const wrong: readonly Json[] = [{ $datetime: "x" }, { $mapping: 1 }, { $other: 1 }, {
    $datetime: 5,
  }];
  for (const json of wrong) assert.throws(() => decodeValue(json), /Internal error: /);
});

test("JSON never carries a key that could change every object", () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": 1}}');
  assert.match(failureOf(() => toJson(hostile)), /^ValueError .*"__proto__"/);
  assert.match(failureOf(() => encodeValue(hostile)), /^ValueError .*"__proto__"/);
  assert.throws(() => decodeValue(hostile), /Internal error: .*"__proto__"/);
  assert.match(failureOf(() => parseJson('[{"constructor": 1}]')), /^ValueError .*"constructor"/);
});

test("parseJson() tells what is no JSON and what is too deep", () => {
  assert.deepEqual(parseJson('{"a": [1]}'), { a: [1] });
  assert.equal(
    failureOf(() => parseJson("{a: 1}")),
    "ValueError 0-0: Cannot read the text as JSON",
  );
  assert.match(
    failureOf(() => parseJson("[".repeat(500) + "]".repeat(500))),
    /nested more than 200/,
  );
  assert.match(failureOf(() => parseJson("[".repeat(200_000))), /^ValueError /);
});

test("sameValue() looks at type and content", () => {
  assert.ok(sameValue({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }));
  assert.ok(sameValue(VIEW, { a: new Datetime(0, { offsetMinutes: 0 }) }));
  assert.ok(
    sameValue(new Datetime(0, { offsetMinutes: 0 }), new Datetime(0, { offsetMinutes: 60 })),
  );
  const different: readonly (readonly [Value, Value])[] = [
    [1, "1"],
    [1, true],
    [null, false],
    [[], {}],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ toString: null }, {}],
    [{}, { toString: null }],
    [new Datetime(0), new Datetime(0, { offsetMinutes: 0 })],
    [new Datetime(0), new Datetime(0, { kind: "date" })],
    [new Datetime(0), "1970-01-01 00:00:00"],
  ];
  for (const [a, b] of different) {
    assert.ok(!sameValue(a, b));
    assert.ok(!sameValue(b, a));
  }
});
