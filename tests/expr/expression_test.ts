import assert from "node:assert/strict";
import {
  Datetime,
  MAX_EXPRESSION_CHARS,
  MAX_EXPRESSION_DEPTH,
  parseExpression,
  type Value,
  viewOf,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { contextOf, evaluate, failureOf } from "./context.ts";

const NAMES = {
  params: {
    a: "A",
    n: 5,
    none: null,
    list: [1, [2, 3]],
    map: { k: "v", "1": "one" },
    "asat-dt": "z",
    ชื่อ: "name",
    when: new Datetime(0, { offsetMinutes: 0 }),
  },
  needs: viewOf(
    () => ["main-process"],
    (name) => name === "main-process" ? { result: "failure" } : undefined,
  ),
  item: 3,
};

function table(rows: Readonly<Record<string, Value>>): void {
  for (const [text, value] of Object.entries(rows)) {
    assert.deepEqual(evaluate(text, NAMES), value, text);
  }
}

function failures(rows: Readonly<Record<string, string>>): void {
  for (const [text, failure] of Object.entries(rows)) {
    assert.equal(failureOf(() => evaluate(text, NAMES)), failure, text);
  }
}

test("an expression may be a literal in Python or JSON spelling", () => {
  table({
    "true": true,
    "True": true,
    "false": false,
    "False": false,
    "null": null,
    "None": null,
    "5": 5,
    "1.25": 1.25,
    "2e3": 2000,
    "'it\\'s'": "it's",
    '"a\\tb\\u0041\\x42\\d"': "a\tbAB\\d",
    "[1, 'a', [True],]": [1, "a", [true]],
    "{'a': 1, \"b\": {2: None}}": { a: 1, b: { "2": null } },
    "[]": [],
    "{}": {},
  });
});

test("a path leads through mappings, views and lists", () => {
  table({
    "params.a": "A",
    "params.asat-dt": "z",
    "params.map.1": "one",
    "params['map']['k']": "v",
    "params.map[1]": "one",
    "params.list[0]": 1,
    "params.list[1][1]": 3,
    "params.list[-1][0]": 2,
    "params.list[params.n - 5]": 1,
    "params.ชื่อ": "name",
    "needs.main-process.result": "failure",
    "needs['main-process'].result": "failure",
    "item": 3,
    "(params).a": "A",
    "{'x': [7]}.x[0]": 7,
    "fromJson('{\"a\": [1]}').a[0]": 1,
  });
});

test("a path that leads nowhere fails with the reference's words and the place", () => {
  const at = (place: string, path: string) =>
    `UtilError ${place}: Parameters does not get dot with caller: ${path}.`;
  failures({
    "params.zz": at("0-9", "'params.zz'"),
    "1 + params.a.b": at("4-14", "'params.a.b'"),
    "params.list.0": at("0-13", "'params.list.0'"),
    "params.list[9]": at("0-14", "'params.list[9]'"),
    "params.list['a']": at("0-16", `"params.list['a']"`),
    "params.list[0.5]": at("0-16", "'params.list[0.5]'"),
    "params.map[None]": at("0-16", "'params.map[None]'"),
    "params.a[0]": at("0-11", "'params.a[0]'"),
    "params.when.epochMs": at("0-19", "'params.when.epochMs'"),
    "foo": at("0-3", "'foo'"),
    "needs.other": at("0-11", "'needs.other'"),
    "{'x': 1}.y": at("0-10", `"{'x': 1}.y"`),
  });
});

test("a question mark forgives that a name is missing, and nothing else", () => {
  table({
    "params.zz?": null,
    "params.zz?.deep.er": null,
    "foo?.bar.baz": null,
    "foo?": null,
    "params.list[9]?": null,
    "params.map['zz']?.x": null,
    "params.zz? | coalesce('d')": "d",
    "params.zz? == None": true,
  });
  for (
    const text of [
      "params?.zz",
      "params.a?.b",
      "params.none?.deep",
      "params.a.b?",
      "params.list.0?",
    ]
  ) {
    assert.match(
      failureOf(() => evaluate(text, NAMES)),
      /^UtilError 0-\d+: Parameters does not get dot/,
    );
  }
});

test("operators bind as in Python", () => {
  table({
    "1 + 2 * 3": 7,
    "(1 + 2) * 3": 9,
    "10 - 4 - 3": 3,
    "7 // 2": 3,
    "-7 // 2": -4,
    "-7 % 3": 2,
    "7 % -3": -2,
    "7 / 2": 3.5,
    "2 * -3": -6,
    "not 1 == 2": true,
    "!true == false": true,
    "not true or true": true,
    "1 == 1 and 2 == 2": true,
    "true or 1 / 0 == 1": true,
    "1 < 2 < 3": true,
    "1 < 3 < 2": false,
    "'a' if 1 > 2 else 'b' if false else 'c'": "c",
    "params.n > 3 ? 'many' : 'few'": "many",
    "params.zz? ? 1 : 2": 2,
  });
});

test("logical operators give the operand that decided", () => {
  table({
    "'' or 'x'": "x",
    "0 or null": null,
    "1 and 'y'": "y",
    "[] and 1": [],
    "true && false || 5": 5,
    "not ''": true,
    "!{'a': 1}": false,
    "not needs": false,
    "not params.when": false,
  });
});

test("comparisons look at the type and the content", () => {
  table({
    "1 == '1'": false,
    "true == 1": false,
    "None == null": true,
    "[1, {'a': 2}] == [1, {'a': 2}]": true,
    "'a' < 'b'": true,
    "'b' >= 'a'": true,
    "2 != 3": true,
    "2 in [1, 2]": true,
    "'2' in [1, 2]": false,
    "3 not in [1, 2]": true,
    "'bc' in 'abcd'": true,
    "'k' in params.map": true,
    "'toString' in params.map": false,
    "'main-process' in needs": true,
    "params.when < now()": false,
  });
});

test("operators refuse operands that do not go together, with the place", () => {
  failures({
    "1 + 'a'": 'TypeError 0-7: Cannot use "+" with number and string',
    "0 or [1] - [1]": 'TypeError 5-14: Cannot use "-" with array and array',
    "-'a'": 'TypeError 0-4: Cannot use "-" with string',
    "1 in 2": 'TypeError 0-6: Cannot use "in" with number and number',
    "1 < 'a'":
      "TypeError 0-7: Cannot tell which comes first, a value of type number or one of type string",
    "1 / 0": "ZeroDivisionError 0-5: Cannot divide by zero",
    "1 % 0": "ZeroDivisionError 0-5: Cannot divide by zero",
    "None < None":
      "TypeError 0-11: Cannot tell which comes first, a value of type null or one of type null",
  });
});

test("texts and lists are joined with a plus", () => {
  table({ "'a' + 'b'": "ab", "[1] + [2]": [1, 2], "params.a + '-' + params.asat-dt": "A-z" });
});

test("a filter binds tighter than an operator", () => {
  table({
    "params.a | lower == 'a'": true,
    "1 + '2' | int": 3,
    "params.a | lower | upper": "A",
    "params.when | fmt(fmt='%Y') | int": 1970,
    "'x' + (params.n | str)": "x5",
  });
});

test("filters complain in the reference's words", () => {
  failures({
    "params.a | nope": "UtilError 0-15: The post-filter: 'nope' does not support yet.",
    "params.a | abs": "UtilError 0-14: The post-filter: 'abs' does not fit with 'A' (type: str).",
    "params.list | getindex(-1)": "UtilError 0-26: Argument of getindex(-1) should be constant.",
    "params.a | coalesce(params.n)":
      "UtilError 0-29: Argument of coalesce(params.n) should be constant.",
    "params.list | getindex(9)":
      "UtilError 0-25: Index: 9 is out of range of value (The maximum range is 2).",
    "params.a | getitem('x')":
      "UtilError 0-23: The value that pass to `getitem` filter should be `dict` not `<class 'str'>`.",
    "params.a | fmt":
      "UtilError 0-14: This custom function should pass input value with datetime type.",
  });
});

test("arguments are checked against what is called", () => {
  failures({
    "always(1)": "TypeError 0-9: Cannot pass 1 arguments to always()",
    "fromJson()": 'TypeError 0-10: Cannot call fromJson(value) without "value"',
    "startsWith(1, 'a')":
      'TypeError 0-18: Cannot pass a value of type number as "text" to startsWith(text, start): it takes string',
    "params.a | fmt(x='y')":
      'TypeError 0-21: Cannot pass "x" to fmt(fmt): it has no such parameter',
    "params.a | coalesce(1, default=2)":
      'TypeError 0-33: Cannot pass "default" to coalesce(default) twice',
    "alwys()":
      'UtilError 0-5: Cannot call "alwys": there is no such function; did you mean "always"?',
    "params.a.split('/')":
      "SyntaxError 14-15: Cannot call a part of a value; to change the value, " +
      'write a filter behind it: value | split("/")',
  });
});

test("what does not parse is told with the place", () => {
  failures({
    "": "SyntaxError 0-0: There is no expression here",
    "  ": "SyntaxError 0-2: There is no expression here",
    "1 +": "SyntaxError 3-3: Cannot end the expression here: a value should follow",
    "a b": 'SyntaxError 2-3: Cannot read "b" here: the expression is complete before it',
    "a = 1":
      'SyntaxError 2-3: Cannot read "=" here: the expression is complete before it; to compare, write "=="',
    "f(1": 'SyntaxError 3-3: Cannot end the expression here: "," should follow',
    "a.": "SyntaxError 2-2: Cannot end the expression here: a name should follow",
    "a | ": "SyntaxError 4-4: Cannot end the expression here: the name of a filter should follow",
    "1 if 2":
      'SyntaxError 6-6: Cannot end the expression here: "else" and the other value should follow',
    "'abc": "SyntaxError 0-4: Cannot find the quote that closes this text",
    "a # b": 'SyntaxError 2-3: Cannot read "#" in an expression',
    "${{ a }}": 'SyntaxError 0-1: Cannot read "$" in an expression',
    "{a: 1}": 'SyntaxError 1-2: Cannot read "a" here: a quoted name should follow',
    "x | f(a=1, 2)": "SyntaxError 11-12: Arguments by name come last; write this one before them",
    "in": 'SyntaxError 0-2: Cannot read "in" here: a value should follow',
    "12ab": 'SyntaxError 0-1: Cannot read "1" in an expression',
  });
});

test("expressions are bounded in length and depth, whichever way they are nested", () => {
  const parse = (text: string) => failureOf(() => parseExpression(text));
  const deep = MAX_EXPRESSION_DEPTH + 1;
  assert.match(parse(" ".repeat(MAX_EXPRESSION_CHARS + 1)), /more than 10000 characters$/);
  for (
    const open of ["(", "[", "-", "not ", "!", "f(", "{'a': ", "1 if 1 else ", "1 ? 1 : ", "a["]
  ) {
    assert.match(parse(open.repeat(deep)), /nested more than 100 deep$/, open);
  }
  for (const link of [" + 1", " | abs"]) {
    assert.match(parse(`1${link.repeat(deep)}`), /nested more than 100 deep$/, link);
  }
  assert.equal(evaluate(`1${" and 1".repeat(1_000)}`), 1);
  assert.equal(evaluate(`${"(".repeat(60)}1${")".repeat(60)}`), 1);
});

test("parseExpression() keeps what it has parsed", () => {
  assert.equal(parseExpression("params.kept"), parseExpression("params.kept"));
});

test("the table of a context decides what can be called", () => {
  const functions = new Map([[
    "twice",
    {
      name: "twice",
      params: [{ name: "n", types: ["number"] }],
      returns: ["number"],
      summary: "Doubles",
      call: ([n]: readonly Value[]) => Number(n) * 2,
    } as const,
  ]]);
  assert.equal(parseExpression("twice(4)").evaluate(contextOf({}, { functions })), 8);
  assert.match(
    failureOf(() => parseExpression("always()").evaluate(contextOf({}, { functions }))),
    /no such function$/,
  );
});

test("what a plugin's function throws becomes an error at its call", () => {
  const functions = new Map([[
    "broken",
    {
      name: "broken",
      params: [],
      returns: ["any"],
      summary: "Fails",
      call: () => {
        throw new RangeError("Too far");
      },
    } as const,
  ]]);
  const run = () => parseExpression("1 + broken()").evaluate(contextOf({}, { functions }));
  assert.equal(failureOf(run), "RangeError 4-12: Too far");
});
