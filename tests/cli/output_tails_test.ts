import { deepEqual, equal } from "node:assert/strict";
import { MAX_KEPT_CHARS, OutputTails } from "../../cli/output_tails.ts";
import { MAX_TAIL_LINES } from "../../core/engine/render/run_tree.ts";
import { PrintedLines } from "../../core/plugin/printed_lines.ts";
import type { OutputBlock } from "../../core/plugin/sink.ts";
import { test } from "../harness.ts";

const PLACE = { at: 0, stage: "a[]/x", attempt: 1, stream: "stdout" } as const;

/** As a process printed it: what only counts must not make text of it. */
function printed(text: string): OutputBlock {
  return {
    ...PLACE,
    printed: new PrintedLines(new TextEncoder().encode(text)),
    get text(): string {
      throw new Error("nobody needs all of it");
    },
  };
}

test("OutputTails keeps of what a process printed what it keeps of text", () => {
  const [ofText, ofPrinted] = [new OutputTails(), new OutputTails()];
  const flood = Array.from({ length: 5_000 }, (_, nth) => `line ${nth}`).join("\n");
  for (const text of ["one", "", "two\nthree", flood, "ü".repeat(MAX_KEPT_CHARS + 1)]) {
    const [before, other] = [ofText.add({ ...PLACE, text }), ofPrinted.add(printed(text))];
    equal(before, other);
    deepEqual(ofPrinted.of("a[]/x"), ofText.of("a[]/x"));
  }
  equal(ofPrinted.of("a[]/x")?.count, 5_005);
  equal(ofPrinted.of("a[]/x")?.lines.length, MAX_TAIL_LINES);
});

test("OutputTails shows lines where they are to show, not where they were printed", () => {
  const tails = new OutputTails();
  tails.add(printed("from within"), { stage: "outer", attempt: 2 });
  deepEqual(tails.of("outer")?.lines, ["from within"]);
  equal(tails.of("a[]/x"), undefined);
});
