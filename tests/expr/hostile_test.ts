/**
 * Attempts to get from an expression to the machine, and expressions that
 * nobody would write. The corpus grows and never shrinks.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  evaluateCondition,
  evaluateText,
  ExpressionError,
  mentionsStatus,
  parseExpression,
  references,
  renderTemplate,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { anyString, contextOf, failureOf } from "./context.ts";

const NAMES = {
  params: { a: "A", n: 5, list: [1, 2], map: { k: "v" } },
  item: "3",
  text: "text",
};

const ESCAPES = [
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "hasOwnProperty",
  "this",
  "globalThis",
  "Deno",
  "process",
  "require",
  "Function",
  "params.constructor",
  "params.__proto__",
  "params.__proto__.polluted",
  "params['__proto__']",
  "params['constructor']['constructor']",
  "params.toString",
  "params.map.hasOwnProperty",
  "params.list.length",
  "params.list.map",
  "params.list['length']",
  "params.list['constructor']",
  "params.a.length",
  "params.a['constructor']",
  "params.n.toFixed",
  "text.constructor",
  "[].constructor",
  "{}.constructor",
  "''.constructor",
  "(1).constructor",
  "now().constructor",
  "now().epochMs",
  "params | getitem('constructor') | keys",
  "{'a': 1}.valueOf",
  "params[['__proto__']]",
  "params.list[-9]",
  "constructor()",
  "toString()",
  "__proto__()",
  "eval('1')",
  "__import__('os').system('ls')",
  "params | constructor",
  "params | __proto__",
  "params | toString",
  "params.a | unsafe",
  "{'__proto__': {'polluted': 1}}",
  "{'constructor': 1}",
  'fromJson(\'{"__proto__": {"polluted": 1}}\')',
  "[['__proto__', 1]] | dict",
  "[['constructor', 1]] | dict",
  "().__class__.__bases__[0].__subclasses__()",
  "lambda: 0",
  "[x for x in params]",
  "params.a; 1",
  "params.a = 1",
  "`${1}`",
  "/a/",
  "a => a",
  "new Date()",
  "params.map.k = 'x'",
  "params['k' : 'l']",
  "*params",
  "params..a",
  "@x",
  "\\u0061",
  "params.a\0",
];

test("no expression of the corpus gets anywhere", () => {
  for (const text of ESCAPES) {
    assert.notEqual(
      failureOf(() => parseExpression(text).evaluate(contextOf(NAMES))),
      "no failure",
      text,
    );
  }
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("in and contains() see own names only", () => {
  for (const name of ["toString", "constructor", "__proto__"]) {
    assert.equal(parseExpression(`'${name}' in params`).evaluate(contextOf(NAMES)), false);
    assert.equal(parseExpression(`contains(params, '${name}')`).evaluate(contextOf(NAMES)), false);
  }
});

const word = fc.constantFrom(
  "params",
  "params.a",
  "params.list",
  "item",
  "text",
  ".",
  "[",
  "]",
  "(",
  ")",
  "{",
  "}",
  ",",
  ":",
  "?",
  "|",
  "||",
  "&&",
  "and",
  "or",
  "not",
  "in",
  "if",
  "else",
  "==",
  "!=",
  "<",
  "<=",
  "+",
  "-",
  "*",
  "/",
  "//",
  "%",
  "!",
  "=",
  "1",
  "0",
  "-1",
  "1.5",
  "'a'",
  '"b"',
  "'",
  '"',
  "\\",
  "true",
  "None",
  "fromJson",
  "range(9)",
  "format",
  "join",
  "now()",
  "upper",
  "getitem",
  "split('a')",
  "sort",
  "unique",
  "fmt('%Y')",
  "${{",
  "}}",
  "${{ item }}",
  "'${{ text }}'",
  "__proto__",
  "\0",
  "é",
  "\ud800",
  " ",
  "\n",
  "#",
  "@",
  "$",
);

const nonsense = fc.array(word, { maxLength: 25 }).map((words) => words.join(" "));
const anyText = fc.oneof({ weight: 4, arbitrary: nonsense }, anyString);

/** Runs a body that may fail only with an ExpressionError whose place is in the text. */
function survives(text: string, body: () => unknown): void {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof ExpressionError, `${error} for ${JSON.stringify(text)}`);
    assert.ok(error.start >= 0 && error.start <= error.end && error.end <= text.length, text);
  }
}

test("evaluation throws nothing but an ExpressionError with a place in the text", () => {
  const context = contextOf(NAMES);
  fc.assert(
    fc.property(anyText, (text) => {
      survives(text, () => parseExpression(text).evaluate(context));
      survives(text, () => evaluateCondition(text, context));
      survives(text, () => evaluateText(text, context));
      survives(text, () => renderTemplate(text, context, { env: () => undefined }));
      mentionsStatus(text);
      references(text);
    }),
    { numRuns: 5_000 },
  );
});

test("templates throw nothing but an ExpressionError with a place in the text", () => {
  const context = contextOf(NAMES);
  fc.assert(
    fc.property(anyText, anyText, (inside, around) => {
      const text = `${around}\${{${inside}}}${around}`;
      survives(text, () => renderTemplate(text, context));
      survives(text, () => evaluateCondition(text, context));
    }),
    { numRuns: 2_000 },
  );
});

test("expressions as long as they may be are parsed and evaluated without trouble", () => {
  const context = contextOf(NAMES);
  const pieces = [
    "1+",
    "[",
    "(",
    "'",
    "a.",
    "a|b",
    "-",
    "not ",
    "x?",
    "a[",
    "{'a':",
    "1 if ",
    "a or ",
    "1<",
    "\\",
    "a-",
    "9",
    "f(",
  ];
  for (const piece of pieces) {
    const text = piece.repeat(10_000 / piece.length);
    survives(text, () => parseExpression(text).evaluate(context));
    survives(text, () => evaluateCondition(text, context));
  }
});

test("functions on large values stay within their bounds", () => {
  const list = Array.from({ length: 100_000 }, (_, i) => i);
  const context = contextOf({ list, text: "x".repeat(1_000_000) });
  const texts = [
    "list + list",
    "join(list, text)",
    "format('{0}{0}{0}{0}{0}{0}{0}{0}{0}', text)",
    "text + text + text + text + text + text + text + text + text",
    "[text, text, text, text, text, text, text, text, text] | str",
    "toJson([text, text, text, text, text, text, text, text, text])",
    "range(1e9)",
    "range(-1e300, 1e300)",
  ];
  for (const text of texts) {
    assert.match(
      failureOf(() => parseExpression(text).evaluate(context)),
      /^(?:ValueError|TypeError|UtilError) /,
      text,
    );
  }
});
