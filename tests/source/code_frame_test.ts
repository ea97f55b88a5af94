import assert from "node:assert/strict";
import { codeFrame, MAX_FRAME_COLUMNS } from "../../core/source/code_frame.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { test } from "../harness.ts";

const TEXT = "jobs:\n  load:\n    needs: [extrct]\n  extract: {}\n";

function diagnosticAt(
  line: number,
  columns: readonly [number, number],
  endLine = line,
): Diagnostic {
  const span = { start: { line, column: columns[0] }, end: { line: endLine, column: columns[1] } };
  return {
    code: "need-unknown",
    severity: "error",
    message: 'Cannot find job "extrct"',
    place: { file: "etl.yml", span },
  };
}

test("codeFrame() shows the place, the line and carets under the words", () => {
  assert.equal(
    codeFrame(diagnosticAt(3, [13, 19]), TEXT),
    [
      'etl.yml:3:13 error[need-unknown] Cannot find job "extrct"',
      "3 |     needs: [extrct]",
      "  |             ^^^^^^",
    ].join("\n"),
  );
});

test("codeFrame() adds related places", () => {
  const span = { start: { line: 4, column: 3 }, end: { line: 4, column: 10 } };
  const related = [{ message: "Did you mean this?", place: { file: "etl.yml", span } }];
  const lines = codeFrame({ ...diagnosticAt(3, [13, 19]), related }, TEXT).split("\n");
  assert.deepEqual(lines.slice(3), [
    "etl.yml:4:3 note Did you mean this?",
    "4 |   extract: {}",
    "  |   ^^^^^^^",
  ]);
});

test("codeFrame() shows only the first line of a long place, to its end", () => {
  const lines = codeFrame(diagnosticAt(2, [3, 5], 4), TEXT).split("\n");
  assert.deepEqual(lines.slice(1), ["2 |   load:", "  |   ^^^^^"]);
});

test("codeFrame() keeps tabs so that the carets stand under their words", () => {
  const lines = codeFrame(diagnosticAt(1, [6, 9]), "a:\t\t bcd").split("\n");
  assert.equal(lines[2], "  |   \t\t ^^^".replace("  \t", "  \t"));
});

test("codeFrame() shows a window of a very long line", () => {
  const text = `${"x".repeat(5_000)}HERE${"y".repeat(5_000)}`;
  const [, line, carets] = codeFrame(diagnosticAt(1, [5_001, 5_005]), text).split("\n");
  assert.equal(line?.length, MAX_FRAME_COLUMNS + "1 | ".length);
  assert.equal(carets?.indexOf("^"), line?.indexOf("HERE"));
  assert.ok(carets?.endsWith(" ^^^^"));
});

test("codeFrame() does without the line when the text has none", () => {
  assert.equal(codeFrame(diagnosticAt(99, [1, 2]), TEXT).split("\n").length, 1);
});

test("codeFrame() never lets a file write to the terminal", () => {
  const evil = { ...diagnosticAt(1, [1, 2]), message: "\x1b[2J\u202egnp.exe" };
  const frame = codeFrame(evil, "\x1b]0;title\x07: \u2066\x9b31m");
  // deno-lint-ignore no-control-regex -- they are what must be gone
  assert.doesNotMatch(frame, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
});

test("codeFrame() uses colours only when asked", () => {
  const plain = codeFrame(diagnosticAt(3, [13, 19]), TEXT);
  const colored = codeFrame(diagnosticAt(3, [13, 19]), TEXT, { color: true });
  assert.ok(!plain.includes("\x1b"));
  assert.ok(colored.includes("\x1b[31merror[need-unknown]\x1b[0m"));
  // deno-lint-ignore no-control-regex -- the colours are what is taken off
  assert.equal(colored.replace(/\x1b\[\d+m/g, ""), plain);
});
