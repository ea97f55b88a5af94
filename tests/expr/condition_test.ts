import assert from "node:assert/strict";
import fc from "fast-check";
import {
  conditionReferences,
  evaluateCondition,
  evaluateText,
  mentionsStatus,
  parseCondition,
  parseExpression,
  references,
  referencesOf,
  type Value,
  type ValueObject,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { anyString, contextOf, failureOf } from "./context.ts";

function holds(text: string, names: ValueObject = {}): boolean {
  return evaluateCondition(text, contextOf(names));
}

test("evaluateCondition() understands every form that workflows use", () => {
  const rows: readonly (readonly [string, ValueObject, boolean])[] = [
    ["", {}, true],
    ["  ", {}, true],
    ["True", {}, true],
    ["False", {}, false],
    ["true", {}, true],
    ['"${{ params.name }}" == "foo"', { params: { name: "foo" } }, true],
    ['"${{ params.name }}" == "foo"', { params: { name: "bar" } }, false],
    ["'${{ params.name }}' != 'bar'", { params: { name: "bar" } }, false],
    ["'${{ jobs.a.status }}' == 'SUCCESS'", { jobs: { a: { status: "SUCCESS" } } }, true],
    ["${{ params.mode }} == 'full'", { params: { mode: "full" } }, true],
    ["${{ item }} == 4", { item: 4 }, true],
    ["${{ item }} == 4", { item: "4" }, true],
    ["${{ item }} != 4", { item: "4" }, false],
    ["${{ matrix.sleep }} == 1", { matrix: { sleep: "1" } }, true],
    ["${{ matrix.sleep }} == 1", { matrix: { sleep: "0.1" } }, false],
    ["${{ item }} > 2", { item: "10" }, true],
    ["${{ branch | rstr }} == 'branch02'", { branch: "branch02" }, true],
    ["${{ branch | rstr }} == 'branch02'", { branch: "branch01" }, false],
    ["${{ branch | rstr }} == '1'", { branch: 1 }, true],
    ["${{ needs.x.result == 'failure' }}", { needs: { x: { result: "failure" } } }, true],
    ["${{ always() }}", {}, true],
    ["${{ params.debug == true }}", { params: { debug: true } }, true],
    [
      "${{ not stages.q.outputs.proceed }}",
      { stages: { q: { outputs: { proceed: false } } } },
      true,
    ],
    [
      "${{ params.e == 'production' && params.s == 'rolling' }}",
      { params: { e: "production", s: "rolling" } },
      true,
    ],
    ["${{ a }} and not ${{ b }}", { a: true, b: false }, true],
    ["${{ a }} in [1, 2]", { a: "2" }, true],
    ["'v${{ n }}-${{ n }}' == 'v1-1'", { n: 1 }, true],
    [`"\${{ m["a"] }}" == "x"`, { m: { a: "x" } }, true],
    ["params.n > 1", { params: { n: 2 } }, true],
  ];
  for (const [text, names, expected] of rows) assert.equal(holds(text, names), expected, text);
});

test("a hole outside of quotes takes the type of what it stands beside", () => {
  const value = (text: string, names: ValueObject): Value => evaluateText(text, contextOf(names));
  assert.equal(holds("${{ a }} == True", { a: "true" }), true);
  assert.equal(holds("${{ a }} == None", { a: "None" }), true);
  assert.equal(holds("${{ a }} == '1'", { a: "1" }), true);
  assert.equal(holds("'${{ a }}' == 1", { a: "1" }), false);
  assert.equal(holds("${{ a }} < ${{ b }}", { a: "9", b: "10" }), true);
  assert.equal(holds("${{ a }} == ${{ b }}", { a: "1.0", b: "1" }), true);
  assert.equal(holds("${{ a }} == ${{ b }}", { a: "x1", b: "x1" }), true);
  assert.equal(value("${{ a }} + 1", { a: "2" }), 3);
  assert.equal(value("${{ a }} + 'b'", { a: "2" }), "2b");
  assert.equal(value("${{ a }}.name", { a: { name: "n" } }), "n");
});

test("evaluateCondition() takes a hole alone that spells a truth value", () => {
  for (const text of ["True", "true"]) assert.equal(holds("${{ a }}", { a: text }), true);
  for (const text of ["False", "false"]) assert.equal(holds("${{ a }}", { a: text }), false);
});

test("evaluateCondition() wants true or false", () => {
  const message = "Return type of condition does not be boolean";
  for (const text of ["1", "None", "'True'", "'${{ a }}'", "${{ a }}", "[]"]) {
    assert.equal(
      failureOf(() => holds(text, { a: "x" })),
      `TypeError 0-${text.length}: ${message}`,
    );
  }
});

test("evaluateText() gives the value", () => {
  const text = "${{ item }} if ${{ item }} == 1 else 'demo'";
  assert.equal(evaluateText(text, contextOf({ item: 1 })), 1);
  assert.equal(evaluateText(text, contextOf({ item: 2 })), "demo");
  assert.equal(evaluateText("${{ item >= 3 }}", contextOf({ item: 3 })), true);
});

test("a condition points at its errors in the whole text", () => {
  const rows = {
    "1 == ${{ a.b }}": "UtilError 9-12: Parameters does not get dot with caller: 'a.b'.",
    "'x${{ 1 / 0 }}' == 'y'": "ZeroDivisionError 6-11: Cannot divide by zero",
    "${{ }} == 1": "SyntaxError 3-4: There is no expression here",
    "${{ a ": 'SyntaxError 0-6: Cannot find the "}}" that closes this "${{"',
    "'${{ a ' == 1": "SyntaxError 0-13: Cannot find the quote that closes this text",
    "${{ ${{ a }} }}": 'SyntaxError 4-5: Cannot read "$" in an expression',
  };
  for (const [text, failure] of Object.entries(rows)) {
    assert.equal(failureOf(() => holds(text)), failure);
  }
});

test("no value of a hole is ever read as code", () => {
  const payloads = [
    "' or True or '",
    '" == "" or "',
    "1 == 1",
    "always()",
    "x' != 'y",
    "__import__('os')",
    "}} or ${{ true",
  ];
  const forms = [
    "'${{ v }}' == 'secret'",
    '"${{ v }}" == "secret"',
    "${{ v }} == 'secret'",
    "${{ v | rstr }} == 'secret'",
  ];
  for (const v of payloads) for (const form of forms) assert.equal(holds(form, { v }), false, form);
  fc.assert(fc.property(anyString, fc.constantFrom(...forms), (v, form) => {
    assert.equal(holds(form, { v }), v === "secret");
  }));
});

test("mentionsStatus() knows which conditions look at what happened before", () => {
  const mentioning = [
    "${{ always() }}",
    "failure()",
    "${{ success() and params.x }}",
    "not ${{ cancelled() }}",
    "${{ needs.main-process.result == 'failure' }}",
    "'${{ needs.a.result }}' == 'success'",
    "${{ needs['a']['result'] }}",
  ];
  const others = [
    "",
    "True",
    "${{ needs.a.outputs.result }}",
    "${{ jobs.a.result }}",
    "'always()'",
    "${{ always( }}",
  ];
  for (const text of mentioning) assert.ok(mentionsStatus(text), text);
  for (const text of others) assert.ok(!mentionsStatus(text), text);
});

test("references tell which paths a text reads, and where", () => {
  assert.deepEqual(referencesOf(parseExpression("a.b[0]['c'].d?")), [
    {
      root: "a",
      segments: ["b", "0", "c", "d"],
      optional: true,
      complete: true,
      start: 0,
      end: 14,
    },
  ]);
  assert.deepEqual(referencesOf(parseExpression("f(a.b[c.d].e)")), [
    { root: "a", segments: ["b"], optional: false, complete: false, start: 2, end: 12 },
    { root: "c", segments: ["d"], optional: false, complete: true, start: 6, end: 9 },
  ]);
  const text = "x ${{ params.a }} ${{ 1 + }} ${{ item | upper }}";
  assert.deepEqual(references(text).map(({ start, end }) => text.slice(start, end)), [
    "params.a",
    "item",
  ]);
  const condition = "'${{ a.b }}' == c and ${{ d }}";
  assert.deepEqual(
    conditionReferences(condition).map(({ start, end }) => condition.slice(start, end)),
    ["a.b", "c", "d"],
  );
  assert.deepEqual(conditionReferences("${{"), []);
});

test("parseCondition() keeps what it has parsed, apart from expressions", () => {
  assert.equal(parseCondition("kept == 1"), parseCondition("kept == 1"));
  assert.match(failureOf(() => parseExpression("${{ kept }}")), /^SyntaxError/);
  assert.equal(parseCondition("${{ kept }}").root.kind, "hole");
});
