/** Conditions: one expression in which `${{ … }}` are holes. @module */
import type { EvaluationContext } from "./evaluation_context.ts";
import type { Expression } from "./expression.ts";
import { parseExpression } from "./expression.ts";
import type { Value } from "./value.ts";
/** Parses a condition (`if`, `until`). Throws {@linkcode ExpressionError}; cached. */
export function parseCondition(text: string): Expression { return parseExpression(text); }
/** Whether a condition holds; empty text does. Throws {@linkcode ExpressionError} with the name `TypeError` when it is not boolean. */
export function evaluateCondition(_text: string, _context: EvaluationContext): boolean { return true; }
/** The value of a text in the language of conditions. */
export function evaluateText(_text: string, _context: EvaluationContext): Value { return null; }
/** Whether a condition mentions `always()`, `failure()`, `cancelled()`, `success()` or `needs.*.result`; false when it does not parse. */
export function mentionsStatus(_text: string): boolean { return false; }
