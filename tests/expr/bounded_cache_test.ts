import assert from "node:assert/strict";
import { BoundedCache } from "../../core/expr/bounded_cache.ts";
import { test } from "../harness.ts";

test("a bounded cache makes each value once while there is room", () => {
  const cache = new BoundedCache<{ of: string }>(10);
  const make = (of: string) => ({ of });
  assert.equal(cache.getOrMake("abc", make), cache.getOrMake("abc", make));
});

test("a bounded cache forgets the oldest when the texts are too long together", () => {
  const cache = new BoundedCache<string>(10);
  const made: string[] = [];
  const make = (text: string) => {
    made.push(text);
    return text;
  };
  for (const text of ["aaaa", "bbbb", "cc", "dd", "bbbb", "aaaa", "x".repeat(11), "cc"]) {
    cache.getOrMake(text, make);
  }
  assert.deepEqual(made, ["aaaa", "bbbb", "cc", "dd", "aaaa", "x".repeat(11), "cc"]);
});

test("a bounded cache does not keep what could not be made", () => {
  const cache = new BoundedCache<string>(10);
  assert.throws(() =>
    cache.getOrMake("a", () => {
      throw new RangeError("No");
    }), /No/);
  assert.equal(cache.getOrMake("a", (text) => text), "a");
});
