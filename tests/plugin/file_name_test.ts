import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeName, MAX_FILE_NAME_BYTES } from "../../core/plugin/file_name.ts";
import { test } from "../harness.ts";

/** Names of any length out of what is awkward: separators, dots, capitals, escapes, odd Unicode. */
const piece = fc.oneof(
  fc.constantFrom(
    "a",
    "A",
    ".",
    "..",
    "/",
    "\\",
    "%",
    "%41",
    "%~",
    "\0",
    " ",
    "~",
    "con",
    "é",
    "e\u0301",
  ),
  fc.constantFrom(
    "😀",
    "\ud800",
    "\udc00",
    "\ufffd",
    "ſ",
    "K",
    "\n",
    ":",
    "*",
    "load[os=linux]",
    "-",
  ),
  fc.string({ unit: "binary" }),
);
const name = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")),
  fc.array(piece, { minLength: 60, maxLength: 90 }).map((pieces) => pieces.join("")),
);

test("encodeName() leaves plain names as they are", () => {
  for (const plain of ["etl", "load[os=linux]", "nightly@2026-01-31", "load~2", "a.b_c-d"]) {
    assert.equal(encodeName(plain), plain);
  }
});

test("encodeName() escapes what could lead elsewhere or mean something", () => {
  assert.equal(encodeName(".."), "%2e%2e");
  assert.equal(encodeName("../../etc"), "%2e.%2f..%2fetc");
  assert.equal(encodeName("a\0b"), "a%00b");
  assert.equal(encodeName("c:\\windows"), "c%3a%5cwindows");
  assert.equal(encodeName("-rf"), "%2drf");
  assert.equal(encodeName("nul.txt"), "%6eul.txt");
  assert.equal(encodeName("con"), "%63on");
  assert.equal(encodeName("lpt1"), "%6cpt1");
  assert.equal(encodeName("lpt1."), "lpt1%2e");
  assert.equal(encodeName("console"), "console");
  assert.equal(encodeName(""), "%");
});

test("encodeName() tells names apart that differ only in case", () => {
  assert.notEqual(encodeName("Load").toLowerCase(), encodeName("load").toLowerCase());
});

test("encodeName() shortens long names without making two of them one", () => {
  const long = "x".repeat(300);
  assert.equal(encodeName(long).length, MAX_FILE_NAME_BYTES);
  assert.match(encodeName(long), /^x+%~[0-9a-f]{32}$/);
  assert.notEqual(encodeName(long), encodeName(`${long}x`));
  assert.notEqual(encodeName(long), encodeName(encodeName(long)));
});

test("encodeName() gives one safe path part for any name", () => {
  fc.assert(
    fc.property(name, (it) => {
      const file = encodeName(it);
      assert.match(file, /^[a-z0-9_=@+,()[\]~.%-]{1,200}$/);
      assert.match(file, /^[^.-].*$/);
      assert.doesNotMatch(file, /\.$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/);
    }),
    { numRuns: 300 },
  );
});

test("encodeName() gives different names different files, whatever the file system does to case", () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      const same = encodeName(one).toUpperCase().normalize("NFD") ===
        encodeName(other).toUpperCase().normalize("NFD");
      assert.equal(same, one === other);
    }),
    { numRuns: 300 },
  );
});

test("encodeName() gives a changed name another file", () => {
  const change = fc.record({ at: fc.nat(), put: piece });
  fc.assert(
    fc.property(name, change, (one, { at, put }) => {
      const middle = at % (one.length + 1);
      const other = one.slice(0, middle) + put + one.slice(middle + 1);
      assert.equal(encodeName(one) === encodeName(other), one === other);
    }),
    { numRuns: 300 },
  );
});
