import { deepEqual, equal } from "node:assert/strict";
import { dependants, findCycle, levels, order } from "../../core/model/graph.ts";
import { test } from "../harness.ts";

function graph(written: Record<string, readonly string[]>): Map<string, readonly string[]> {
  return new Map(Object.entries(written));
}

test("levels() puts each name behind all that it needs", () => {
  const diamond = graph({ d: ["b", "c"], b: ["a"], c: ["a"], a: [] });
  deepEqual(levels(diamond), [["a"], ["b", "c"], ["d"]]);
  deepEqual(order(diamond), ["a", "b", "c", "d"]);
});

test("levels() ignores needs that name nothing, and needs that are written twice", () => {
  deepEqual(levels(graph({ a: ["ghost"], b: ["a", "a"] })), [["a"], ["b"]]);
});

test("order() leaves out cycles and what stands behind them", () => {
  deepEqual(order(graph({ a: [], b: ["c"], c: ["b"], d: ["c"] })), ["a"]);
});

test("dependants() names who waits, once each", () => {
  deepEqual(dependants(graph({ a: [], b: ["a", "a"], c: ["a", "ghost"] })).get("a"), ["b", "c"]);
});

test("findCycle() finds none where there is none", () => {
  equal(findCycle(graph({ a: [], b: ["a"] })), undefined);
  equal(findCycle(graph({})), undefined);
});

test("findCycle() begins with the name that was written first, wherever it comes in", () => {
  deepEqual(findCycle(graph({ tail: ["b"], a: ["b"], b: ["c"], c: ["a"] })), ["a", "b", "c", "a"]);
  deepEqual(findCycle(graph({ self: ["self"] })), ["self", "self"]);
});

test("levels() and findCycle() manage a chain of a hundred thousand", () => {
  const chain = new Map<string, readonly string[]>();
  for (let at = 0; at < 100_000; at++) chain.set(`j${at}`, at === 0 ? [] : [`j${at - 1}`]);
  equal(levels(chain).length, 100_000);
  chain.set("j0", ["j99999"]);
  equal(findCycle(chain)?.length, 100_001);
});
