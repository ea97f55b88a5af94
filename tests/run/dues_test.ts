import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { Dues } from "../../core/run/dues.ts";
import { test } from "../harness.ts";

test("Dues hands out what is due, soonest first, each once", () => {
  const dues = new Dues();
  dues.set("b", 20);
  dues.set("a", 20);
  dues.set("", 20);
  dues.set("c", 10);
  equal(dues.soonest(), 10);
  deepEqual([dues.take(9), dues.take(20), dues.take(20), dues.take(20), dues.take(20)], [
    undefined,
    "c",
    "",
    "a",
    "b",
  ]);
  equal(dues.take(20), undefined);
  equal(dues.soonest(), Infinity);
  // It is still known when each was due.
  equal(dues.get("c"), 10);
});

test("Dues hands out again what was set anew", () => {
  const dues = new Dues();
  dues.set("a", 10);
  dues.take(10);
  dues.set("a", 10);
  equal(dues.take(10), "a");
});

test("Dues forgets what was deleted or cleared", () => {
  const dues = new Dues();
  dues.set("a", 10);
  dues.set("b", 5);
  dues.delete("b");
  equal(dues.soonest(), 10);
  dues.clear();
  equal(dues.soonest(), Infinity);
  deepEqual([...dues.entries()], []);
});

test("Dues is a list that is sorted whenever somebody looks", () => {
  const action = fc.record({
    kind: fc.constantFrom("set", "set", "set", "delete", "take"),
    name: fc.constantFrom("", "a", "b", "c", "d", "e", "f", "g"),
    at: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const dues = new Dues();
      const model = new Map<string, number>();
      for (const { kind, name, at } of actions) {
        if (kind === "set") {
          dues.set(name, at);
          model.set(name, at);
        } else if (kind === "delete") {
          dues.delete(name);
          model.delete(name);
        } else {
          const [first] = [...model].toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
          const expected = first !== undefined && first[1] <= at ? first[0] : undefined;
          const taken = dues.take(at);
          equal(taken, expected);
          // The list hands out for good; so must its model.
          if (taken !== undefined) {
            dues.delete(taken);
            model.delete(taken);
          }
        }
        equal(dues.soonest(), Math.min(Infinity, ...model.values()));
      }
    }),
  );
});
