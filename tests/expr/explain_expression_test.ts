import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { evaluateText } from "../../core/expr/condition.ts";
import { explainCondition, type ExplainedPart } from "../../core/expr/explain_expression.ts";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import type { Value } from "../../core/expr/value.ts";
import { test } from "../harness.ts";

const NAMES: Readonly<Record<string, Value>> = { a: true, b: false, n: 3, t: "x", list: [1, 2] };

const CONTEXT = {
  lookup: (name: string) => Object.hasOwn(NAMES, name) ? NAMES[name] : undefined,
  functions: BUILTIN_FUNCTIONS,
  filters: BUILTIN_FILTERS,
  nowMs: 0,
  status: "failure",
} as const;

function lines({ text, end, parts }: ExplainedPart, indent = ""): string[] {
  const came = end.kind === "value"
    ? `= ${end.shown}`
    : end.kind === "error"
    ? `! ${end.message}`
    : "-";
  return [`${indent}${text} ${came}`, ...parts.flatMap((part) => lines(part, `${indent}  `))];
}

function explained(text: string): string[] {
  return lines(explainCondition(text, CONTEXT));
}

test("explainCondition() gives each part its value", () => {
  deepEqual(explained("n > 2 and t == 'x'"), [
    "n > 2 and t == 'x' = true",
    "  n > 2 = true",
    "    n = 3",
    "  t == 'x' = true",
    "    t = 'x'",
  ]);
});

test("explainCondition() marks what is passed over since something before it decided", () => {
  deepEqual(explained("a || b && n > 1"), [
    "a || b && n > 1 = true",
    "  a = true",
    "  b && n > 1 -",
    "    b -",
    "    n > 1 -",
    "      n -",
  ]);
  deepEqual(explained("b ? n : t"), ["b ? n : t = 'x'", "  b = false", "  n -", "  t = 'x'"]);
  deepEqual(explained("3 < n < n"), ["3 < n < n = false", "  n = 3", "  n -"]);
});

test("explainCondition() says which part goes wrong, and looks no further", () => {
  deepEqual(explained("n + t > 1 or a"), [
    'n + t > 1 or a ! Cannot use "+" with number and string',
    '  n + t > 1 ! Cannot use "+" with number and string',
    '    n + t ! Cannot use "+" with number and string',
    "      n = 3",
    "      t = 'x'",
    "  a -",
  ]);
});

test("explainCondition() shows calls, filters and holes as they are written", () => {
  deepEqual(explained("${{ failure() }} and contains(list, n - 1)"), [
    "${{ failure() }} and contains(list, n - 1) = true",
    "  failure() = true",
    "  contains(list, n - 1) = true",
    "    list = [1, 2]",
    "    n - 1 = 2",
    "      n = 3",
  ]);
});

test("explainCondition() says of a text that does not parse what is wrong with it", () => {
  const { end, parts } = explainCondition("a and", CONTEXT);
  deepEqual([end.kind, parts], ["error", []]);
});

test("explainCondition() comes to what evaluation comes to", () => {
  const atom = fc.constantFrom("a", "b", "n", "t", "list", "1", "'x'", "zz", "failure()");
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: "small" },
      atom,
      fc.tuple(tie("expression"), fc.constantFrom("and", "or", "==", "<", "+"), tie("expression"))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc.tuple(tie("expression"), tie("expression"), tie("expression"))
        .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  }));
  fc.assert(fc.property(expression, (text) => {
    const { end } = explainCondition(text, CONTEXT);
    let value: Value | undefined;
    let message: string | undefined;
    try {
      value = evaluateText(text, CONTEXT);
    } catch (error) {
      message = (error as Error).message;
    }
    if (end.kind === "error") equal(end.message, message);
    else if (end.kind === "value" && typeof value === "boolean") equal(end.shown, String(value));
    else equal(message, undefined);
  }));
});
