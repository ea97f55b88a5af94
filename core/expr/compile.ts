/**
 * Trees into functions: what can be decided once (which operator, which names)
 * is decided here, so that evaluating is only what depends on the context.
 *
 * @module
 */
import type {
  ArithmeticNode,
  ComparisonNode,
  ConditionalNode,
  HoleNode,
  LogicalNode,
  MappingNode,
  Node,
  QuotedNode,
  UnaryNode,
} from "./ast.ts";
import { compileCall, compileFilter } from "./compile_call.ts";
import { compileAccess, compilePath } from "./compile_path.ts";
import type { Evaluator } from "./evaluator.ts";
import { placed } from "./expression_error.ts";
import type { PastedSides } from "./hole_text.ts";
import { arithmetic, comparison, negate, type Operation } from "./operators.ts";
import { boundedText, textOf } from "./text.ts";
import { isTruthy } from "./truth.ts";
import type { Value } from "./value.ts";

/** Turns a tree into a function that computes its value. */
export function compile(node: Node): Evaluator {
  switch (node.kind) {
    case "literal":
      return constant(node.value);
    case "list":
      return listOf(node.items.map(compile));
    case "mapping":
      return compileMapping(node);
    case "path":
      return compilePath(node, compile);
    case "access":
      return compileAccess(node, compile);
    case "call":
      return compileCall(node, compile);
    case "filter":
      return compileFilter(node, compile);
    case "unary":
      return compileUnary(node);
    case "arithmetic":
      return compileArithmetic(node);
    case "comparison":
      return compileComparison(node);
    case "logical":
      return compileLogical(node);
    case "conditional":
      return compileConditional(node);
    case "hole":
      return compileHole(node);
    case "quoted":
      return compileQuoted(node);
    default:
      return node satisfies never;
  }
}

function constant(value: Value): Evaluator {
  return () => value;
}

function listOf(items: readonly Evaluator[]): Evaluator {
  return (context) => items.map((item) => item(context));
}

function compileMapping({ entries }: MappingNode): Evaluator {
  const compiled = entries.map(({ name, value }) => ({ name, value: compile(value) }));
  return (context) => {
    const mapping: Record<string, Value> = {};
    for (const { name, value } of compiled) mapping[name] = value(context);
    return mapping;
  };
}

function compileUnary(node: UnaryNode): Evaluator {
  const operand = compile(node.operand);
  if (node.operator === "not") return (context) => !isTruthy(operand(context));
  const { operator } = node;
  return (context) => {
    const value = operand(context);
    try {
      return negate(value, operator);
    } catch (error) {
      throw placed(error, node);
    }
  };
}

function compileArithmetic(node: ArithmeticNode): Evaluator {
  const [left, right] = [compile(node.left), compile(node.right)];
  const operate = arithmetic(node.operator, pastedSides(node.left, node.right));
  return (context) => {
    const [a, b] = [left(context), right(context)];
    try {
      return operate(a, b);
    } catch (error) {
      throw placed(error, node);
    }
  };
}

/** In a chain `a < b < c` all neighbours must compare so; what stands behind the first that do not is not looked at. */
function compileComparison(node: ComparisonNode): Evaluator {
  const first = compile(node.first);
  const links = node.rest.map((_, i) => compileLink(node, i));
  const [only, ...others] = links;
  if (only !== undefined && others.length === 0) {
    return (context) => only.holds(first(context), only.operand(context));
  }
  return (context) => {
    let left = first(context);
    for (const link of links) {
      const right = link.operand(context);
      if (!link.holds(left, right)) return false;
      left = right;
    }
    return true;
  };
}

interface Link {
  readonly operand: Evaluator;
  readonly holds: Operation<boolean>;
}

function compileLink(node: ComparisonNode, i: number): Link {
  const { operator, operand } = node.rest[i] ?? { operator: "==", operand: node.first };
  const before = node.rest[i - 1]?.operand ?? node.first;
  const compare = comparison(operator, pastedSides(before, operand));
  const holds = (left: Value, right: Value) => {
    try {
      return compare(left, right);
    } catch (error) {
      throw placed(error, node);
    }
  };
  return { operand: compile(operand), holds };
}

function compileLogical({ operator, operands }: LogicalNode): Evaluator {
  const compiled = operands.map(compile);
  const decisive = operator === "or";
  return (context) => {
    let value: Value = null;
    for (const operand of compiled) {
      value = operand(context);
      if (isTruthy(value) === decisive) break;
    }
    return value;
  };
}

function compileConditional(node: ConditionalNode): Evaluator {
  const condition = compile(node.condition);
  const [whenTrue, whenFalse] = [compile(node.whenTrue), compile(node.whenFalse)];
  return (context) => isTruthy(condition(context)) ? whenTrue(context) : whenFalse(context);
}

/**
 * `rstr` quotes a text so that it could be pasted into code. Nothing is pasted
 * here, so in a hole it only says that the value is meant as text.
 */
function compileHole({ expression }: HoleNode): Evaluator {
  if (!isQuoting(expression)) return compile(expression);
  const input = compile(expression.input);
  return (context) => textOf(input(context));
}

function compileQuoted({ parts }: QuotedNode): Evaluator {
  const compiled = parts.map(compile);
  return (context) => boundedText(compiled.map((part) => textOf(part(context))));
}

/** Which operands are holes outside of quotes: their text takes the type of what it stands beside. */
function pastedSides(left: Node, right: Node): PastedSides {
  return { left: isPasted(left), right: isPasted(right) };
}

function isPasted(node: Node): boolean {
  return node.kind === "hole" && !isQuoting(node.expression);
}

function isQuoting(node: Node): node is Extract<Node, { kind: "filter" }> {
  return node.kind === "filter" && node.name === "rstr";
}
