/**
 * What the operators do.
 *
 * @module
 */
import type { ArithmeticOperator, ComparisonOperator } from "./ast.ts";
import { orderOf, sameValue } from "./equality.ts";
import { ExpressionError } from "./expression_error.ts";
import { type PastedSides, readAlike } from "./hole_text.ts";
import { boundedText } from "./text.ts";
import { typeName } from "./type_name.ts";
import type { Value } from "./value.ts";
import { entryOf, isList, isMapping } from "./view.ts";

/** The longest list that an expression may make. */
export const MAX_LIST_ITEMS = 100_000;

/**
 * `a + b` and the like: numbers are calculated with; `+` also joins two texts or two lists.
 *
 * @throws {ExpressionError} for operands that do not go together.
 */
export function combine(a: Value, b: Value, operator: ArithmeticOperator): Value {
  if (typeof a === "number" && typeof b === "number") return calculate(a, b, operator);
  if (operator === "+" && typeof a === "string" && typeof b === "string") return boundedText([a, b]);
  if (operator === "+" && isList(a) && isList(b)) return joinedList(a, b);
  throw unfitting(operator, [a, b]);
}

/** `-x` and `+x`. */
export function negate(value: Value, operator: "-" | "+"): Value {
  if (typeof value !== "number") throw unfitting(operator, [value]);
  return operator === "-" ? -value : value;
}

/** How two values are compared. */
export interface Comparison {
  /** How. */
  readonly operator: ComparisonOperator;
  /** Which of them are texts from holes. */
  readonly pasted: PastedSides;
}

/**
 * Whether a comparison holds.
 *
 * @throws {ExpressionError} for values that cannot be compared so.
 */
export function compare(left: Value, right: Value, { operator, pasted }: Comparison): boolean {
  if (operator === "in") return isAmong(left, right, pasted);
  if (operator === "not in") return !isAmong(left, right, pasted);
  const [a, b] = readAlike(left, right, pasted);
  if (operator === "==") return sameValue(a, b);
  if (operator === "!=") return !sameValue(a, b);
  const order = orderOf(a, b);
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function calculate(a: number, b: number, operator: ArithmeticOperator): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / divisor(b);
    case "//":
      return Math.floor(a / divisor(b));
    case "%":
      return remainder(a, divisor(b));
    default:
      return operator satisfies never;
  }
}

function divisor(value: number): number {
  if (value !== 0) return value;
  throw new ExpressionError("Cannot divide by zero", { name: "ZeroDivisionError" });
}

/** It has the sign of the divisor, as in Python, so that `-1 % 7` is 6. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest;
}

function joinedList(a: readonly Value[], b: readonly Value[]): readonly Value[] {
  if (a.length + b.length > MAX_LIST_ITEMS) throw tooManyItems();
  return [...a, ...b];
}

/** For a list that would be longer than {@linkcode MAX_LIST_ITEMS}. */
export function tooManyItems(): ExpressionError {
  const message = `Cannot make a list of more than ${MAX_LIST_ITEMS} items`;
  return new ExpressionError(message, { name: "ValueError" });
}

function isAmong(item: Value, all: Value, pasted: PastedSides): boolean {
  if (isList(all)) {
    return all.some((each) => sameValue(...readAlike(item, each, { ...pasted, right: false })));
  }
  if (typeof item === "string" && typeof all === "string") return all.includes(item);
  if (typeof item === "string" && isMapping(all)) return entryOf(all, item) !== undefined;
  throw unfitting("in", [item, all]);
}

function unfitting(operator: string, operands: readonly Value[]): ExpressionError {
  const types = operands.map(typeName).join(" and ");
  const message = `Cannot use "${operator}" with ${types}`;
  return new ExpressionError(message, { name: "TypeError" });
}
