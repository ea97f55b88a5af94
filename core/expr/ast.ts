/**
 * The tree that an expression is parsed into. All offsets count UTF-16 units
 * from the start of the text that was parsed.
 *
 * @module
 */

/** Where a node stands. */
export interface Located {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
}

/** A value that is written out: `1`, `'text'`, `true`, `None`. */
export interface LiteralNode extends Located {
  /** Tells the node from others. */
  readonly kind: "literal";
  /** The value. */
  readonly value: null | boolean | number | string;
}

/** A list that is written out: `[1, x]`. */
export interface ListNode extends Located {
  /** Tells the node from others. */
  readonly kind: "list";
  /** Its items, in order. */
  readonly items: readonly Node[];
}

/** An entry of a {@linkcode MappingNode}. */
export interface MappingEntry extends Located {
  /** Its name. */
  readonly name: string;
  /** Its value. */
  readonly value: Node;
}

/** A mapping that is written out: `{'a': 1}`. */
export interface MappingNode extends Located {
  /** Tells the node from others. */
  readonly kind: "mapping";
  /** Its entries, in order. */
  readonly entries: readonly MappingEntry[];
}

/** One step further into a value. */
export type Step =
  & Located
  & {
    /** Whether a `?` says that it may be missing. */
    readonly optional: boolean;
  }
  & (
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "index"; readonly index: Node }
  );

/** A path into the context: `params.list[0]`, `needs.main-process.result`, `item?`. */
export interface PathNode extends Located {
  /** Tells the node from others. */
  readonly kind: "path";
  /** The name it begins with. */
  readonly root: string;
  /** Whether a `?` says that the root may be missing. */
  readonly optional: boolean;
  /** What follows the root. */
  readonly steps: readonly Step[];
  /** The path as written, for messages. */
  readonly text: string;
}

/** Steps into a value that is computed: `fromJson(x).name`, `(a or b)[0]`. */
export interface AccessNode extends Located {
  /** Tells the node from others. */
  readonly kind: "access";
  /** The value. */
  readonly object: Node;
  /** The steps, at least one. */
  readonly steps: readonly Step[];
  /** All of it as written, for messages. */
  readonly text: string;
}

/** A call: `fromJson(x)`. */
export interface CallNode extends Located {
  /** Tells the node from others. */
  readonly kind: "call";
  /** What is called. */
  readonly name: string;
  /** Its arguments, in order. */
  readonly args: readonly Node[];
}

/** An argument that is given by name: `fmt='%Y'`. */
export interface NamedArgument extends Located {
  /** The parameter. */
  readonly name: string;
  /** What it gets. */
  readonly value: Node;
}

/** A filter behind a value: `x | fmt('%Y')`. */
export interface FilterNode extends Located {
  /** Tells the node from others. */
  readonly kind: "filter";
  /** What stands before the bar. */
  readonly input: Node;
  /** The filter. */
  readonly name: string;
  /** Offset of its name. */
  readonly nameStart: number;
  /** Arguments given by position. */
  readonly args: readonly Node[];
  /** Arguments given by name. */
  readonly named: readonly NamedArgument[];
  /** The filter with its arguments as written, for messages. */
  readonly text: string;
}

/** An operator before one operand; `!x` is `not x`. */
export interface UnaryNode extends Located {
  /** Tells the node from others. */
  readonly kind: "unary";
  /** Which. */
  readonly operator: "not" | "-" | "+";
  /** Of what. */
  readonly operand: Node;
}

/** How two numbers (texts, lists) are combined. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%";

/** `a + b` and the like. */
export interface ArithmeticNode extends Located {
  /** Tells the node from others. */
  readonly kind: "arithmetic";
  /** Which. */
  readonly operator: ArithmeticOperator;
  /** What stands before it. */
  readonly left: Node;
  /** What stands behind it. */
  readonly right: Node;
}

/** How two values are compared. */
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

/** `a < b`, or a chain `a < b < c` in which every neighbour is compared. */
export interface ComparisonNode extends Located {
  /** Tells the node from others. */
  readonly kind: "comparison";
  /** The first operand. */
  readonly first: Node;
  /** The operators with the operands behind them, at least one. */
  readonly rest: readonly {
    readonly operator: ComparisonOperator;
    readonly operand: Node;
  }[];
}

/** `a and b and c`, also written `&&`; or `a or b`, also written `||`. Gives the operand that decided. */
export interface LogicalNode extends Located {
  /** Tells the node from others. */
  readonly kind: "logical";
  /** Which. */
  readonly operator: "and" | "or";
  /** Its operands, at least two. */
  readonly operands: readonly Node[];
}

/** `a if condition else b`, also written `condition ? a : b`. */
export interface ConditionalNode extends Located {
  /** Tells the node from others. */
  readonly kind: "conditional";
  /** What decides. */
  readonly condition: Node;
  /** The value when it holds. */
  readonly whenTrue: Node;
  /** The value when it does not. */
  readonly whenFalse: Node;
}

/** `${{ … }}` within a condition, where a value stands. */
export interface HoleNode extends Located {
  /** Tells the node from others. */
  readonly kind: "hole";
  /** What is between the braces. */
  readonly expression: Node;
}

/** Quoted text with holes within a condition: `'v${{ params.n }}'`. */
export interface QuotedNode extends Located {
  /** Tells the node from others. */
  readonly kind: "quoted";
  /** Its literal texts and holes, in order. */
  readonly parts: readonly (LiteralNode | HoleNode)[];
}

/** Any node. */
export type Node =
  | LiteralNode
  | ListNode
  | MappingNode
  | PathNode
  | AccessNode
  | CallNode
  | FilterNode
  | UnaryNode
  | ArithmeticNode
  | ComparisonNode
  | LogicalNode
  | ConditionalNode
  | HoleNode
  | QuotedNode;

/** The nodes directly below a node, in the order in which they are written. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "literal":
      return [];
    case "list":
      return node.items;
    case "mapping":
      return node.entries.map((entry) => entry.value);
    case "path":
      return indexesOf(node.steps);
    case "access":
      return [node.object, ...indexesOf(node.steps)];
    case "call":
      return node.args;
    case "filter":
      return [node.input, ...node.args, ...node.named.map((argument) => argument.value)];
    case "unary":
      return [node.operand];
    case "arithmetic":
      return [node.left, node.right];
    case "comparison":
      return [node.first, ...node.rest.map(({ operand }) => operand)];
    case "logical":
      return node.operands;
    case "conditional":
      return inOrder(node.condition, node.whenTrue, node.whenFalse);
    case "hole":
      return [node.expression];
    case "quoted":
      return node.parts;
    default:
      return node satisfies never;
  }
}

/**
 * Calls `visit` for a node and all below it, parents first, in the order in
 * which they are written.
 *
 * @example
 * ```ts
 * import { walk } from "./ast.ts";
 * import { parseExpression } from "./expression.ts";
 *
 * const calls: string[] = [];
 * walk(parseExpression("fromJson(a) and always()").root, (node) => {
 *   if (node.kind === "call") calls.push(node.name);
 * });
 * console.assert(calls.join() === "fromJson,always");
 * ```
 */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of childrenOf(node)) walk(child, visit);
}

/** How many nodes stand above one another at most. Without recursion, because it guards against that. */
export function heightOf(root: Node): number {
  let height = 0;
  for (let level: readonly Node[] = [root]; level.length > 0; height++) {
    level = level.flatMap(childrenOf);
  }
  return height;
}

function indexesOf(steps: readonly Step[]): readonly Node[] {
  return steps.flatMap((step) => step.kind === "index" ? [step.index] : []);
}

function inOrder(...nodes: readonly Node[]): readonly Node[] {
  return nodes.toSorted((a, b) => a.start - b.start);
}
