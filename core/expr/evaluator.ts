/**
 * What a tree is compiled into.
 *
 * @module
 */
import type { Node } from "./ast.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import type { Value } from "./value.ts";

/** Computes the value of a tree. Throws nothing but {@linkcode ExpressionError}. */
export type Evaluator = (context: EvaluationContext) => Value;

/** Turns a tree into a function that computes its value. */
export type Compile = (node: Node) => Evaluator;
