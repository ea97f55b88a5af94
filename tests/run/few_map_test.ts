import { deepEqual, equal } from "node:assert/strict";
import { FewMap } from "../../core/run/few_map.ts";
import { test } from "../harness.ts";

/** A number that follows from the one before it. */
function next(seed: number): number {
  return (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
}

test("FewMap is a Map, whether it holds few or many", () => {
  const [ours, theirs] = [new FewMap<number, number>(), new Map<number, number>()];
  let seed = 1;
  for (let i = 0; i < 20_000; i++) {
    seed = next(seed);
    // It grows and shrinks again and again over the number that is few.
    const key = (seed >> 8) % (i % 4_000 < 2_000 ? 100 : 20);
    if ((seed >> 4) % 3 === 0) {
      ours.delete(key);
      theirs.delete(key);
    } else {
      ours.set(key, i);
      theirs.set(key, i);
    }
    equal(ours.size, theirs.size);
    equal(ours.get(key), theirs.get(key));
    equal(ours.has(key), theirs.has(key));
    if (i % 100 > 0) continue;
    deepEqual([...ours.keys()], [...theirs.keys()]);
    deepEqual([...ours.values()], [...theirs.values()]);
  }
});

test("FewMap knows nothing of what it never held", () => {
  const map = new FewMap<string, number>();
  map.delete("a");
  deepEqual([map.get("a"), map.has("a"), map.size, [...map.keys()]], [undefined, false, 0, []]);
});
