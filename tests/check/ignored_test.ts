import { equal } from "node:assert/strict";
import { ignoredIn } from "../../core/check/ignored.ts";
import { test } from "../harness.ts";

function isIgnored(text: string, code: string, line: number): boolean {
  const start = { line, column: 1 };
  return ignoredIn(text).has({ code, place: { file: "a", span: { start, end: start } } });
}

test("a comment ignores a code on its line and on the next one, and nowhere else", () => {
  const text = "a: 1\nb: 2 # sluice: ignore some-code\nc: 3\nd: 4";
  const lines = [1, 2, 3, 4].map((line) => isIgnored(text, "some-code", line));
  equal(lines.join(), "false,true,true,false");
  equal(isIgnored(text, "other-code", 2), false);
});

test("a comment ignores several codes, with words behind them if need be", () => {
  const text = "# sluice: ignore one-code, other-code because it is so";
  equal(isIgnored(text, "one-code", 1), true);
  equal(isIgnored(text, "other-code", 2), true);
  equal(isIgnored(text, "because", 1), false);
});

test("a comment ignores a code in the whole file", () => {
  equal(isIgnored("\n\n\n# sluice: ignore-file some-code", "some-code", 1), true);
});

test("what only looks like such a comment ignores nothing", () => {
  equal(isIgnored("a: text# sluice: ignore some-code", "some-code", 1), false);
  equal(isIgnored("# sluice: ignore", "some-code", 1), false);
  equal(isIgnored("# sluice: ignored some-code", "some-code", 1), false);
});
