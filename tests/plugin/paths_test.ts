import { equal } from "node:assert/strict";
import { absolutePath, normalPath, relativePath } from "../../core/plugin/paths.ts";
import { test } from "../harness.ts";

test("normalPath() takes no detours and never leaves the root", () => {
  equal(normalPath("/a/./b//../c/"), "/a/c");
  equal(normalPath("/../../etc"), "/etc");
  equal(normalPath("./"), ".");
  equal(normalPath("a/../../b"), "../b");
  equal(normalPath("/"), "/");
});

test("absolutePath() leaves alone what begins at the root", () => {
  equal(absolutePath("/a", "/b"), "/a");
  equal(absolutePath("a/../c", "/b"), "/b/a/../c");
});

test("relativePath() leads from a folder to a path", () => {
  equal(relativePath("/a/b/c", "/a/b"), "c");
  equal(relativePath("/a/c", "/a/b"), "../c");
  equal(relativePath("/c", "/a/b"), "../../c");
  equal(relativePath("/a", "/a/b"), "..");
});
