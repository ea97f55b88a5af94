import assert from "node:assert/strict";
import {
  BUILTIN_FILTERS,
  BUILTIN_FUNCTIONS,
  Datetime,
  MAX_LIST_ITEMS,
  parseExpression,
  type Value,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { contextOf, evaluate, failureOf } from "./context.ts";

const NAMES = {
  list: [3, 1, 2, 3],
  words: ["b", "a"],
  map: { k: "v", n: 1 },
  dt: new Datetime(Date.parse("2024-01-02T03:04:05Z")),
  day: new Datetime(0, { kind: "date" }),
  none: null,
};

function table(rows: Readonly<Record<string, Value>>): void {
  for (const [text, value] of Object.entries(rows)) {
    assert.deepEqual(evaluate(text, NAMES), value, text);
  }
}

test("the status functions look at what happened before", () => {
  const value = (text: string, status: "success" | "failure" | "cancelled") =>
    parseExpression(text).evaluate(contextOf({}, { status }));
  for (const status of ["success", "failure", "cancelled"] as const) {
    assert.equal(value("always()", status), true);
    assert.equal(value("success()", status), status === "success");
    assert.equal(value("failure()", status), status === "failure");
    assert.equal(value("cancelled()", status), status === "cancelled");
  }
});

test("now() is the time of the context, in UTC", () => {
  const now = parseExpression("now()").evaluate(contextOf({}, { nowMs: 86_400_000 }));
  assert.deepEqual(now, new Datetime(86_400_000, { offsetMinutes: 0 }));
});

test("functions compute", () => {
  table({
    "fromJson('[1, {\"a\": null}]')": [1, { a: null }],
    "fromJson(list)": [3, 1, 2, 3],
    "toJson(map)": '{"k":"v","n":1}',
    "toJson(dt)": '"2024-01-02T03:04:05"',
    "contains(list, 2)": true,
    "contains('abc', 'bc')": true,
    "contains(map, 'k')": true,
    "contains(map, 'constructor')": false,
    "startsWith('abc', 'ab')": true,
    "endsWith('abc', 'ab')": false,
    "format('{0}-{1}-{0} {{x}}', 'a', 2)": "a-2-a {x}",
    "join(words)": "b,a",
    "join(list, ' ')": "3 1 2 3",
    "length('😀a')": 2,
    "len(list)": 4,
    "len(map)": 2,
    "min(list)": 1,
    "max(list)": 3,
    "min('b', 'a')": "a",
    "range(3)": [0, 1, 2],
    "range(1, 3)": [1, 2],
    "range(3, 0, -2)": [3, 1],
    "range(0)": [],
    "host('https://user:pw@Example.org:8080/a?b')": "example.org:8080",
    "host('s3://bucket/key')": "bucket",
    "str(list)": "[3, 1, 2, 3]",
    "int('12')": 12,
    "int(-1.9)": -1,
    "float('1e3')": 1000,
    "bool('')": false,
  });
});

test("functions say why they cannot", () => {
  const rows = {
    "fromJson('{')": "ValueError 0-13: Cannot read the text as JSON",
    "format('{1}', 'a')": 'ValueError 0-18: Cannot fill in "{1}": format() was given 1 values',
    "min()": "ValueError 0-5: Cannot find the min of nothing",
    "max([])": "ValueError 0-7: Cannot find the max of nothing",
    "range(1, 2, 0)": "ValueError 0-14: Cannot count in steps of zero",
    "range(0.5)": "TypeError 0-10: Cannot count with 0.5 of type number",
    "range(100001)": "ValueError 0-13: Cannot make a list of more than 100000 items",
    "host('no url')": "ValueError 0-14: Cannot read 'no url' as a URL",
    "int('1.5')": "ValueError 0-10: Cannot read '1.5' as a whole number",
    "float(none)": "ValueError 0-11: Cannot read None as a number",
  };
  for (const [text, failure] of Object.entries(rows)) {
    assert.equal(failureOf(() => evaluate(text, NAMES)), failure);
  }
});

test("filters compute", () => {
  table({
    "-3 | abs": -3,
    "(-3) | abs": 3,
    "list | str": "[3, 1, 2, 3]",
    '"it\'s" | rstr': '"it\'s"',
    "5 | rstr": "'5'",
    "' 7 ' | int": 7,
    "true | int": 1,
    "'1.5' | float": 1.5,
    "'ab' | list": ["a", "b"],
    "map | list": ["k", "n"],
    "[['a', 1], ['b', 2]] | dict": { a: 1, b: 2 },
    "\"they're BILL's\" | title": "They'Re Bill'S",
    "'ab' | upper": "AB",
    "'AB' | lower": "ab",
    "'  a ' | trim": "a",
    "'a/b' | split('/')": ["a", "b"],
    "' a  b ' | split": ["a", "b"],
    "'' | split": [],
    "words | join('-')": "b-a",
    "list | join": "3123",
    "map | keys": ["k", "n"],
    "map | values": ["v", 1],
    "map | length": 2,
    "list | first": 3,
    "words | last": "a",
    "[] | first": null,
    "list | unique": [3, 1, 2],
    "[1, '1', 1, [1], [1]] | unique": [1, "1", [1]],
    "list | sort": [1, 2, 3, 3],
    "map | getitem('k')": "v",
    "map | getitem('zz')": null,
    "map | getitem('zz', 'd')": "d",
    "map | getitem(key='zz', default=1)": 1,
    "map | getitem('toString', 'd')": "d",
    "list | getindex(0)": 3,
    "none | coalesce('d')": "d",
    "'' | coalesce('d')": "",
    "none | default(2)": 2,
    "dt | fmt": "2024-01-02 03:04:05",
    "dt | fmt('%d/%m')": "02/01",
    "map | json": '{"k":"v","n":1}',
    "'añ' | base64": "YcOx",
    "'https://a.b/c' | host": "a.b",
  });
});

test("filters refuse values that do not fit", () => {
  const rows = {
    "list | upper": "The post-filter: 'upper' does not fit with [3, 1, 2, 3] (type: list).",
    "none | int": "The post-filter: 'int' does not fit with None (type: NoneType).",
    "'x' | int": "The post-filter: 'int' does not fit with 'x' (type: str).",
    "1.5 | keys": "The post-filter: 'keys' does not fit with 1.5 (type: float).",
    "5 | list": "The post-filter: 'list' does not fit with 5 (type: int).",
    "[1] | dict": "The post-filter: 'dict' does not fit with [1] (type: list).",
    "'a' | split('')": "The post-filter: 'split' does not fit with 'a' (type: str).",
    "'a' | host": "The post-filter: 'host' does not fit with 'a' (type: str).",
    "'x' | fmt": "This custom function should pass input value with datetime type.",
  };
  for (const [text, message] of Object.entries(rows)) {
    assert.equal(failureOf(() => evaluate(text, NAMES)), `UtilError 0-${text.length}: ${message}`);
  }
});

test("the error of a filter shows only the beginning of a long value", () => {
  const names = { long: Array.from({ length: 100_000 }, (_, i) => i) };
  assert.ok(failureOf(() => evaluate("long | upper", names)).length < 400);
});

test("filters never make more than the bounds allow", () => {
  const names = { commas: ",".repeat(MAX_LIST_ITEMS), wide: "ß".repeat(8 * 1024 * 1024) };
  assert.match(failureOf(() => evaluate("commas | split(',')", names)), /more than 100000 items$/);
  assert.match(failureOf(() => evaluate("wide | upper", names)), /more than 8388608 characters$/);
});

test("each function and filter is listed under its own name and says what it is for", () => {
  for (const [name, listed] of [...BUILTIN_FUNCTIONS, ...BUILTIN_FILTERS]) {
    assert.equal(listed.name, name);
    assert.match(listed.summary, /^[A-Z].*[^.]$/);
    assert.ok(listed.returns.length > 0);
  }
});

test("seconds() reads lengths of time, so that they can be compared", () => {
  table({
    "seconds('1h30m')": 5_400,
    "seconds('PT90M') == seconds('1h30m')": true,
    "seconds(0.5)": 0.5,
  });
});
