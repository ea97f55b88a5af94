import { deepEqual, equal } from "node:assert/strict";
import { workflowCommand } from "../../cli/workflow_commands.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { checkText, corpusFiles } from "../check/corpus.ts";
import { test } from "../harness.ts";

const span = { start: { line: 4, column: 9 }, end: { line: 4, column: 15 } };

function diagnostic(changes: Partial<Diagnostic>): Diagnostic {
  return {
    ...{ code: "need-unknown", severity: "error", message: "No such job" },
    place: { file: "etl.yml", span },
    ...changes,
  };
}

/** Reads a command as the runner does: `::name key=value,key=value::data`. */
function read(line: string) {
  const [, name, list = "", data = ""] = /^::([a-z]+) (.*?)::(.*)$/.exec(line) ?? [];
  const entries = list.split(",").map((entry): [string, string] => {
    const [key = "", value = ""] = entry.split("=", 2);
    return [key, unescaped(value).replaceAll("%3A", ":").replaceAll("%2C", ",")];
  });
  return { name, properties: Object.fromEntries(entries), message: unescaped(data) };
}

function unescaped(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

test("a workflow command names file, lines, columns and code", () => {
  equal(
    workflowCommand(diagnostic({})),
    "::error file=etl.yml,line=4,endLine=4,col=9,endColumn=14,title=need-unknown::No such job",
  );
});

test("a workflow command says warnings and notices by those names", () => {
  equal(read(workflowCommand(diagnostic({ severity: "warning" }))).name, "warning");
  equal(read(workflowCommand(diagnostic({ severity: "info" }))).name, "notice");
});

test("a workflow command of several lines has no columns, which would be refused", () => {
  const place = { file: "etl.yml", span: { ...span, end: { line: 6, column: 1 } } };
  equal(
    workflowCommand(diagnostic({ place })),
    "::error file=etl.yml,line=4,endLine=6,title=need-unknown::No such job",
  );
});

test("a workflow command of an empty place ends where it begins", () => {
  const place = { file: "etl.yml", span: { start: span.start, end: span.start } };
  equal(read(workflowCommand(diagnostic({ place }))).properties.endColumn, "9");
});

test("a workflow command cannot be ended or joined by what a text holds", () => {
  const message = "100%\r\n::error::mine, a:b";
  const place = { file: "a,b:c%\n::add-mask::x.yml", span };
  const line = workflowCommand(diagnostic({ message, place }));
  equal(/[\r\n]/.test(line), false);
  const { name, properties, message: said } = read(line);
  deepEqual({ name, file: properties.file, said }, {
    name: "error",
    file: place.file,
    said: message,
  });
});

test("a workflow command is one line, whatever the corpus says", async () => {
  for (const found of (await corpusFiles("err")).flatMap(checkText)) {
    const told = [found.message, ...found.notes ?? []].join("\n");
    equal(read(workflowCommand(found)).message, told);
  }
});
