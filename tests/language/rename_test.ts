import { deepEqual, equal, match, ok } from "node:assert/strict";
import { hoverAt } from "../../core/language/hover.ts";
import { renameAt } from "../../core/language/rename.ts";
import { definitionOf, occurrenceAt } from "../../core/language/symbols.ts";
import { test } from "../harness.ts";
import { analyzed, marked } from "./language.ts";

/** The text with the name at the `◆` changed everywhere; or why it is not. */
function renamed(source: string, to: string): string {
  const { text, offset } = marked(source);
  const result = renameAt(analyzed(text), offset, { to });
  if (!result.ok) return result.message;
  return result.edits.toReversed().reduce(
    (edited, { start, end }) => edited.slice(0, start) + to + edited.slice(end),
    text,
  );
}

test("renameAt() changes a parameter in expressions, conditions, scripts and quotes", () => {
  const text = `name: a
params:
  d◆ay: {type: date}
jobs:
  x:
    if: params.day != null
    stages:
      - name: s
        bash: |
          echo "\${{ params.day | fmt('%Y') }}" day
      - {name: t, echo: "\${{ params['day'] }} params.day"}
      - name: u
        run: |
          console.log(params.day, \${{ params.day }});
`;
  const { text: plain } = marked(text);
  const expected = plain.replace("  day:", "  date:").replaceAll("params.day", "params.date")
    .replace("['day']", "['date']").replace("}} params.date", "}} params.day");
  equal(renamed(text, "date"), expected);
});

test("renameAt() tells stages of one id apart by where they stand", () => {
  const job = (id: string, mark: string) =>
    `  ${id}:\n    stages:\n      - {name: A, id: ${mark}pull, bash: "x"}\n      - {name: B, echo: "\${{ stages.pull.outputs.stdout }}"}\n`;
  const text = `name: a\njobs:\n${job("x", "◆")}${
    job("y", "")
  }  z:\n    needs: [x, y]\n    if: jobs.x.stages.pull.status == jobs.y.stages.pull.status\n`;
  const { text: plain } = marked(text);
  const expected = plain.replace("id: pull", "id: fetch").replace("stages.pull", "stages.fetch")
    .replace("jobs.x.stages.pull", "jobs.x.stages.fetch");
  equal(renamed(text, "fetch"), expected);
});

test("renameAt() reaches stages within stages, by their outputs too", () => {
  const text = `name: a
jobs:
  x:
    stages:
      - name: each
        id: each
        foreach: [1]
        stages:
          - {name: one, id: o◆ne, bash: "x"}
          - {name: two, echo: "\${{ stages.one.outputs.stdout }}"}
      - {name: end, echo: "\${{ stages.each.outputs.foreach['1'].stages.one.outputs }}"}
`;
  const { text: plain } = marked(text);
  equal(
    renamed(text, "first"),
    plain.replace("id: one", "id: first").replaceAll("stages.one", "stages.first"),
  );
});

test("renameAt() changes an anchored part once", () => {
  const text = "name: a\njobs:\n  o◆ne: {}\n  two: &t {needs: [one]}\n  three: *t\n";
  const { text: plain } = marked(text);
  equal(renamed(text, "first"), plain.replaceAll("one", "first"));
});

test("renameAt() changes nothing rather than half of it", () => {
  match(renamed("name: a\njobs:\n  o◆ne: {}\n  two: {}\n", "two"), /There is a job "two" already/);
  match(renamed("name: a\njobs:\n  o◆ne: {}\n", "a b"), /Cannot use "a b" as a name/);
  match(renamed("name: a\njobs:\n  o◆ne: {}\n", "true"), /Cannot use "true"/);
  match(renamed("name: a\njobs:\n  o◆ne: {}\n", "__proto__"), /is reserved/);
  match(renamed("name: a\njobs:\n  o◆ne: {}\n  two: [\n", "first"), /while "a.yml" is no YAML/);
  match(renamed("name: a\njo◆bs: {}\n", "b"), /Only workflows, jobs, stages/);
  match(renamed("name: ◆a\njobs: {}\n", "b"), /^name: b\n/);
  match(
    renamed('name: a\nparams: {d◆: str}\njobs: {x: {if: "params.d == \\"\\u0041\\""}}\n', "e"),
    /line 3 spells it with escapes/,
  );
});

test("hoverAt() tells the type of each step of a path, and what is declared", () => {
  const text =
    "name: a\nparams: {day: {type: date, desc: Which day.}}\njobs:\n  x:\n    if: ${{ params.day != now() }}\n";
  const analysis = analyzed(text);
  const at = (word: string) => hoverAt(analysis, text.indexOf(word) + 1)?.markdown ?? "";
  match(at("day != "), /^```\nparams\.day: datetime|date\n```[\s\S]*Which day\./);
  match(at("now()"), /now\(/);
  match(at("params.day"), /params: object/);
  match(at("if:"), /A condition/);
  match(at("jobs:"), /Its parts/);
});

test("definitionOf() finds a stage from a nested place", () => {
  const { text, offset } = marked(
    "name: a\njobs:\n  x:\n    stages:\n      - {name: r, id: read, bash: x}\n      - name: each\n        foreach: [1]\n        stages: [{name: s, echo: '${{ stages.re◆ad.status }}'}]\n",
  );
  const analysis = analyzed(text);
  const found = occurrenceAt(analysis, offset);
  ok(found !== undefined);
  const { start, end } = definitionOf(found.symbol, analysis) ?? { start: 0, end: 0 };
  deepEqual([text.slice(start, end), start], ["read", text.indexOf("id: read") + 4]);
});
