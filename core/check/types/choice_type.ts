/**
 * The types of choices, `a and b or c` and `a ? b : c`, and what in them is
 * never read.
 *
 * @module
 */
import { type ConditionalNode, type LogicalNode, type Node, walk } from "../../expr/ast.ts";
import { isTruthy } from "../../expr/truth.ts";
import { mergeTypes } from "./merge_types.ts";
import type { TypeFacts, TypeOf } from "./type_facts.ts";
import { optionsOf, type Type } from "./type.ts";

/** The type of `a and b` or of `a or b`. */
export function logicalType(node: LogicalNode, typeOf: TypeOf, { report }: TypeFacts): Type {
  const operands = node.operands.map((operand) => ({ node: operand, type: typeOf(operand) }));
  const decisive = node.operator === "or";
  if (dependsOnRun(node)) {
    const deciding = operands.slice(0, -1).find((each) => truthOf(each) === decisive);
    if (deciding !== undefined) {
      const { start, end } = deciding.node;
      const message = `What stands behind this "${node.operator}" is never read: ` +
        `the value before it always counts as ${decisive}`;
      report({ code: "choice-constant", severity: "warning", message, start, end });
    } else if (decisive) reportNeverTaken(node, typeOf, report);
  }
  return mergeTypes(operands.map(({ type }) => type));
}

/** The type of `a ? b : c`. */
export function conditionalType(
  { condition, whenTrue, whenFalse }: ConditionalNode,
  typeOf: TypeOf,
  { report }: TypeFacts,
): Type {
  const truth = truthOf({ node: condition, type: typeOf(condition) });
  if (truth !== undefined) {
    const { start, end } = condition;
    const message = `This choice always gives the same: its condition always counts as ${truth}`;
    report({ code: "choice-constant", severity: "warning", message, start, end });
  }
  return mergeTypes([typeOf(whenTrue), typeOf(whenFalse)]);
}

/** Of `a and '' or c`: it was meant as a choice, but gives `c` in any case. */
function reportNeverTaken(
  { operands }: LogicalNode,
  typeOf: TypeOf,
  report: TypeFacts["report"],
): void {
  for (const operand of operands.slice(0, -1)) {
    const last = operand.kind === "logical" && operand.operator === "and"
      ? operand.operands.at(-1)
      : undefined;
    if (last === undefined || truthOf({ node: last, type: typeOf(last) }) !== false) continue;
    const message =
      'This value counts as false, so what stands behind "or" is taken in any case; ' +
      "write condition ? value : other";
    report({
      code: "choice-falsy",
      severity: "warning",
      message,
      start: last.start,
      end: last.end,
    });
  }
}

interface Operand {
  readonly node: Node;
  readonly type: Type;
}

/** Whether a value always or never counts as true; `undefined` when that cannot be told. */
function truthOf({ node, type }: Operand): boolean | undefined {
  if (node.kind === "hole") return truthOf({ node: node.expression, type });
  if (node.kind === "literal") return isTruthy(node.value);
  if (node.kind === "list") return node.items.length > 0;
  if (node.kind === "mapping") return node.entries.length > 0;
  const [first, ...others] = optionsOf(type).map(truthOfType);
  return others.every((other) => other === first) ? first : undefined;
}

function truthOfType(type: Type): boolean | undefined {
  if (type.kind === "null") return false;
  if (type.kind === "datetime" || type.kind === "date") return true;
  if (type.kind !== "string" || type.oneOf === undefined) return undefined;
  const [first, ...others] = type.oneOf.map(isTruthy);
  return others.every((other) => other === first) ? first : undefined;
}

/** What is written out as a whole is for the rule about constant conditions. */
function dependsOnRun(root: Node): boolean {
  let depends = false;
  walk(root, ({ kind }) => depends ||= kind === "path" || kind === "call");
  return depends;
}
