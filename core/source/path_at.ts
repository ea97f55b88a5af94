/**
 * What stands at an offset of a document: the way back from text to values.
 *
 * @module
 */
import { isMap, isNode, isScalar, isSeq, type Node, Scalar } from "yaml";

/** What stands at an offset. */
export interface PathAt {
  /** The way to the innermost value whose text holds the offset, or whose key does. */
  readonly path: readonly PropertyKey[];
  /** Whether the offset is in its key or in the value itself. */
  readonly target: "key" | "value";
  /** Whether that is a text, a number or the like, and not a mapping or list around the offset. */
  readonly isScalar: boolean;
  /** Whether the value is written in quotes or as a block, so that its text is not the source. */
  readonly style: "plain" | "quoted" | "block" | "none";
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
}

/** What stands at `offset`; the offset behind a value still belongs to it. */
export function pathAt(root: Node | null, offset: number): PathAt {
  let found: PathAt = { ...NOWHERE, end: root?.range?.[2] ?? 0 };
  let node: Node | null = root;
  while (node !== null) {
    const child = childAt(node, offset);
    if (child === undefined) return found;
    const path = [...found.path, child.step];
    found = { path, target: child.target, ...shapeOf(child.node) };
    node = child.target === "key" ? null : child.node;
  }
  return found;
}

const NOWHERE: PathAt = {
  path: [],
  target: "value",
  isScalar: false,
  style: "none",
  start: 0,
  end: 0,
};

interface Child {
  readonly step: PropertyKey;
  readonly target: "key" | "value";
  readonly node: Node;
}

function childAt(node: Node, offset: number): Child | undefined {
  if (isSeq(node)) {
    for (const [step, item] of node.items.entries()) {
      if (isNode(item) && holds(item, offset)) return { step, target: "value", node: item };
    }
  }
  if (!isMap(node)) return undefined;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const step = typeof key.value === "string" ? key.value : key.source ?? "";
    if (holds(key, offset)) return { step, target: "key", node: key };
    if (isNode(value) && holds(value, offset)) return { step, target: "value", node: value };
  }
  return undefined;
}

function holds({ range }: Node, offset: number): boolean {
  return range != null && range[0] <= offset && offset <= range[1];
}

function shapeOf(node: Node): Omit<PathAt, "path" | "target"> {
  const [start, end] = node.range ?? [0, 0];
  return { isScalar: isScalar(node), style: styleOf(node), start, end };
}

function styleOf(node: Node): PathAt["style"] {
  if (!isScalar(node)) return "none";
  switch (node.type) {
    case Scalar.QUOTE_DOUBLE:
    case Scalar.QUOTE_SINGLE:
      return "quoted";
    case Scalar.BLOCK_FOLDED:
    case Scalar.BLOCK_LITERAL:
      return "block";
    default:
      return "plain";
  }
}
