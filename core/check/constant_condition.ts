/**
 * Conditions whose value is known before anything runs.
 *
 * @module
 */
import { type Node, walk } from "../expr/ast.ts";
import { evaluateCondition, parseCondition } from "../expr/condition.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { BUILTIN_FILTERS } from "../expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../expr/functions.ts";

/** Whether a condition always or never holds; `undefined` when that depends on the run, or it goes wrong. */
export function constantCondition(condition: string | boolean | undefined): boolean | undefined {
  if (typeof condition !== "string") return condition;
  try {
    return isConstant(parseCondition(condition).root)
      ? evaluateCondition(condition, NOTHING_KNOWN)
      : undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

const NOTHING_KNOWN: EvaluationContext = {
  lookup: () => undefined,
  functions: BUILTIN_FUNCTIONS,
  filters: BUILTIN_FILTERS,
  nowMs: 0,
  status: "success",
};

/** Functions whose value the run decides. */
const OF_THE_RUN: ReadonlySet<string> = new Set(["success", "failure", "cancelled", "now"]);

function isConstant(root: Node): boolean {
  let isFixed = true;
  walk(root, (node) => {
    if (node.kind === "path") isFixed = false;
    if (node.kind === "call") {
      isFixed &&= BUILTIN_FUNCTIONS.has(node.name) && !OF_THE_RUN.has(node.name);
    }
    if (node.kind === "filter") isFixed &&= BUILTIN_FILTERS.has(node.name);
  });
  return isFixed;
}
