/**
 * Expressions: parsed once, evaluated often.
 *
 * @module
 */
import type { Node } from "./ast.ts";
import { BoundedCache } from "./bounded_cache.ts";
import { compile } from "./compile.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import { parse } from "./parser.ts";
import type { Value } from "./value.ts";

/** A parsed expression. */
export interface Expression {
  /** Its text. */
  readonly text: string;
  /** Its tree. */
  readonly root: Node;
  /** Computes its value. Throws {@linkcode ExpressionError} with offsets into `text`. */
  evaluate(context: EvaluationContext): Value;
}

/** How many characters of text are kept parsed, of each of expressions, templates and conditions. */
export const MAX_CACHED_CHARS = 262_144;

/**
 * Parses what stands between `${{` and `}}`. Parsed expressions are kept, so
 * that asking again costs a look-up.
 *
 * @throws {ExpressionError} with the name `SyntaxError` and the place.
 * @example
 * ```ts
 * import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS, parseExpression } from "./mod.ts";
 *
 * const expression = parseExpression("params.name | upper");
 * const value = expression.evaluate({
 *   lookup: (name) => name === "params" ? { name: "bob" } : undefined,
 *   functions: BUILTIN_FUNCTIONS,
 *   filters: BUILTIN_FILTERS,
 *   nowMs: 0,
 *   status: "success",
 * });
 * console.assert(value === "BOB");
 * ```
 */
export function parseExpression(text: string): Expression {
  return expressions.getOrMake(text, parsed);
}

const expressions = new BoundedCache<Expression>(MAX_CACHED_CHARS);

function parsed(text: string): Expression {
  const root = parse(text);
  return { text, root, evaluate: compile(root) };
}
