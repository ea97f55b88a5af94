import { deepEqual, equal } from "node:assert/strict";
import { printed, readTranscript } from "../../tools/transcript.ts";
import { test } from "../harness.ts";

test("readTranscript() takes commands and what they print apart", () => {
  deepEqual(readTranscript("$ one\nfirst\nsecond\n$ two --a \\\n    --b\nthird"), [
    { command: "one", expected: ["first", "second"] },
    { command: "two --a \\\n    --b", expected: ["third"] },
  ]);
});

test("printed() compares line by line and overlooks trailing space", () => {
  equal(printed(["a", "b"], "a\nb\n"), true);
  equal(printed(["a", "b"], "a  \nb"), true);
  equal(printed(["a", "b"], "a\n"), false);
  equal(printed(["a"], "a\nb\n"), false);
  equal(printed(["a"], " a\n"), false);
});

test("printed() expects nothing of a silent command", () => {
  equal(printed([], ""), true);
  equal(printed([], "a\n"), false);
});

test("printed() takes … for any text within a line", () => {
  equal(printed(["run … took … s"], "run 17 took 0.2 s\n"), true);
  equal(printed(["run … took"], "run 17\ntook\n"), false);
});

test("printed() takes a line of … for any number of lines", () => {
  equal(printed(["a", "…", "z"], "a\nz\n"), true);
  equal(printed(["a", "…", "z"], "a\nb\nc\nz\n"), true);
  equal(printed(["a", "…", "z"], "a\nb\n"), false);
});

test("printed() takes everything else as it is written", () => {
  equal(printed(["(a|b)* [x] $1.50"], "(a|b)* [x] $1.50\n"), true);
  equal(printed(["a.c"], "abc\n"), false);
});
