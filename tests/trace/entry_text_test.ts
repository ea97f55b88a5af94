import { equal } from "node:assert/strict";
import { laidOut } from "../../plugins/trace/entry_text.ts";
import { test } from "../harness.ts";
import recorded from "../vectors/prepare_newline.json" with { type: "json" };

/** A message is data: `||` in it is what somebody wrote, and no line break. */
const DIFFERENCES = new Map([["a||b||c", "a||b||c"]]);

test("laidOut() lays several lines out as the reference does, but for the listed difference", () => {
  for (const { in: message, out } of recorded) {
    equal(laidOut(message), DIFFERENCES.get(message) ?? out);
  }
});

test("laidOut() takes hostile messages in linear time", () => {
  const breaks = "\n".repeat(100_000);
  equal(laidOut(`${breaks}x${breaks}`), "x");
  equal(laidOut(breaks), "");
  equal(laidOut(breaks + "x" + breaks + "y").length > breaks.length, true);
});
