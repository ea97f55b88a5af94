import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { Datetime } from "../../core/expr/datetime.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { viewOf } from "../../core/expr/view.ts";
import { expandMatrix, legKey, MAX_LEG_KEY_CHARS, MAX_LEGS } from "../../core/plan/matrix.ts";
import { test } from "../harness.ts";
import vectors from "../vectors/strategy_make.json" with { type: "json" };

function expand(matrix: Value, rest: { include?: Value; exclude?: Value } = {}) {
  return expandMatrix({ matrix, include: [], exclude: [], ...rest });
}

function legsOf(
  matrix: Value,
  rest: { include?: Value; exclude?: Value } = {},
): readonly ValueObject[] {
  const legs = expand(matrix, rest);
  ok(legs.ok, legs.ok ? "" : legs.message);
  return legs.legs;
}

function problemOf(matrix: Value, rest: { include?: Value; exclude?: Value } = {}): string {
  const legs = expand(matrix, rest);
  return legs.ok ? "none" : legs.message;
}

interface Vector {
  readonly matrix: ValueObject;
  readonly include: readonly ValueObject[];
  readonly exclude: readonly ValueObject[];
  readonly result?: readonly ValueObject[];
  readonly error?: { readonly message: string };
}

test("expandMatrix() gives what the reference gives, but each leg once (C-122)", () => {
  const recorded: readonly Vector[] = JSON.parse(JSON.stringify(vectors));
  for (const { matrix, include, exclude, result = [], error } of recorded) {
    const legs = expandMatrix({ matrix, include, exclude });
    const once = [...new Map(result.map((leg) => [JSON.stringify(leg), leg])).values()];
    deepEqual(legs, error ? { ok: false, message: error.message } : { ok: true, legs: once });
  }
});

test("expandMatrix() takes any values, and tells them apart by type", () => {
  deepEqual(legsOf({ x: [1, "1", true, null, { a: 1 }, [1]] }).length, 6);
  deepEqual(legsOf({ x: [{ a: 1, b: 2 }, { b: 2, a: 1 }] }), [{ x: { a: 1, b: 2 } }]);
  const day = new Datetime(0, { kind: "date" });
  deepEqual(legsOf({ x: [day, day, "1970-01-01"] }).length, 2);
});

test("expandMatrix() takes what a template gives, views too", () => {
  const view = viewOf(() => ["n"], () => [1, 2]);
  deepEqual(legsOf(view), [{ n: 1 }, { n: 2 }]);
});

test("expandMatrix() excludes by all that an entry says", () => {
  deepEqual(legsOf({ a: [1, 2], b: ["x", "y"] }, { exclude: [{ a: 1 }, { b: "y", a: 2 }] }), [
    { a: 2, b: "x" },
  ]);
  deepEqual(legsOf({ a: [1] }, { exclude: [{ a: "1" }] }), [{ a: 1 }]);
});

test("expandMatrix() says what is wrong", () => {
  match(problemOf({ os: "linux" }), /axis "os" must be a list, but it is a string/);
  match(problemOf("x"), /it must be a mapping, but it is a string/);
  match(
    problemOf({ x: [1] }, { exclude: [{ y: 1 }] }),
    /Cannot exclude legs by "y": the matrix has "x"/,
  );
  match(
    problemOf({ x: [1] }, { include: { x: 2 } }),
    /"include" must be a list, but it is an object/,
  );
  match(
    problemOf({ x: [1] }, { exclude: [3] }),
    /each entry must be a mapping, but one is a number/,
  );
  match(problemOf({ x: [1] }, { include: [{ y: 3 }] }), /Include should have the keys/);
  match(problemOf(JSON.parse('{"__proto__": [1]}')), /no axis may be "__proto__"/);
});

test("expandMatrix() ends at its bound", () => {
  const thousand = Array.from({ length: 1_000 }, (_, at) => at);
  const hundred = thousand.slice(0, 100);
  equal(legsOf({ a: thousand, b: hundred }).length, MAX_LEGS);
  match(
    problemOf({ a: thousand, b: hundred, c: [1, 2] }),
    /it has 200000 legs; the most is 100000/,
  );
});

test("legKey() is short for plain values and quotes what could be mistaken", () => {
  equal(legKey({ os: "linux", n: 1 }), "os=linux,n=1");
  equal(
    legKey({ a: "1", b: "true", c: "", d: "x,y=z", e: null, f: [1] }),
    'a="1",b="true",c="",d="x,y=z",e=null,f=[1]',
  );
  equal(legKey({ region: "us-east-1", image: "a/b:1.2" }), "region=us-east-1,image=a/b:1.2");
});

test("legKey() is bounded and still unique", () => {
  const long = "x".repeat(1_000);
  const keys = [legKey({ a: `${long}1` }), legKey({ a: `${long}2` })];
  equal(new Set(keys).size, 2);
  for (const key of keys) ok(key.length <= MAX_LEG_KEY_CHARS);
});

test("legKey() differs wherever two legs differ", () => {
  const scalar = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const axis = fc.constantFrom("a", "b", "a=1", "x,y");
  const leg = fc.dictionary(axis, scalar, { maxKeys: 3, noNullPrototype: true });
  fc.assert(
    fc.property(leg, leg, (one, other) => {
      const same = JSON.stringify(Object.entries(one)) === JSON.stringify(Object.entries(other));
      equal(legKey(one) === legKey(other), same);
    }),
    { numRuns: 2_000 },
  );
});
