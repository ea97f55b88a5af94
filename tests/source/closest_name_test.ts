import assert from "node:assert/strict";
import {
  closestName,
  MAX_COMPARED_CHARS,
  MAX_COMPARED_NAMES,
} from "../../core/source/closest_name.ts";
import { test } from "../harness.ts";

const NAMES = ["extract", "load", "transform"];

test("closestName() finds what a slip of the finger was meant to be", () => {
  assert.equal(closestName("extrct", NAMES), "extract");
  assert.equal(closestName("exrtact", NAMES), "extract");
  assert.equal(closestName("LOAD", NAMES), "load");
  assert.equal(closestName("lod", NAMES), "load");
});

test("closestName() stays silent when nothing is near", () => {
  assert.equal(closestName("banana", NAMES), undefined);
  assert.equal(closestName("x", NAMES), undefined);
  assert.equal(closestName("anything", []), undefined);
});

test("closestName() prefers the nearest, and of equals the first", () => {
  assert.equal(closestName("names", ["game", "names2", "name"]), "names2");
  assert.equal(closestName("cot", ["cat", "cut"]), "cat");
});

test("closestName() does not compare long names or too many", () => {
  const long = "a".repeat(MAX_COMPARED_CHARS + 1);
  assert.equal(closestName(long, [long]), undefined);
  const many = Array.from({ length: MAX_COMPARED_NAMES }, (_, i) => `unrelated-${i}`);
  assert.equal(closestName("load", [...many, "load"]), undefined);
});
