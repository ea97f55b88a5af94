import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { referenceId } from "../../core/expr/id.ts";
import { sha256Hex } from "../../core/expr/sha256.ts";
import { textOf } from "../../core/expr/text.ts";
import type { Value } from "../../core/expr/value.ts";
import { test } from "../harness.ts";
import { anyString } from "./context.ts";
import vectors from "../vectors/ids.json" with { type: "json" };

test("referenceId() agrees with the reference", () => {
  for (const { value, python_str, id } of vectors.ids) {
    assert.equal(textOf(value as Value), python_str);
    assert.equal(referenceId(value as Value), id);
  }
});

test("referenceId() always has ten digits", () => {
  fc.assert(fc.property(fc.string(), (text) => assert.match(referenceId(text), /^\d{10}$/)));
});

test("sha256Hex() agrees with the platform, at every length around a block", () => {
  const digest = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
  for (let length = 0; length < 200; length++) {
    assert.equal(sha256Hex("a".repeat(length)), digest("a".repeat(length)));
  }
  fc.assert(
    fc.property(
      anyString,
      (text) => assert.equal(sha256Hex(text), digest(text)),
    ),
  );
});
