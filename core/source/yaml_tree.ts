/**
 * The parser's tree into plain values, within bounds; and ways through it.
 *
 * @module
 */
import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { isForbiddenKey } from "./forbidden_key.ts";

/** How deeply lists and mappings may be nested, aliases written out. */
export const MAX_DEPTH = 100;

/** How many values a document may have, aliases not counted. */
export const MAX_NODES = 500_000;

/** How many values aliases may stand for, all together. */
export const MAX_ALIASED_NODES = 50_000;

/** For a document that exceeds {@linkcode MAX_DEPTH}. */
export const TOO_DEEP_MESSAGE: string =
  `Cannot read lists and mappings that are nested more than ${MAX_DEPTH} deep`;

/** Something wrong in the text, by offsets. */
export interface Fault {
  /** The code of the diagnostic. */
  readonly code: string;
  /** What is so. */
  readonly message: string;
  /** Where it starts. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** Another place that helps to explain. */
  readonly related?: { readonly message: string; readonly start: number; readonly end: number };
}

/** A value in the tree and the key that it stands under. */
export interface TreeEntry {
  /** `null` for the root and for items of lists. */
  readonly key: Node | null;
  /** `null` only in an empty document. */
  readonly value: Node | null;
}

/** A tree that has been read. */
export interface YamlTree {
  /** The plain value. */
  readonly value: unknown;
  /** What is wrong with it. */
  readonly faults: readonly Fault[];
  /** What an alias stands for; other nodes stand for themselves. */
  targetOf(node: Node | null): Node | null;
  /** The entry at a path, or the last one on the way to it. */
  find(path: readonly PropertyKey[]): TreeEntry & { readonly isComplete: boolean };
}

/** Reads a parser's tree. */
export function readTree(root: Node | null): YamlTree {
  return new TreeReader(root);
}

/** Whether nothing was written where the value would stand. */
export function isEmptyNode(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.type === Scalar.PLAIN && node.source === "");
}

/** How many faults are told of one document. */
const MAX_FAULTS = 100;

const MERGE_KEY = "<<";

/** A value with its size, so that an alias can be counted as what it stands for. */
interface Built {
  readonly value: unknown;
  readonly nodes: number;
  readonly height: number;
}

const NOTHING: Built = { value: null, nodes: 1, height: 0 };

class TreeReader implements YamlTree {
  readonly value: unknown;
  readonly faults: Fault[] = [];
  readonly #root: Node | null;
  readonly #entries = new Map<Node, ReadonlyMap<string, TreeEntry>>();
  readonly #anchors = new Map<string, Node>();
  readonly #targets = new Map<Node, Node>();
  readonly #builtAnchors = new Map<Node, Built>();
  #nodes = 0;
  #aliasedNodes = 0;
  /** Set when a bound is crossed: the rest is passed over. */
  #isStopped = false;

  constructor(root: Node | null) {
    this.#root = root;
    this.value = this.#read(root, 0).value;
  }

  targetOf(node: Node | null): Node | null {
    return node === null ? null : this.#targets.get(node) ?? node;
  }

  find(path: readonly PropertyKey[]): TreeEntry & { readonly isComplete: boolean } {
    let entry: TreeEntry = { key: null, value: this.#root };
    for (const step of path) {
      const next = this.#entryOf(this.targetOf(entry.value), String(step));
      if (next === undefined) return { ...entry, isComplete: false };
      entry = next;
    }
    return { ...entry, isComplete: true };
  }

  #entryOf(container: Node | null, name: string): TreeEntry | undefined {
    if (container === null) return undefined;
    if (!isSeq(container)) return this.#entries.get(container)?.get(name);
    const item = container.items[Number(name)];
    return isNode(item) ? { key: null, value: item } : undefined;
  }

  #read(node: unknown, depth: number): Built {
    if (this.#isStopped || !isNode(node)) return NOTHING;
    if (isAlias(node)) return this.#readAlias(node, depth);
    if (depth > MAX_DEPTH) return this.#stop(node, "yaml-too-deep", TOO_DEEP_MESSAGE);
    if (++this.#nodes > MAX_NODES) {
      const message = `Cannot read a document of more than ${MAX_NODES} values`;
      return this.#stop(node, "yaml-too-many-values", message);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const built = this.#readContent(node, depth);
    if (node.anchor !== undefined) this.#builtAnchors.set(node, built);
    return built;
  }

  #readContent(node: Node, depth: number): Built {
    if (isMap(node)) return this.#readMap(node, depth);
    if (isSeq(node)) return this.#readSeq(node, depth);
    return isScalar(node) ? this.#readScalar(node) : NOTHING;
  }

  #readAlias(alias: Alias, depth: number): Built {
    const target = this.#anchors.get(alias.source);
    const built = target === undefined ? undefined : this.#builtAnchors.get(target);
    if (target === undefined || built === undefined) {
      return this.#complain(
        alias,
        "yaml-alias",
        `Cannot find an anchor "${alias.source}" that is complete before this`,
      );
    }
    this.#targets.set(alias, target);
    this.#aliasedNodes += built.nodes;
    if (this.#aliasedNodes > MAX_ALIASED_NODES) {
      const message = `Cannot expand aliases that stand for more than ${MAX_ALIASED_NODES} values`;
      return this.#stop(alias, "yaml-alias", message);
    }
    if (depth + built.height > MAX_DEPTH) {
      return this.#stop(alias, "yaml-too-deep", TOO_DEEP_MESSAGE);
    }
    return built;
  }

  #readScalar(scalar: Scalar): Built {
    const { value, source = "" } = scalar;
    const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value) && WHOLE.test(source);
    if (!isRounded) return { value, nodes: 1, height: 0 };
    return this.#complain(
      scalar,
      "yaml-number",
      `Cannot keep all digits of ${source}; write it in quotes`,
    );
  }

  #readSeq(seq: YAMLSeq, depth: number): Built {
    const items = seq.items.map((item) => this.#read(item, depth + 1));
    return { value: items.map(({ value }) => value), ...sizeOf(items) };
  }

  /** What is merged comes first, but what the mapping says itself counts. */
  #readMap(map: YAMLMap, depth: number): Built {
    const entries = this.#namedEntries(map);
    const value: Record<string, unknown> = {};
    const parts: Built[] = [];
    for (const source of mergeSourcesOf(map)) {
      const part = this.#read(source, depth + 1);
      this.#mergeEntries(source, { entries, part, value });
      parts.push(part);
    }
    this.#entries.set(map, entries);
    for (const [name, { value: node, isMerged }] of entries) {
      if (isMerged) continue;
      const part = this.#read(node, depth + 1);
      value[name] = part.value;
      parts.push(part);
    }
    return { value, ...sizeOf(parts) };
  }

  #namedEntries(map: YAMLMap): Map<string, NamedEntry> {
    const entries = new Map<string, NamedEntry>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) continue;
      const name = this.#nameOf(key);
      const first = name === undefined ? undefined : entries.get(name);
      if (first !== undefined) this.#complainAboutDuplicate(first.key, key);
      else if (name !== undefined && isNode(key)) {
        entries.set(name, { key, value: isNode(value) ? value : null, isMerged: false });
      }
    }
    return entries;
  }

  #nameOf(key: unknown): string | undefined {
    if (!isScalar(key)) {
      this.#complain(
        key,
        "yaml-key",
        "Cannot use a list, a mapping or an alias as a key; write a text",
      );
      return undefined;
    }
    const name = typeof key.value === "string" ? key.value : key.source ?? "";
    if (!isForbiddenKey(name)) return name;
    this.#complain(key, "yaml-key-forbidden", `Cannot use "${name}" as a key; choose another name`);
    return undefined;
  }

  #mergeEntries(source: unknown, { entries, part, value }: Merging): void {
    if (this.#isStopped || !isNode(source)) return;
    const target = this.targetOf(source);
    const merged = target === null ? undefined : this.#entries.get(target);
    if (merged === undefined || typeof part.value !== "object" || part.value === null) {
      this.#complain(source, "yaml-merge", "Cannot merge what is no mapping");
      return;
    }
    const values = new Map<string, unknown>(Object.entries(part.value));
    for (const [name, entry] of merged) {
      if (entries.has(name)) continue;
      entries.set(name, { ...entry, isMerged: true });
      value[name] = values.get(name);
    }
  }

  #complainAboutDuplicate(first: Node | null, second: unknown): void {
    const name = isScalar(second) ? String(second.value) : "";
    const [start, end] = rangeOf(first);
    const related = { message: "It is first defined here", start, end };
    this.#complain(
      second,
      "yaml-duplicate-key",
      `Cannot define "${name}" twice in one mapping`,
      related,
    );
  }

  #complain(node: unknown, code: string, message: string, related?: Fault["related"]): Built {
    const [start, end] = rangeOf(node);
    const fault = { code, message, start, end };
    this.faults.push(related === undefined ? fault : { ...fault, related });
    if (this.faults.length >= MAX_FAULTS) this.#isStopped = true;
    return NOTHING;
  }

  #stop(node: Node, code: string, message: string): Built {
    this.#isStopped = true;
    return this.#complain(node, code, message);
  }
}

/** An entry of a mapping; a merged one stands elsewhere. */
interface NamedEntry extends TreeEntry {
  readonly isMerged: boolean;
}

interface Merging {
  readonly entries: Map<string, NamedEntry>;
  readonly part: Built;
  readonly value: Record<string, unknown>;
}

const WHOLE = /^[-+]?[0-9]+$|^0[xo]/;

function sizeOf(parts: readonly Built[]): Pick<Built, "nodes" | "height"> {
  let [nodes, height] = [1, 0];
  for (const part of parts) {
    nodes += part.nodes;
    height = Math.max(height, part.height);
  }
  return { nodes, height: height + 1 };
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.value === MERGE_KEY;
}

function mergeSourcesOf(map: YAMLMap): readonly unknown[] {
  return map.items.filter(({ key }) => isMergeKey(key)).flatMap(({ value }) =>
    isSeq(value) ? value.items : [value]
  );
}

function rangeOf(node: unknown): readonly [number, number] {
  const [start, end] = isNode(node) ? node.range ?? [0, 0] : [0, 0];
  return [start, end];
}
