/**
 * A context for tests of the expression language.
 *
 * @module
 */
import fc from "fast-check";
import {
  BUILTIN_FILTERS,
  BUILTIN_FUNCTIONS,
  type EvaluationContext,
  ExpressionError,
  parseExpression,
  type Value,
  type ValueObject,
} from "../../core/expr/mod.ts";

/** Any text, halves of characters included. */
export const anyString: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0xffff })))
  .map((units) => String.fromCharCode(...units));

/** A context in which the names of a mapping can be looked up. */
export function contextOf(
  names: ValueObject = {},
  facts: Partial<EvaluationContext> = {},
): EvaluationContext {
  return {
    lookup: (name) => Object.hasOwn(names, name) ? names[name] : undefined,
    functions: BUILTIN_FUNCTIONS,
    filters: BUILTIN_FILTERS,
    nowMs: 0,
    status: "success",
    ...facts,
  };
}

/** The value of an expression. */
export function evaluate(text: string, names: ValueObject = {}): Value {
  return parseExpression(text).evaluate(contextOf(names));
}

/** What an expression fails with: `TypeError 2-5: Cannot …`. */
export function failureOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `${error.name} ${error.start}-${error.end}: ${error.message}`;
  }
  return "no failure";
}
