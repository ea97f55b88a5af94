import assert from "node:assert/strict";
import fc from "fast-check";
import {
  hasTemplate,
  MAX_TEMPLATE_HOLES,
  parseTemplate,
  renderDeep,
  renderTemplate,
  splitTemplate,
  substituteEnv,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { anyString, contextOf, failureOf } from "./context.ts";

const CONTEXT = contextOf({
  params: {
    a: "A",
    n: 5,
    none: null,
    list: [1, 2],
    sp: "  sp  ",
    tpl: "${{ params.a }}",
    env: "${HOME}",
  },
});

const env = (name: string): string | undefined =>
  new Map([["HOME", "/root"], ["EMPTY", ""]]).get(name);

function shape(text: string): string {
  return splitTemplate(text).map((part) => part.kind === "hole" ? `<${part.text}>` : part.text)
    .join("|");
}

test("splitTemplate() tells the author's text from the holes", () => {
  assert.equal(shape(""), "");
  assert.equal(shape("plain {{ x }} $ { {"), "plain {{ x }} $ { {");
  assert.equal(shape("a ${{ b }}${{c}} d"), "a |< b >|<c>| d");
  assert.equal(shape("${{}}"), "<>");
});

test("splitTemplate() does not end a hole within quotes or within a mapping", () => {
  assert.equal(shape("${{ '}}' }} x"), "< '}}' >| x");
  assert.equal(shape(`\${{ "a'}}" }} x`), `< "a'}}" >| x`);
  assert.equal(shape("${{ '\\'}}' }} x"), "< '\\'}}' >| x");
  assert.equal(shape("${{ {'a': {}}}} x"), "< {'a': {}}>| x");
  assert.equal(shape('{"a": {"b": ${{ x }}}}'), '{"a": {"b": |< x >|}}');
});

test("splitTemplate() ends a hole with a stray quote at the first braces", () => {
  assert.equal(shape("${{ it's }} and ${{ x }}"), "< it's >| and |< x >");
});

test("splitTemplate() gives back every character, once", () => {
  const piece = fc.constantFrom("${{", "}}", "'", '"', "\\", "{", "}", "$", " a ", "é");
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    const text = pieces.join("");
    const parts = splitTemplate(text);
    assert.equal(parts.map(({ start, end }) => text.slice(start, end)).join(""), text);
    parts.forEach((part, i) => assert.equal(part.start, parts[i - 1]?.end ?? 0));
  }));
});

test("splitTemplate() is linear in hostile text", () => {
  for (const piece of ["${{'}}", "${{", "${{\\'}}", "${{ {", "${{\"'}}", "'${{"]) {
    const text = piece.repeat(100_000);
    assert.equal(splitTemplate(text).at(-1)?.end, text.length);
  }
});

test("renderTemplate() keeps the type of a hole that stands alone", () => {
  assert.equal(renderTemplate("${{ params.n }}", CONTEXT), 5);
  assert.equal(renderTemplate("  ${{ params.n }}\n", CONTEXT), 5);
  assert.deepEqual(renderTemplate("${{ params.list }}", CONTEXT), [1, 2]);
  assert.equal(renderTemplate("${{ params.none }}", CONTEXT), null);
  assert.equal(renderTemplate("${{ params.sp }}", CONTEXT), "  sp  ");
});

test("renderTemplate() makes text of values within text", () => {
  assert.equal(renderTemplate("n=${{ params.n }} ${{ params.none }}", CONTEXT), "n=5 None");
  assert.equal(renderTemplate("${{ params.n }}${{ params.n }}", CONTEXT), "55");
});

test("renderTemplate() takes off the author's white space but not a value's", () => {
  assert.equal(renderTemplate("\n x ${{ params.n }} \n", CONTEXT), "x 5");
  assert.equal(renderTemplate(" ${{ params.sp }}! ", CONTEXT), "  sp  !");
});

test("renderTemplate() leaves text without a hole as it is", () => {
  assert.equal(renderTemplate("  padded  ", CONTEXT), "  padded  ");
  assert.equal(renderTemplate("None", CONTEXT), "None");
  assert.equal(renderTemplate("${HOME} $$ {{ x }}", CONTEXT), "${HOME} $$ {{ x }}");
});

test("renderTemplate() never looks again at what it put in", () => {
  assert.equal(renderTemplate("pre ${{ params.tpl }}", CONTEXT, { env }), "pre ${{ params.a }}");
  assert.equal(
    renderTemplate("pre ${{ params.env }} ${HOME}", CONTEXT, { env }),
    "pre ${HOME} /root",
  );
  assert.equal(renderTemplate("${{ params.env }}", CONTEXT, { env }), "${HOME}");
  assert.equal(renderTemplate("$${{ params.a }}{HOME}", CONTEXT, { env }), "$A{HOME}");
});

test("renderTemplate() keeps any value as it is, whatever stands around it", () => {
  fc.assert(fc.property(anyString, (value) => {
    const context = contextOf({ value });
    assert.equal(renderTemplate("<${{ value }}>", context, { env }), `<${value}>`);
    assert.equal(renderTemplate("${{ value }}", context, { env }), value);
  }));
});

test("renderTemplate() points at the error in the text around the hole", () => {
  const rows = {
    "ab ${{ params.zz }}": "UtilError 7-16: Parameters does not get dot with caller: 'params.zz'.",
    "${{ params.n }} ${{ 1 / 0 }}": "ZeroDivisionError 20-25: Cannot divide by zero",
    "ab ${{ 1 + }}": "SyntaxError 11-11: Cannot end the expression here: a value should follow",
    "ab ${{ }}": "SyntaxError 6-7: There is no expression here",
    "ab ${{ params.n": 'SyntaxError 3-15: Cannot find the "}}" that closes this "${{"',
    "ab ${{ params.n }": 'SyntaxError 3-17: Cannot find the "}}" that closes this "${{"',
  };
  for (const [text, failure] of Object.entries(rows)) {
    assert.equal(failureOf(() => renderTemplate(text, CONTEXT)), failure);
  }
});

test("renderTemplate() bounds the holes and the text", () => {
  const holes = "${{ params.n }}".repeat(MAX_TEMPLATE_HOLES + 1);
  assert.match(failureOf(() => renderTemplate(holes, CONTEXT)), /more than 10000 templates$/);
  const names = { big: "x".repeat(5 * 1024 * 1024) };
  const twice = () => renderTemplate("${{ big }}${{ big }}", contextOf(names));
  assert.match(failureOf(twice), /^ValueError .*more than 8388608 characters$/);
});

test("renderDeep() renders values in mappings and lists, and no names", () => {
  const value = { "k ${{ params.a }}": ["${{ params.n }}", { x: "v${{ params.a }}" }, 1, null] };
  assert.deepEqual(renderDeep(value, CONTEXT), { "k ${{ params.a }}": [5, { x: "vA" }, 1, null] });
});

test("renderDeep() does not copy what has no template", () => {
  const value = { a: [{ b: "c" }] };
  assert.equal(renderDeep(value, CONTEXT), value);
});

test("renderDeep() refuses keys that could change every object", () => {
  const hostile = JSON.parse('{"__proto__": {"x": "${{ params.a }}"}}');
  assert.match(failureOf(() => renderDeep(hostile, CONTEXT)), /^ValueError .*"__proto__"/);
});

test("parseTemplate() keeps what it has parsed", () => {
  assert.equal(parseTemplate("kept ${{ a }}"), parseTemplate("kept ${{ a }}"));
});

test("hasTemplate() looks for holes only", () => {
  assert.ok(hasTemplate("a ${{ b }}"));
  assert.ok(!hasTemplate("a {{ b }} ${c} $"));
});

test("substituteEnv() replaces names, with defaults", () => {
  const rows = {
    "${HOME}": "/root",
    "${ HOME }": "/root",
    "a ${HOME}/b ${UNSET} c": "a /root/b null c",
    "${UNSET:dflt}": "dflt",
    "${UNSET:-dflt}": "-dflt",
    "${EMPTY:dflt}": "dflt",
    "${EMPTY}": "null",
    "${UNSET:a:b c}": "a:b c",
    "${HOME}${HOME}": "/root/root",
    "$${HOME} $$": "${HOME} $$",
  };
  for (const [text, expected] of Object.entries(rows)) {
    assert.equal(substituteEnv(text, env), expected);
  }
});

test("renderTemplate() makes null of a text that its variables leave nothing else of (C-360)", () => {
  const context = contextOf({ text: "null" });
  const options = { env, unsetIsNull: true };
  assert.equal(renderTemplate("${UNSET}", context, options), null);
  assert.equal(renderTemplate("${UNSET}", context, { env }), "null");
  assert.equal(renderTemplate("${UNSET} and more", context, options), "null and more");
  assert.equal(renderTemplate("null", context, options), "null");
  assert.equal(renderTemplate("${{ text }}", context, options), "null");
});

test("substituteEnv() leaves alone what is no name in braces", () => {
  for (
    const text of [
      "$HOME",
      "$(date)",
      "${1}",
      "${#a[@]}",
      "${HOME%%x}",
      "${HOME",
      "${}",
      "${ }",
      "${{ a }}",
      "$",
    ]
  ) {
    assert.equal(substituteEnv(text, env), text);
  }
});

test("substituteEnv() is linear in hostile text", () => {
  for (const piece of ["${A:", "${A", "${ ", "${", "${A:$}", "${%}"]) {
    assert.ok(substituteEnv(piece.repeat(200_000), () => undefined).length > 0);
  }
});
