/**
 * What waits for what: a directed graph given as "name to the names it needs".
 *
 * All walks are loops, not recursion, so that a chain of ten thousand jobs is
 * no deeper than one of ten. Needs that name nothing in the graph are ignored;
 * the rule `need-unknown` reports them.
 *
 * @module
 */

/** Names to the names they need, in the order in which they were written. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * Who waits for each name, in the order of the graph.
 *
 * @example
 * ```ts
 * import { dependants } from "./graph.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const graph = new Map([["a", []], ["b", ["a"]], ["c", ["a"]]]);
 * deepEqual(dependants(graph).get("a"), ["b", "c"]);
 * ```
 */
export function dependants(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const waiting = new Map<string, string[]>();
  for (const name of graph.keys()) waiting.set(name, []);
  for (const [name, needs] of graph) {
    for (const need of new Set(needs)) waiting.get(need)?.push(name);
  }
  return waiting;
}

/**
 * The names in layers: each layer needs only names of the layers before it.
 * Names that stand in a cycle, or behind one, are in no layer.
 *
 * @example
 * ```ts
 * import { levels } from "./graph.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const graph = new Map([["a", []], ["b", ["a"]], ["c", ["a"]], ["d", ["b", "c"]]]);
 * deepEqual(levels(graph), [["a"], ["b", "c"], ["d"]]);
 * ```
 */
export function levels(graph: Graph): readonly (readonly string[])[] {
  const waiting = dependants(graph);
  const missing = new Map<string, number>();
  for (const [name, needs] of graph) missing.set(name, known(graph, needs).size);

  const layers: string[][] = [];
  let layer = [...graph.keys()].filter((name) => missing.get(name) === 0);
  while (layer.length > 0) {
    layers.push(layer);
    layer = layer.flatMap((name) => waiting.get(name) ?? []).filter((name) => {
      const left = (missing.get(name) ?? 0) - 1;
      missing.set(name, left);
      return left === 0;
    });
  }
  return layers;
}

/** The names so that each comes after all that it needs; cycles, and what needs them, are left out. */
export function order(graph: Graph): readonly string[] {
  return levels(graph).flat();
}

/**
 * A cycle, from one of its names round to the same name, or `undefined` when
 * there is none. Each name needs the one after it.
 *
 * @example
 * ```ts
 * import { findCycle } from "./graph.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(findCycle(new Map([["a", ["b"]], ["b", ["a"]]])), ["a", "b", "a"]);
 * ```
 */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const ordered = new Set(order(graph));
  const first = [...graph.keys()].find((name) => !ordered.has(name));
  if (first === undefined) return undefined;

  // What is not ordered needs something that is not ordered either, so walking
  // along such needs comes round in the end.
  const steps = new Map<string, number>();
  let name: string = first;
  while (!steps.has(name)) {
    steps.set(name, steps.size);
    name = (graph.get(name) ?? []).find((need) => graph.has(need) && !ordered.has(need)) ?? name;
  }
  return fromFirstWritten([...steps.keys()].slice(steps.get(name)), graph);
}

function known(graph: Graph, needs: readonly string[]): ReadonlySet<string> {
  return new Set(needs.filter((need) => graph.has(need)));
}

// Begins at the name that was written first, so that the same cycle always reads the same.
function fromFirstWritten(cycle: readonly string[], graph: Graph): readonly string[] {
  const members = new Set(cycle);
  const first = [...graph.keys()].find((name) => members.has(name)) ?? cycle[0];
  const at = cycle.indexOf(first ?? "");
  const turned = [...cycle.slice(at), ...cycle.slice(0, at)];
  return [...turned, ...turned.slice(0, 1)];
}
