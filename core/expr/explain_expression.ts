/**
 * An expression with the value of each of its parts: why it came to what it
 * did.
 *
 * @module
 */
import { messageOf } from "../source/message_of.ts";
import { childrenOf, type Node } from "./ast.ts";
import { compile } from "./compile.ts";
import { evaluateText, parseCondition } from "./condition.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import { ExpressionError } from "./expression_error.ts";
import { shortReprOf } from "./text.ts";
import { isTruthy } from "./truth.ts";
import type { Value } from "./value.ts";

/** What became of a part of an expression. */
export type PartEnd =
  | {
    readonly kind: "value";
    /** The value as it was then, cut to what a line can hold: what it was taken from goes on changing. */
    readonly shown: string;
    /** Whether it counts as true. */
    readonly holds: boolean;
  }
  | { readonly kind: "error"; readonly message: string }
  /** What stands before it had decided already, so it was not looked at. */
  | { readonly kind: "passed-over" };

/** A part of an expression with what became of it. */
export interface ExplainedPart {
  /** The part as written. */
  readonly text: string;
  /** What became of it. */
  readonly end: PartEnd;
  /** The parts that it is made of, without those that are written out. */
  readonly parts: readonly ExplainedPart[];
}

/**
 * A condition with the value of each of its parts, in the order in which they
 * are written. Never throws for what an author wrote: a part that goes wrong
 * says how.
 *
 * @example
 * ```ts
 * import { explainCondition } from "./explain_expression.ts";
 * import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS } from "./mod.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const explained = explainCondition("params.rows > 3 && params.full", {
 *   lookup: () => ({ rows: 2, full: true }),
 *   functions: BUILTIN_FUNCTIONS,
 *   filters: BUILTIN_FILTERS,
 *   nowMs: 0,
 *   status: "success",
 * });
 * deepEqual(explained.end, { kind: "value", shown: "false", holds: false });
 * deepEqual(explained.parts.map(({ text, end }) => [text, end.kind]), [
 *   ["params.rows > 3", "value"],
 *   ["params.full", "passed-over"],
 * ]);
 * ```
 */
export function explainCondition(text: string, context: EvaluationContext): ExplainedPart {
  try {
    const { root } = parseCondition(text);
    const { parts } = explain(root, { text, context, isReached: true });
    return { text: text.trim(), end: endOf(() => evaluateText(text, context)), parts };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { text: text.trim(), end: { kind: "error", message: error.message }, parts: [] };
  }
}

interface Explaining {
  readonly text: string;
  readonly context: EvaluationContext;
  /** Whether evaluation comes here at all. */
  readonly isReached: boolean;
}

function explain(node: Node, explaining: Explaining): ExplainedPart {
  if (node.kind === "hole") return explain(node.expression, explaining);
  const { text, context, isReached } = explaining;
  const reached = reachedChildren(node, context);
  const parts = childrenOf(node).flatMap((child) =>
    isWrittenOut(child)
      ? []
      : [explain(child, { ...explaining, isReached: isReached && reached.has(child) })]
  );
  const end: PartEnd = isReached ? endOf(() => compile(node)(context)) : { kind: "passed-over" };
  return { text: text.slice(node.start, node.end).trim(), end, parts };
}

/** Of what decides from left to right, the parts up to the one that decided. */
function reachedChildren(node: Node, context: EvaluationContext): ReadonlySet<Node> {
  switch (node.kind) {
    case "logical": {
      const decisive = node.operator === "or";
      const last = node.operands.findIndex((operand) => truthOf(operand, context) !== !decisive);
      return new Set(last < 0 ? node.operands : node.operands.slice(0, last + 1));
    }
    case "conditional": {
      const truth = truthOf(node.condition, context);
      if (truth === undefined) return new Set([node.condition]);
      return new Set([node.condition, truth ? node.whenTrue : node.whenFalse]);
    }
    case "comparison": {
      // A chain `a < b < c` is looked at link by link.
      const operands = [node.first, ...node.rest.map(({ operand }) => operand)];
      const last = node.rest.findIndex((link, at) =>
        truthOf({ ...node, first: operands[at] ?? node.first, rest: [link] }, context) !== true
      );
      return new Set(last < 0 ? operands : operands.slice(0, last + 2));
    }
    default:
      return new Set(childrenOf(node));
  }
}

/** Whether a part counts as true; `undefined` when it goes wrong. */
function truthOf(node: Node, context: EvaluationContext): boolean | undefined {
  const end = endOf(() => compile(node)(context));
  return end.kind === "value" ? end.holds : undefined;
}

function endOf(evaluate: () => Value): PartEnd {
  try {
    const value = evaluate();
    return { kind: "value", shown: shownText(value), holds: isTruthy(value) };
  } catch (error) {
    // Functions of plugins may throw anything; here that is only told.
    return { kind: "error", message: messageOf(error) };
  }
}

/** As it would be written in an expression. */
function shownText(value: Value): string {
  return value === null || typeof value === "boolean" ? String(value) : shortReprOf(value);
}

/** What shows its value by itself. */
function isWrittenOut(node: Node): boolean {
  if (node.kind === "literal") return true;
  if (node.kind === "unary" || node.kind === "hole") return childrenOf(node).every(isWrittenOut);
  return (node.kind === "list" || node.kind === "mapping") && childrenOf(node).every(isWrittenOut);
}
