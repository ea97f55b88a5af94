import { deepEqual, equal } from "node:assert/strict";
import { parseIgnoreFile } from "../../core/engine/ignore_file.ts";
import { test } from "../harness.ts";

function leftOut(text: string, paths: readonly string[]): readonly string[] {
  return paths.filter(parseIgnoreFile(text));
}

const PATHS = [
  "a.yml",
  "old.yml",
  "jobs/a.yml",
  "jobs/old.yml",
  "jobs/old/a.yml",
  "conf_old.yml",
  "x/jobs/b.yml",
];

test("parseIgnoreFile() matches a plain name at every depth, files and folders", () => {
  deepEqual(leftOut("old", PATHS), ["jobs/old/a.yml"]);
  deepEqual(leftOut("old.yml", PATHS), ["old.yml", "jobs/old.yml"]);
});

test("parseIgnoreFile() matches no substrings (W-48)", () => {
  deepEqual(leftOut("conf\nol\n", PATHS), []);
});

test("parseIgnoreFile() anchors a pattern with a slash", () => {
  deepEqual(leftOut("/old.yml", PATHS), ["old.yml"]);
  deepEqual(leftOut("jobs/*.yml", PATHS), ["jobs/a.yml", "jobs/old.yml"]);
  deepEqual(leftOut("jobs/", PATHS), [
    "jobs/a.yml",
    "jobs/old.yml",
    "jobs/old/a.yml",
    "x/jobs/b.yml",
  ]);
});

test("parseIgnoreFile() lets ** stand for any folders", () => {
  deepEqual(leftOut("**/old.yml", PATHS), ["old.yml", "jobs/old.yml"]);
  deepEqual(leftOut("jobs/**", PATHS), ["jobs/a.yml", "jobs/old.yml", "jobs/old/a.yml"]);
  deepEqual(leftOut("jobs/**/a.yml", PATHS), ["jobs/a.yml", "jobs/old/a.yml"]);
});

test("parseIgnoreFile() takes back with an exclamation mark, but not within a folder that is left out", () => {
  deepEqual(leftOut("*old*\n!conf_old.yml\n", PATHS), [
    "old.yml",
    "jobs/old.yml",
    "jobs/old/a.yml",
  ]);
  deepEqual(leftOut("jobs/\n!jobs/a.yml\n", ["jobs/a.yml"]), ["jobs/a.yml"]);
  deepEqual(leftOut("jobs/*\n!jobs/a.yml\n", ["jobs/a.yml", "jobs/b.yml"]), ["jobs/b.yml"]);
});

test("parseIgnoreFile() knows folders from files", () => {
  deepEqual(leftOut("old/", ["old", "x/old/a.yml"]), ["x/old/a.yml"]);
});

test("parseIgnoreFile() reads classes, question marks and escapes", () => {
  deepEqual(leftOut("[a-c]?.yml", ["a1.yml", "d1.yml", "a.yml"]), ["a1.yml"]);
  deepEqual(leftOut("[!a]1.yml", ["a1.yml", "d1.yml"]), ["d1.yml"]);
  deepEqual(leftOut("\\#x\n\\!y\na\\*b", ["#x", "!y", "a*b", "axb"]), ["#x", "!y", "a*b"]);
});

test("parseIgnoreFile() passes over comments, blank lines and spaces at the end", () => {
  deepEqual(leftOut("# a.yml\n\n   \r\nold.yml   \r\n", PATHS), ["old.yml", "jobs/old.yml"]);
});

test("parseIgnoreFile() answers patterns that hang matchers which backtrack", () => {
  const ignores = parseIgnoreFile(`${"*a".repeat(200)}\n${"**/".repeat(150)}x`);
  equal(ignores(`${"a".repeat(150)}b`), false);
  equal(ignores("d/".repeat(150) + "y"), false);
});
