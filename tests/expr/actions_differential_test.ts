/**
 * The expression language beside that of GitHub Actions: in what both have,
 * both come to the same; where they differ is a list, which is also the table
 * in docs/expressions.md.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import fc from "fast-check";
import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS, type Value } from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { evaluate } from "./context.ts";

const NAMES = {
  n: 3,
  half: 0.5,
  t: "abc",
  empty: "",
  yes: true,
  no: false,
  nothing: null,
  o: { key: "v", inner: { list: [1, 2] }, "main-job": { result: "success" } },
  words: ["a", "b", "abc"],
};

function actions(text: string): unknown {
  const { tokens } = new Lexer(text).lex();
  const root = new Parser(tokens, Object.keys(NAMES), []).parse();
  const value = new Evaluator(root, dictionaryOf(NAMES)).evaluate();
  return JSON.parse(JSON.stringify(value, data.replacer));
}

function dataOf(value: Value): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(dataOf));
  return dictionaryOf(value as Readonly<Record<string, Value>>);
}

function dictionaryOf(mapping: Readonly<Record<string, Value>>): data.Dictionary {
  const pairs = Object.entries(mapping).map(([key, value]) => ({ key, value: dataOf(value) }));
  return new data.Dictionary(...pairs);
}

function ours(text: string): unknown {
  return JSON.parse(JSON.stringify(evaluate(text, NAMES)));
}

// The common subset: operands of one type, texts in small letters without quotes, names that there
// are. What is left out of it is in DIFFERENCES.
const word = fc.stringMatching(/^[a-z][a-z ,.-]{0,6}$/).map((text) => `'${text}'`);
const { num, text, bool } = fc.letrec<{ num: string; text: string; bool: string }>((tie) => {
  const pair = (name: "num" | "text" | "bool", operators: readonly string[]) =>
    fc.tuple(tie(name), fc.constantFrom(...operators), tie(name))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`);
  const call = (name: string, ...args: readonly fc.Arbitrary<string>[]) =>
    fc.tuple(...args).map((written) => `${name}(${written.join(", ")})`);
  const choice = (name: "num" | "text") =>
    fc.tuple(tie("bool"), tie(name), tie(name)).map(([condition, a, b]) =>
      `(${condition} && ${a} || ${b})`
    );
  const words = fc.constantFrom("words", 'fromJson(\'["a", "x"]\')');
  return {
    num: fc.oneof(
      { depthSize: "small" },
      fc.integer({ min: -99, max: 99 }).map(String),
      fc.constantFrom("n", "half", "o.inner.list[1]", "1.25", "1e3", "fromJson('7')"),
      choice("num"),
    ),
    text: fc.oneof(
      { depthSize: "small" },
      word,
      fc.constantFrom("t", "empty", "o.key", "o['key']", "words[0]", "o.main-job.result"),
      choice("text"),
      call(
        "format",
        fc.constantFrom("'{0}-{1}'", "'{1}{0}'", "'{{{0}}}'"),
        tie("text"),
        tie("text"),
      ),
      call("join", words, word),
      call("join", words),
    ),
    bool: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("true", "false", "yes", "no", "(nothing == null)"),
      tie("bool").map((operand) => `!${operand}`),
      tie("text").map((operand) => `!${operand}`),
      pair("bool", ["&&", "||", "==", "!="]),
      pair("num", ["==", "!=", "<", "<=", ">", ">="]),
      pair("text", ["==", "!=", "<", "<=", ">", ">="]),
      call("contains", tie("text"), tie("text")),
      call("contains", words, tie("text")),
      call("startsWith", tie("text"), tie("text")),
      call("endsWith", tie("text"), tie("text")),
    ),
  };
});

test("an expression of the common subset comes to what GitHub Actions makes of it", () => {
  fc.assert(
    fc.property(fc.oneof(num, text, bool), (expression) => {
      deepEqual(ours(expression), actions(expression), expression);
    }),
    { numRuns: 3_000 },
  );
});

function outcome(evaluate: () => unknown): string {
  try {
    return JSON.stringify(evaluate());
  } catch {
    return "an error";
  }
}

/** Expression, what GitHub Actions makes of it, what this language does, and why. */
const DIFFERENCES: readonly (readonly [
  expression: string,
  theirs: string,
  ours: string,
  why: string,
])[] = [
  ["n == '3'", "true", "false", "values of two types are never equal"],
  ["yes == 1", "true", "false", "true is no number"],
  ["nothing == 0", "true", "false", "nothing is no number"],
  ["t == 'ABC'", "true", "false", "capital letters are other letters"],
  ["contains(t, 'B')", "true", "false", "capital letters are other letters"],
  ["startsWith(t, 'A')", "true", "false", "capital letters are other letters"],
  ["'a' < 'B'", "true", "false", "texts are in the order of their code points"],
  ["n < '4'", "true", "an error", "values of two types have no order"],
  ["o.missing", "null", "an error", "a name that is not there is a mistake; `o.missing?` is null"],
  ["words[9]", "null", "an error", "the same for positions; `words[9]?` is null"],
  ["1 < n < 3", "true", "false", "a chain compares neighbours: `1 < n and n < 3`"],
  ["'it''s'", `"it's"`, "an error", "a quote within quotes is `\\'`, or other quotes around it"],
  ["0xff", "255", "an error", "numbers are decimal"],
  ["words.*", `["a","b","abc"]`, "an error", "there is no `*`; filters work on lists"],
  ["format('{0}', yes)", `"true"`, `"True"`, "texts of values are Python's, as in the reference"],
  ["format('{0}', nothing)", `""`, `"None"`, "texts of values are Python's, as in the reference"],
  ["toJson(o.inner.list)", `"[\\n  1,\\n  2\\n]"`, `"[1,2]"`, "JSON comes in one line"],
  ["fromJson('[]') || 'none'", "[]", `"none"`, "empty lists and mappings count as false"],
  ["-n", "an error", "-3", "there is arithmetic"],
  ["case(no, 1, 2)", "2", "an error", "there is no `case`; write `no ? 1 : 2`"],
];

test("where an expression comes to something else than in GitHub Actions is known", () => {
  for (const [expression, theirs, own] of DIFFERENCES) {
    equal(outcome(() => actions(expression)), theirs, `${expression} in GitHub Actions`);
    equal(outcome(() => ours(expression)), own, `${expression} here`);
  }
});

test("docs/expressions.md lists every difference to GitHub Actions", async () => {
  const page = await readFile(new URL("../../docs/expressions.md", import.meta.url), "utf8");
  const rows = page.split("\n").map((line) => line.replace(/\s+/g, " "));
  const code = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;
  for (const [expression, theirs, own, why] of DIFFERENCES) {
    const row = `| ${[expression, theirs, own].map(code).join(" | ")} | ${why} |`;
    ok(rows.includes(row.replace(/\s+/g, " ")), row);
  }
});

test("docs/expressions.md lists every function and filter", async () => {
  const page = await readFile(new URL("../../docs/expressions.md", import.meta.url), "utf8");
  const lines = page.split("\n").map((line) => line.replace(/\s+/g, " "));
  for (const { name, summary } of [...BUILTIN_FUNCTIONS.values(), ...BUILTIN_FILTERS.values()]) {
    ok(
      lines.some((line) => line.startsWith(`| \`${name}`) && line.endsWith(`| ${summary} |`)),
      name,
    );
  }
});
