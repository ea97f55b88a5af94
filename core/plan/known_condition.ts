/**
 * Conditions that a run's parameters decide before it begins.
 *
 * @module
 */
import { type Node, type PathNode, walk } from "../expr/ast.ts";
import { compile } from "../expr/compile.ts";
import { evaluateCondition, parseCondition } from "../expr/condition.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { BUILTIN_FILTERS } from "../expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../expr/functions.ts";
import { isTruthy } from "../expr/truth.ts";
import type { Value, ValueObject } from "../expr/value.ts";

/**
 * Whether a condition holds, as far as parameters alone can tell; `undefined`
 * where it depends on the run as well, or goes wrong. Of `a and b`, one part
 * that is known to be false is enough.
 *
 * @example
 * ```ts
 * import { knownCondition } from "./known_condition.ts";
 * import { equal } from "node:assert/strict";
 *
 * const params = { full: false };
 * equal(knownCondition("params.full", params), false);
 * equal(knownCondition("needs.read.result == 'success' && params.full", params), false);
 * equal(knownCondition("needs.read.result == 'success' || params.full", params), undefined);
 * ```
 */
export function knownCondition(
  condition: string | boolean,
  params: ValueObject,
): boolean | undefined {
  if (typeof condition === "boolean") return condition;
  try {
    const { root } = parseCondition(condition);
    const context = contextOf(params);
    if (isKnown(root, params)) return evaluateCondition(condition, context);
    return truthOf(root, { params, context });
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

interface Facts {
  readonly params: ValueObject;
  readonly context: EvaluationContext;
}

/** Whether a part counts as true; `undefined` where parameters alone cannot tell. */
function truthOf(node: Node, facts: Facts): boolean | undefined {
  if (isKnown(node, facts.params)) return isTruthy(compile(node)(facts.context));
  switch (node.kind) {
    case "hole":
      return truthOf(node.expression, facts);
    case "unary": {
      const operand = node.operator === "not" ? truthOf(node.operand, facts) : undefined;
      return operand === undefined ? undefined : !operand;
    }
    case "logical": {
      const decisive = node.operator === "or";
      const truths = node.operands.map((operand) => truthOf(operand, facts));
      if (truths.includes(decisive)) return decisive;
      return truths.includes(undefined) ? undefined : !decisive;
    }
    case "conditional": {
      const condition = truthOf(node.condition, facts);
      if (condition === undefined) return undefined;
      return truthOf(condition ? node.whenTrue : node.whenFalse, facts);
    }
    default:
      return undefined;
  }
}

/** Functions whose value the run decides. */
const OF_THE_RUN: ReadonlySet<string> = new Set(["success", "failure", "cancelled", "now"]);

/** Whether a part reads nothing but parameters that there are. */
function isKnown(root: Node, params: ValueObject): boolean {
  let known = true;
  walk(root, (node) => {
    if (node.kind === "path") known &&= isGiven(node, params);
    if (node.kind === "call") {
      known &&= BUILTIN_FUNCTIONS.has(node.name) && !OF_THE_RUN.has(node.name);
    }
    if (node.kind === "filter") known &&= BUILTIN_FILTERS.has(node.name);
  });
  return known;
}

function isGiven({ root, steps: [first] }: PathNode, params: ValueObject): boolean {
  return root === "params" && first?.kind === "name" && Object.hasOwn(params, first.name);
}

function contextOf(params: ValueObject): EvaluationContext {
  const lookup = (name: string): Value | undefined => name === "params" ? params : undefined;
  const tables = { functions: BUILTIN_FUNCTIONS, filters: BUILTIN_FILTERS };
  return { lookup, ...tables, nowMs: 0, status: "success" };
}
