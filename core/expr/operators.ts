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

/** Works on what stands before and behind an operator. Throws {@linkcode ExpressionError} for operands that do not go together. */
export type Operation<Result> = (left: Value, right: Value) => Result;

const NOT_PASTED: PastedSides = { left: false, right: false };

/** `a + b` and the like: numbers are calculated with; `+` also joins two texts or two lists. */
export function arithmetic(
  operator: ArithmeticOperator,
  pasted: PastedSides = NOT_PASTED,
): Operation<Value> {
  const calculate = CALCULATIONS[operator];
  return readingAlike(pasted, (left, right) => {
    if (typeof left === "number" && typeof right === "number") return calculate(left, right);
    if (operator === "+" && typeof left === "string" && typeof right === "string") {
      return boundedText([left, right]);
    }
    if (operator === "+" && isList(left) && isList(right)) return joinedList(left, right);
    throw unfitting(operator, [left, right]);
  });
}

/** `a == b` and the like. */
export function comparison(
  operator: ComparisonOperator,
  pasted: PastedSides = NOT_PASTED,
): Operation<boolean> {
  if (operator === "in") return (item, all) => isAmong(item, all, pasted);
  if (operator === "not in") return (item, all) => !isAmong(item, all, pasted);
  return readingAlike(pasted, COMPARISONS[operator]);
}

/** `-x` and `+x`. */
export function negate(value: Value, operator: "-" | "+"): Value {
  if (typeof value !== "number") throw unfitting(operator, [value]);
  return operator === "-" ? -value : value;
}

/** For a list that would be longer than {@linkcode MAX_LIST_ITEMS}. */
export function tooManyItems(): ExpressionError {
  const message = `Cannot make a list of more than ${MAX_LIST_ITEMS} items`;
  return new ExpressionError(message, { name: "ValueError" });
}

type Calculation = (left: number, right: number) => number;

const CALCULATIONS: Readonly<Record<ArithmeticOperator, Calculation>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / divisor(right),
  "//": (left, right) => Math.floor(left / divisor(right)),
  "%": (left, right) => remainder(left, divisor(right)),
};

const COMPARISONS: Readonly<
  Record<Exclude<ComparisonOperator, "in" | "not in">, Operation<boolean>>
> = {
  "==": sameValue,
  "!=": (left, right) => !sameValue(left, right),
  "<": (left, right) => orderOf(left, right) < 0,
  "<=": (left, right) => orderOf(left, right) <= 0,
  ">": (left, right) => orderOf(left, right) > 0,
  ">=": (left, right) => orderOf(left, right) >= 0,
};

/** An operation that first reads texts from holes; without holes it is the operation itself. */
function readingAlike<Result>(
  pasted: PastedSides,
  operation: Operation<Result>,
): Operation<Result> {
  if (!pasted.left && !pasted.right) return operation;
  return (left, right) => operation(...readAlike([left, right], pasted));
}

function divisor(value: number): number {
  if (value !== 0) return value;
  throw new ExpressionError("Cannot divide by zero", { name: "ZeroDivisionError" });
}

/** It has the sign of the divisor, as in Python, so that `-1 % 7` is 6. */
function remainder(left: number, right: number): number {
  const rest = left % right;
  return rest !== 0 && (rest < 0) !== (right < 0) ? rest + right : rest;
}

function joinedList(left: readonly Value[], right: readonly Value[]): readonly Value[] {
  if (left.length + right.length > MAX_LIST_ITEMS) throw tooManyItems();
  return [...left, ...right];
}

function isAmong(item: Value, all: Value, pasted: PastedSides): boolean {
  if (isList(all)) {
    const sides = { left: pasted.left, right: false };
    return all.some((each) => sameValue(...readAlike([item, each], sides)));
  }
  if (typeof item === "string" && typeof all === "string") return all.includes(item);
  if (typeof item === "string" && isMapping(all)) return entryOf(all, item) !== undefined;
  throw unfitting("in", [item, all]);
}

function unfitting(operator: string, operands: readonly Value[]): ExpressionError {
  const types = operands.map(typeName).join(" and ");
  return new ExpressionError(`Cannot use "${operator}" with ${types}`, { name: "TypeError" });
}
