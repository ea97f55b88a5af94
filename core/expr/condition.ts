/**
 * Conditions (`if`, `until`): one expression in which `${{ … }}` stand for
 * values. In quotes a hole gives text; outside of quotes its text takes the
 * type of what it is compared with, so `${{ matrix.n }} == 1` holds for `"1"`
 * too. Values are never pasted into the expression (REFERENCE §2, W-05).
 *
 * @module
 */
import { type Node, walk } from "./ast.ts";
import { BoundedCache } from "./bounded_cache.ts";
import { compile } from "./compile.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import { type Expression, MAX_CACHED_CHARS } from "./expression.ts";
import { ExpressionError } from "./expression_error.ts";
import { booleanIn } from "./hole_text.ts";
import { parse } from "./parser.ts";
import { NO_BOOLEAN } from "./reference_messages.ts";
import type { Value } from "./value.ts";

/**
 * Parses a condition. Parsed ones are kept.
 *
 * @throws {ExpressionError} with the name `SyntaxError` and the place in `text`.
 */
export function parseCondition(text: string): Expression {
  return conditions.getOrMake(text, parsed);
}

/**
 * Whether a condition holds; empty text does.
 *
 * @throws {ExpressionError} with the place; with the name `TypeError` when the value is neither true nor false.
 * @example
 * ```ts
 * import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS, evaluateCondition } from "./mod.ts";
 *
 * const context = {
 *   lookup: (name: string) => name === "item" ? "4" : undefined,
 *   functions: BUILTIN_FUNCTIONS,
 *   filters: BUILTIN_FILTERS,
 *   nowMs: 0,
 *   status: "success",
 * } as const;
 * console.assert(evaluateCondition("${{ item }} == 4", context));
 * console.assert(!evaluateCondition("'${{ item }}' == 4", context));
 * ```
 */
export function evaluateCondition(text: string, context: EvaluationContext): boolean {
  if (text.trim() === "") return true;
  const value = evaluateText(text, context);
  if (typeof value === "boolean") return value;
  throw new ExpressionError(NO_BOOLEAN, { name: "TypeError", end: text.length });
}

/**
 * The value of a text in the language of conditions. A hole alone whose text
 * reads `True` or `false` gives that.
 *
 * @throws {ExpressionError} with the place in `text`.
 */
export function evaluateText(text: string, context: EvaluationContext): Value {
  const condition = parseCondition(text);
  const value = condition.evaluate(context);
  const isHole = condition.root.kind === "hole";
  return isHole && typeof value === "string" ? booleanIn(value) ?? value : value;
}

/**
 * Whether a condition looks at what happened before: mentions `always()`,
 * `success()`, `failure()`, `cancelled()` or `needs.*.result`. Such a
 * condition is asked instead of the default rule (REFERENCE §2). False for a
 * text that does not parse.
 */
export function mentionsStatus(text: string): boolean {
  let isMentioned = false;
  for (const root of rootsOf(text)) {
    walk(root, (node) => isMentioned ||= readsStatus(node));
  }
  return isMentioned;
}

const conditions = new BoundedCache<Expression>(MAX_CACHED_CHARS);

function parsed(text: string): Expression {
  const root = parse(text, { holes: true });
  return { text, root, evaluate: compile(root) };
}

/** None for what does not parse: whoever reports that has its own way to it. */
function rootsOf(text: string): readonly Node[] {
  try {
    return [parseCondition(text).root];
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

const STATUS_FUNCTIONS: ReadonlySet<string> = new Set([
  "always",
  "success",
  "failure",
  "cancelled",
]);

function readsStatus(node: Node): boolean {
  if (node.kind === "call") return STATUS_FUNCTIONS.has(node.name);
  if (node.kind !== "path" || node.root !== "needs") return false;
  const [, last] = node.steps;
  if (last?.kind === "name") return last.name === "result";
  return last?.kind === "index" && last.index.kind === "literal" && last.index.value === "result";
}
