import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DOCUMENT_BYTES, parseDocument, type Path } from "../../core/source/document.ts";
import type { Span } from "../../core/source/span.ts";
import { MAX_DEPTH } from "../../core/source/yaml_tree.ts";
import { test } from "../harness.ts";

function short({ start, end }: Span): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

/** What stands in the text between the two ends of a span on one line. */
function underlined(text: string, { start, end }: Span): string {
  assert.equal(start.line, end.line);
  return (text.split("\n")[start.line - 1] ?? "").slice(start.column - 1, end.column - 1);
}

function complaints(text: string): readonly string[] {
  return parseDocument(text, "f.yml").errors.map(({ code, place }) =>
    `${code} ${short(place.span)}`
  );
}

const WORKFLOW = `on: push
jobs:
  build:
    needs: [lint, "test"]
    empty:
    stages:
      - name: compile
        run: make
`;

test("parseDocument() reads YAML 1.2: on, yes, no and dates are texts", () => {
  const { value, errors } = parseDocument(
    "on: yes\nno: 2024-01-02\nn: 010\nx: 0o10\nt: true\nz: ~\n",
    "f",
  );
  assert.deepEqual(errors, []);
  assert.deepEqual(value, { on: "yes", no: "2024-01-02", n: 10, x: 8, t: true, z: null });
});

test("parseDocument() ignores a directive that asks for YAML 1.1", () => {
  assert.deepEqual(parseDocument("%YAML 1.1\n---\non: yes\n", "f").value, { on: "yes" });
});

test("parseDocument() takes an empty text as null", () => {
  const document = parseDocument("", "f");
  assert.equal(document.value, null);
  assert.deepEqual(document.errors, []);
  assert.equal(short(document.locate(["a"])), "1:1-1:1");
});

test("locate() finds values and keys", () => {
  const document = parseDocument(WORKFLOW, "f.yml");
  const found = (path: Path, target?: "key" | "value") =>
    underlined(WORKFLOW, document.locate(path, target));
  assert.equal(found(["on"]), "push");
  assert.equal(found(["on"], "key"), "on");
  assert.equal(found(["jobs", "build", "needs", 1]), '"test"');
  assert.equal(found(["jobs", "build", "stages", 0, "run"]), "make");
  assert.equal(found(["jobs", "build", "stages", 0, "run"], "key"), "run");
});

test("locate() points at the key where nothing was written as the value", () => {
  const document = parseDocument(WORKFLOW, "f.yml");
  assert.equal(underlined(WORKFLOW, document.locate(["jobs", "build", "empty"])), "empty");
});

test("locate() gives the nearest enclosing value for what is not there", () => {
  const document = parseDocument(WORKFLOW, "f.yml");
  const stage = document.locate(["jobs", "build", "stages", 0]);
  assert.deepEqual(document.locate(["jobs", "build", "stages", 0, "nmae"], "key"), stage);
  assert.deepEqual(document.locate(["jobs", "build", "stages", 0, "name", "deeper"]).start, {
    line: 7,
    column: 15,
  });
  assert.equal(stage.start.line, 7);
});

test("locate() follows aliases and merge keys to where a value was written", () => {
  const text = "base: &b\n  env: {A: one}\njob:\n  <<: *b\n  own: 1\nlist: [*b]\n";
  const document = parseDocument(text, "f");
  assert.deepEqual(document.value, {
    base: { env: { A: "one" } },
    job: { env: { A: "one" }, own: 1 },
    list: [{ env: { A: "one" } }],
  });
  assert.equal(underlined(text, document.locate(["job", "env", "A"])), "one");
  assert.equal(underlined(text, document.locate(["list", 0])), "*b");
  assert.equal(underlined(text, document.locate(["list", 0, "env", "A"])), "one");
});

test("parseDocument() lets a mapping's own keys win over merged ones, and earlier merges over later", () => {
  const text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {y: 3, <<: [*a, *b]}\n";
  assert.deepEqual(parseDocument(text, "f").value, {
    a: { x: 1, y: 1 },
    b: { x: 2, z: 2 },
    c: { x: 1, z: 2, y: 3 },
  });
  assert.deepEqual(complaints("<<: 3\n"), ["yaml-merge 1:5-1:6"]);
});

test("placeInScalar() points into plain, quoted and block texts", () => {
  const scalars = [
    "plain ${{ a }} text",
    '"double ${{ a }}"',
    "'single ${{ a }}'",
    "|\n  first\n\n    ${{ a }} indented\n  last\n",
    "|-\n\n  after a blank ${{ a }}\n",
    ">\n  folded\n  over ${{ a }} lines\n\n  and\n",
    "plain over\n  two ${{ a }} lines",
    '"quoted over\n  two ${{ a }}\n  lines"',
    "|2\n    kept ${{ a }}\n",
    "&anchor |\n  with ${{ a }}\n",
    "|\n  behind ${{ a }}\n# a comment\n",
  ];
  for (const scalar of scalars) {
    const text = `k: ${scalar}\n`;
    const document = parseDocument(text, "f");
    const { k } = document.value as { k: string };
    const start = k.indexOf("${{");
    const span = document.placeInScalar(["k"], start, start + "${{ a }}".length);
    assert.equal(underlined(text, span), "${{ a }}", scalar);
  }
});

test("placeInScalar() gives the whole text where escapes hide the place", () => {
  const text = `k: "tab\\t \${{ a }}"\nq: 'it''s \${{ a }}'\nn: 5\n`;
  const document = parseDocument(text, "f");
  assert.equal(underlined(text, document.placeInScalar(["k"], 5, 8)), '"tab\\t ${{ a }}"');
  assert.equal(underlined(text, document.placeInScalar(["q"], 5, 8)), "'it''s ${{ a }}'");
  assert.equal(underlined(text, document.placeInScalar(["n"], 0, 1)), "5");
  assert.equal(underlined(text, document.placeInScalar(["k"], 99, 100)), '"tab\\t ${{ a }}"');
});

test("placeInScalar() agrees with the text wherever it is exact", () => {
  const word = fc.stringMatching(/^[a-z$ {}]{0,12}$/);
  fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (lines) => {
    const text = `k: |3\n${lines.map((line) => `   ${line}\n`).join("")}`;
    const document = parseDocument(text, "f");
    const { k } = document.value as { k: string };
    for (const { 0: found, index } of k.matchAll(/\S+/g)) {
      const span = document.placeInScalar(["k"], index, index + found.length);
      assert.equal(underlined(text, span), found);
    }
  }));
});

test("parseDocument() refuses a key that is written twice and shows both places", () => {
  const { errors } = parseDocument("a:\n  x: 1\n  y: 2\n  x: 3\n", "f.yml");
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.code, "yaml-duplicate-key");
  assert.equal(errors[0]?.message, 'Cannot define "x" twice in one mapping');
  assert.equal(short(errors[0]?.place.span ?? assert.fail()), "4:3-4:4");
  assert.equal(short(errors[0]?.related?.[0]?.place.span ?? assert.fail()), "2:3-2:4");
});

test("parseDocument() refuses keys that could change every object", () => {
  for (const key of ["__proto__", "constructor", "prototype", '"__proto__"']) {
    const { value, errors } = parseDocument(`a:\n  ${key}: {polluted: 1}\n`, "f");
    assert.deepEqual(errors.map(({ code }) => code), ["yaml-key-forbidden"]);
    assert.deepEqual(value, { a: {} });
  }
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("parseDocument() refuses pollution keys that come by a merge", () => {
  const text = "a: &a\n  __proto__: {polluted: 1}\nb:\n  <<: *a\n";
  assert.deepEqual(parseDocument(text, "f").value, { a: {}, b: {} });
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("parseDocument() refuses keys that are no text", () => {
  assert.deepEqual(complaints("? [a]\n: 1\n"), ["yaml-key 1:3-1:6"]);
  assert.deepEqual(parseDocument("1: a\n2.50: b\ntrue: c\n", "f").value, {
    "1": "a",
    "2.50": "b",
    true: "c",
  });
});

test("parseDocument() tells syntax errors with their place", () => {
  assert.deepEqual(complaints("a: [1, 2\n"), ["yaml-syntax 2:1-2:2"]);
  assert.deepEqual(complaints("a: b: c\n"), ["yaml-syntax 1:4-1:5"]);
  const { value, errors } = parseDocument("a: b: c\n", "f");
  assert.equal(value, undefined);
  assert.match(errors[0]?.message ?? "", /^Cannot read this as YAML: [a-z].*[^.]$/);
});

test("parseDocument() refuses a second document", () => {
  const { value, errors } = parseDocument("a: 1\n---\nb: 2\n", "f");
  assert.deepEqual(value, { a: 1 });
  assert.deepEqual(errors.map(({ code }) => code), ["yaml-multiple-documents"]);
});

test("parseDocument() refuses tags", () => {
  assert.deepEqual(complaints("a: !!python/object:os.system ls\n"), ["yaml-tag 1:4-1:29"]);
  assert.deepEqual(complaints("a: !Ref x\n"), ["yaml-tag 1:4-1:8"]);
});

test("parseDocument() refuses a number whose digits would be lost", () => {
  assert.deepEqual(complaints("a: 12345678901234567890\n"), ["yaml-number 1:4-1:24"]);
  assert.deepEqual(parseDocument("a: 9007199254740991\nb: 1e300\n", "f").errors, []);
});

test("parseDocument() refuses aliases without an anchor and those within it", () => {
  assert.deepEqual(complaints("a: *nope\n"), ["yaml-alias 1:4-1:9"]);
  assert.deepEqual(complaints("a: &x [*x]\n"), ["yaml-alias 1:8-1:10"]);
});

test("parseDocument() stops an alias bomb", () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`,
  );
  const { errors } = parseDocument(`a0: &a0 [lol]\n${levels.join("\n")}\n`, "f");
  assert.deepEqual(errors.map(({ code }) => code), ["yaml-alias"]);
});

test("parseDocument() counts the depth that aliases add", () => {
  const chain = Array.from({ length: MAX_DEPTH + 1 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`);
  const { errors } = parseDocument(`a0: &a0 x\n${chain.join("\n")}\n`, "f");
  assert.deepEqual(errors.map(({ code }) => code), ["yaml-too-deep"]);
});

test("parseDocument() bounds the depth, however it is written", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.deepEqual(parseDocument(nested(MAX_DEPTH), "f").errors, []);
  const hostile = [
    nested(MAX_DEPTH + 2),
    nested(20_000),
    "{a: ".repeat(5_000),
    "- ".repeat(5_000),
    "? ".repeat(5_000),
  ];
  for (const text of hostile) {
    const codes = parseDocument(text, "f").errors.map(({ code }) => code);
    assert.ok(codes.length > 0 && codes.length < 100);
    assert.ok(codes.some((code) => ["yaml-too-deep", "yaml-syntax", "yaml-key"].includes(code)));
  }
});

test("parseDocument() refuses a document that is too long without reading it", () => {
  const { value, errors } = parseDocument(" ".repeat(MAX_DOCUMENT_BYTES + 1), "f");
  assert.equal(value, undefined);
  assert.deepEqual(errors.map(({ code }) => code), ["yaml-too-large"]);
  assert.equal(
    parseDocument("é".repeat(MAX_DOCUMENT_BYTES / 2 + 1), "f").errors[0]?.code,
    "yaml-too-large",
  );
});

test("parseDocument() never throws, and locates anything in anything", () => {
  const fragment = fc.constantFrom(
    "a: ",
    "- ",
    "? ",
    ": ",
    "&x ",
    "*x",
    "<<: ",
    "!t ",
    "|\n",
    ">-\n",
    "'",
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    "\n",
    "\n  ",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\t",
    "\0",
    "\ud800",
    "\\",
    "${{ x }}",
    "__proto__",
    "1e999",
    "0x",
    "~",
  );
  const path = fc.array(fc.oneof(fc.constantFrom("a", "x", "__proto__"), fc.nat(3)), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), path, (fragments, where) => {
      const text = fragments.join("");
      const document = parseDocument(text, "f");
      assert.equal(document.value === undefined && document.errors.length === 0, false);
      const spans = [
        document.locate(where),
        document.locate(where, "key"),
        document.placeInScalar(where, 0, 3),
      ];
      for (const { start, end } of spans) {
        assert.ok(start.line >= 1 && start.column >= 1);
        assert.ok(end.line > start.line || (end.line === start.line && end.column >= start.column));
      }
    }),
    { numRuns: 2_000 },
  );
});

test("locate() finds each of ten thousand keys", () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `key-${i}: {value: ${i}}`).join("\n");
  const document = parseDocument(text, "f");
  for (let i = 0; i < 10_000; i++) {
    assert.equal(document.locate([`key-${i}`, "value"]).start.line, i + 1);
  }
});
