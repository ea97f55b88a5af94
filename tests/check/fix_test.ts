import { deepEqual, equal } from "node:assert/strict";
import { applyFixes } from "../../core/source/fix.ts";
import { test } from "../harness.ts";
import { checkText, corpusFiles } from "./corpus.ts";

function fixed(text: string): string {
  return applyFixes(text, checkText({ name: "etl", text })).text;
}

const ETL = (job: string) => `etl:\n  type: Workflow\n  params: {rows: int}\n  jobs:\n${job}`;

for (
  const [what, wrong, right] of [
    ["a need", "b: {needs: [laod]}", "b: {needs: [load]}"],
    ["a quoted need", 'b: {needs: ["laod"]}', 'b: {needs: ["load"]}'],
    ["a key", "b: {neds: [load]}", "b: {needs: [load]}"],
    ["a name", "b: {if: parms.rows > 1}", "b: {if: params.rows > 1}"],
    ["a parameter", "b: {if: params.row > 1}", "b: {if: params.rows > 1}"],
    [
      "a parameter in brackets",
      "b: {if: \"params['row'] > 1\"}",
      "b: {if: \"params['rows'] > 1\"}",
    ],
    ["a function", "b: {if: 'contain([1], params.rows)'}", "b: {if: 'contains([1], params.rows)'}"],
    ["a filter", "b: {if: params.rows | ab > 1}", "b: {if: params.rows | abs > 1}"],
    [
      "a value that is never there",
      "b: {needs: [load], if: needs.load.result == 'succes'}",
      "b: {needs: [load], if: needs.load.result == 'success'}",
    ],
  ] as const
) {
  test(`applyFixes() puts ${what} right`, () => {
    const load = "    load: {stages: [{name: a, echo: x}]}\n";
    equal(fixed(ETL(`${load}    ${wrong}\n`)), ETL(`${load}    ${right}\n`));
  });
}

test("applyFixes() leaves text with escapes alone, whose letters stand elsewhere", () => {
  const text = ETL('    load: {if: "\\u0070arms.rows > 1"}\n');
  equal(fixed(text), text);
});

test("applyFixes() makes the first of two fixes that overlap", () => {
  const place = (from: number, to: number) => ({
    file: "a",
    span: { start: { line: 1, column: from }, end: { line: 1, column: to } },
  });
  const found = (from: number, to: number, text: string) => ({
    ...{ code: "a", severity: "error", message: "A", place: place(from, to) } as const,
    fix: { text, place: place(from, to) },
  });
  const { text, count } = applyFixes("abcdef", [found(3, 5, "X"), found(1, 4, "Y")]);
  deepEqual({ text, count }, { text: "Ydef", count: 1 });
});

test("what was fixed is not complained about again", async () => {
  const again = (await corpusFiles("err")).flatMap((file) => {
    const found = checkText(file);
    const { text, count } = applyFixes(file.text, found);
    const left = checkText({ ...file, text });
    const gone = found.filter(({ fix }) => fix !== undefined).filter(({ message }) =>
      left.some((other) => other.message === message)
    );
    return count > 0 && gone.length > 0 ? [file.name] : [];
  });
  deepEqual(again, []);
});
