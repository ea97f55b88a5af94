import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { clipped, terminalText, widthOf } from "../../cli/terminal_text.ts";
import { test } from "../harness.ts";

test("terminalText() leaves nothing that a terminal would obey", () => {
  equal(terminalText("\x1b[31mred\x1b[0m \x1b[2Jgone"), "red gone");
  equal(terminalText("\x1b]0;new title\x07text"), "text");
  equal(terminalText("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "link");
  equal(terminalText("a\tb"), "a    b");
  equal(terminalText("bell\x07"), "bell\ufffd");
  equal(terminalText("evil\u202etxt"), "evil\ufffdtxt");
  const sign = fc.constantFrom(..."\x1b\x9b[]()?;0m\\HJK\x07\r\n\t\x00\x85\u2028a ");
  fc.assert(fc.property(fc.string({ unit: sign }), (text) => {
    // deno-lint-ignore no-control-regex -- none of them may be left
    ok(!/[\x00-\x1f\x7f-\x9f]/.test(terminalText(text)));
  }));
});

test("terminalText() shows the last version of a line that was written over", () => {
  equal(terminalText("10 %\r50 %\r100 %"), "100 %");
  equal(terminalText("100 %\r"), "100 %");
});

test("widthOf() counts wide signs twice and joining ones not at all", () => {
  equal(widthOf("abc"), 3);
  equal(widthOf("日本"), 4);
  equal(widthOf("e\u0301"), 1);
  equal(widthOf("🙂"), 2);
});

test("clipped() never gives more columns than asked for", () => {
  equal(clipped("hello world", 8), "hello w…");
  equal(clipped("日本語", 4), "日…");
  equal(clipped("short", 5), "short");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 30 }), (text, width) => {
      ok(widthOf(clipped(text, width)) <= width);
    }),
  );
});
