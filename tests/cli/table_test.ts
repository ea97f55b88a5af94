import { equal } from "node:assert/strict";
import { COLORED, PLAIN } from "../../cli/paint.ts";
import { table } from "../../cli/table.ts";
import { test } from "../harness.ts";

interface Row {
  readonly name: string;
  readonly what: string;
}

const COLUMNS = [
  { title: "NAME", text: ({ name }: Row) => name, color: () => "cyan" as const },
  { title: "WHAT", text: ({ what }: Row) => what },
];

test("table() makes each column as wide as its widest text", () => {
  const rows = [{ name: "a", what: "one" }, { name: "日本", what: "two" }];
  equal(table(rows, COLUMNS, { paint: PLAIN }), "NAME  WHAT\na     one\n日本  two");
});

test("table() cuts lines at the edge of a terminal", () => {
  const rows = [{ name: "a", what: "a long description" }];
  equal(table(rows, COLUMNS, { paint: PLAIN, columns: 14 }), "NAME  WHAT\na     a long …");
});

test("table() leaves out the last columns where a line has no room for them", () => {
  const rows = [{ name: "something long", what: "one" }];
  equal(table(rows, COLUMNS, { paint: PLAIN, columns: 18 }), "NAME\nsomething long");
  equal(table(rows, COLUMNS, { paint: PLAIN, columns: 10 }), "NAME\nsomething…");
});

test("table() lets no text take hold of the terminal", () => {
  const rows = [{ name: "a\x1b[2J", what: "b\nc" }];
  equal(table(rows, COLUMNS, { paint: PLAIN }), "NAME  WHAT\na     b\ufffdc");
});

test("table() colours without moving anything", () => {
  const rows = [{ name: "a", what: "one" }];
  // deno-lint-ignore no-control-regex -- colours
  const plain = table(rows, COLUMNS, { paint: COLORED }).replace(/\x1b\[\d+m/g, "");
  equal(plain, table(rows, COLUMNS, { paint: PLAIN }));
});
