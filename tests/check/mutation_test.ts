import { deepEqual, ok } from "node:assert/strict";
import { type Node, type Step, walk } from "../../core/expr/ast.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import { type ReadText, readTexts } from "../../core/check/read_texts.ts";
import { textAt } from "../../core/source/fix.ts";
import type { Path, SourceDocument } from "../../core/source/document.ts";
import { analyze } from "../../core/language/analysis.ts";
import { occurrencesIn } from "../../core/language/symbols.ts";
import { FACTS } from "../language/language.ts";
import type { Span } from "../../core/source/span.ts";
import { test } from "../harness.ts";
import { checkText, type CorpusFile, corpusFiles, lineOf, workflowsIn } from "./corpus.ts";

/** A name in a workflow that refers to something. */
interface Reference {
  readonly what: string;
  readonly name: string;
  readonly span: Span;
}

const NOUNS: Readonly<Record<string, string>> = {
  params: "parameter",
  jobs: "job",
  needs: "job",
  stages: "stage",
  matrix: "axis",
};

/** What no name of the corpus begins with. */
const WRONG = "zz";

/** A right workflow with what is said about it all the same. */
interface Original {
  readonly file: CorpusFile;
  readonly before: ReadonlySet<string>;
}

/** Whether something new is said once the name is another. */
function isFound({ span, name }: Reference, { file, before }: Original): boolean {
  const lines = file.text.split("\n");
  const line = lines[span.start.line - 1] ?? "";
  const at = span.start.column - 1;
  lines[span.start.line - 1] = line.slice(0, at) + WRONG + line.slice(at);
  const after = checkText({ ...file, text: lines.join("\n") });
  return after.some((found) => !before.has(lineOf(found)) && found.message.includes(WRONG + name));
}

function* referencesIn(workflow: Workflow): Generator<Reference> {
  const { document, jobs } = workflow;
  for (const { path, needs } of jobs.values()) {
    for (const [at, name] of needs.entries()) {
      const needPath: Path = [...path, "needs", at];
      yield* exact(workflow, {
        what: "need",
        name,
        span: document.placeInScalar(needPath, 0, name.length),
      });
    }
  }
  for (const text of readTexts(workflow, {})) yield* referencesOfText(text, workflow);
}

function* referencesOfText(text: ReadText, workflow: Workflow): Generator<Reference> {
  for (const { root, offset } of text.expressions) {
    const nodes: Node[] = [];
    walk(root, (node) => nodes.push(node));
    for (const { what, name, at } of nodes.flatMap(namesOf)) {
      const start = at + offset;
      const span = workflow.document.placeInScalar(text.path, start, start + name.length);
      yield* exact(workflow, { what, name, span });
    }
  }
}

/** Texts with escapes do not tell where their parts stand. */
function* exact({ document }: Workflow, reference: Reference): Generator<Reference> {
  if (textAt(document.text, reference.span) === reference.name) yield reference;
}

interface Named {
  readonly what: string;
  readonly name: string;
  readonly at: number;
}

function namesOf(node: Node): readonly Named[] {
  switch (node.kind) {
    case "call":
      return [{ what: "function", name: node.name, at: node.start }];
    case "filter":
      return [{ what: "filter", name: node.name, at: node.nameStart }];
    case "path": {
      const root = { what: "root", name: node.root, at: node.start };
      const [first] = node.steps;
      const what = NOUNS[node.root];
      const name = first && nameOf(first);
      return what === undefined || name === undefined ? [root] : [root, { what, ...name }];
    }
    default:
      return [];
  }
}

function nameOf(step: Step): Pick<Named, "name" | "at"> | undefined {
  if (step.kind === "name") {
    const { name, end, optional } = step;
    return { name, at: end - name.length - (optional ? 1 : 0) };
  }
  const { kind, start } = step.index;
  if (kind !== "literal" || typeof step.index.value !== "string") return undefined;
  return { name: step.index.value, at: start + 1 };
}

/** What no expression says: triggered workflows and what they are given, axes that are included, outputs. */
function* furtherReferencesIn({ file, text }: SourceDocument): Generator<Reference> {
  const analysis = analyze(text, { file, facts: FACTS });
  const known = new Set(analysis.workflows.map(({ workflow }) => workflow.name));
  for (const { symbol, isDefinition, start, end } of occurrencesIn(analysis)) {
    const { kind, name, workflow } = symbol;
    // What stands in another file is looked up in the conf folder, which a corpus file has none of.
    if (isDefinition || text.slice(start, end) !== name || !known.has(workflow)) continue;
    const before = text.slice(0, start).split("\n");
    const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const last = { line: position.line, column: position.column + name.length };
    yield {
      what: `use of ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`,
      name,
      span: { start: position, end: last },
    };
  }
}

const FILES = (await corpusFiles("ok")).filter(({ text }) => !text.includes("sluice: ignore"));
const originals = FILES.map((file) => ({ file, before: new Set(checkText(file).map(lineOf)) }));
const outcomes = originals.flatMap((original) => {
  const workflows = workflowsIn(original.file);
  const [first] = workflows;
  const references = [
    ...workflows.flatMap((workflow) => [...referencesIn(workflow)]),
    ...(first === undefined ? [] : furtherReferencesIn(first.document)),
  ];
  return references.map((reference) => ({
    what: reference.what,
    place:
      `${original.file.name}:${reference.span.start.line}:${reference.span.start.column} ${reference.name}`,
    isFound: isFound(reference, original),
  }));
});

/** The whole matrix comes out of a script. */
const UNKNOWABLE: readonly string[] = ["matrix-computed:20:40 city"];

for (const [what, tried] of Map.groupBy(outcomes, ({ what }) => what)) {
  const found = tried.filter(({ isFound }) => isFound).length;
  test(`a wrong ${what} is found: ${found} of ${tried.length}`, () => {
    const missed = tried.filter(({ isFound }) => !isFound).map(({ place }) => place);
    deepEqual(missed.filter((place) => !UNKNOWABLE.includes(place)), []);
  });
}

test("there are enough references to change", () => {
  ok(outcomes.length >= 300, `${outcomes.length} references`);
});
