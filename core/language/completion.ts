/**
 * What may be written at a place, while the text is not right yet.
 *
 * A word is put in at the cursor, with whatever closes what is open there, and
 * the first such text that is YAML is looked at: so the parser, and not guesses
 * about indentation, says where the cursor is.
 *
 * @module
 */
import type { Located } from "../expr/ast.ts";
import { HOLE_END, HOLE_START, HoleScanner } from "../expr/hole.ts";
import { MAX_EXPRESSION_CHARS } from "../expr/parser.ts";
import type { ValueObject } from "../expr/value.ts";
import type { Workflow } from "../model/workflow.ts";
import { isWrittenMapping } from "../model/written.ts";
import { type LooseDocument, parseLoosely, type Path } from "../source/document.ts";
import {
  type Analysis,
  analyzeDocument,
  EditedWorkflow,
  type LanguageFacts,
  type Part,
  samePath,
  workflowAt,
} from "./analysis.ts";
import type { Completion, CompletionKind } from "./completion_item.ts";
import { expressionCompletions } from "./expression_completion.ts";
import { allowedAt, ownPath } from "./fields.ts";
import { differOnlyIn, type Region, regionAround } from "./region.ts";

/** What may be written at a place. */
export interface Completions {
  /** What is replaced by it. */
  readonly replace: Located;
  /** What may be written, the likeliest first. */
  readonly items: readonly Completion[];
  /** Whether there is more than was listed. */
  readonly isIncomplete: boolean;
  /** What the text was found to be, for the next time. */
  readonly seen?: Analysis;
}

/** What is known of a file. */
export interface CompletionFacts {
  /** The file. */
  readonly file: string;
  /** What is installed. */
  readonly facts: LanguageFacts;
  /** What was seen of the text when it differed a little: what was not changed since is not looked at again. */
  readonly last?: Analysis | undefined;
}

/** The most that is offered at once. */
export const MAX_COMPLETIONS = 200;

/** A longer text is not repaired to find out where the cursor is. */
export const MAX_REPAIRED_CHARS = 400_000;

/** What may be written at an offset. Never throws for what is in the text. */
export function completionsAt(
  text: string,
  offset: number,
  { file, facts, last }: CompletionFacts,
): Completions {
  if (text.length > MAX_REPAIRED_CHARS) return none(offset);
  const region = last === undefined ? undefined : regionAround(text, offset);
  if (last !== undefined && region !== undefined && differOnlyIn(last.text, text, region)) {
    const at = offset - region.shift;
    const part = analyzeDocument(repairedDocument(region.text, at, { file }), { facts });
    const analysis = withRest(part, { region, last });
    if (analysis !== undefined && standsIn(region, analysis, at)) {
      return moved(completionsIn(analysis, region.text, at), region.shift);
    }
  }
  const analysis = analyzeDocument(repairedDocument(text, offset, { file }), { facts });
  return { ...completionsIn(analysis, text, offset), seen: analysis };
}

function moved({ replace: { start, end }, ...found }: Completions, shift: number): Completions {
  return { ...found, replace: { start: start + shift, end: end + shift } };
}

/** Where a word ends up that is written too far to the left, the parser says. */
function standsIn({ section, job }: Region, analysis: Analysis, offset: number): boolean {
  const own = ownPath(analysis, analysis.document.pathAt(offset).path);
  return own[0] === section && (job === undefined || (own[1] === job && own.length > 2));
}

/** A part of a file, with the rest as it was seen before. */
function withRest(
  part: Analysis,
  { region, last }: { readonly region: Region; readonly last: Analysis },
): Analysis | undefined {
  const [edited] = part.workflows;
  if (edited === undefined) return undefined;
  const path = edited.workflow.path;
  const known = last.workflows.find(({ workflow }) => samePath(workflow.path, path));
  if (known === undefined) return undefined;
  const workflow = mergedWorkflow(edited.workflow, known.workflow, region);
  const workflows = last.workflows.map((each) =>
    each === known ? new EditedWorkflow(workflow, part.facts) : each
  );
  return { ...part, workflows };
}

function mergedWorkflow(part: Workflow, rest: Workflow, { section, job }: Region): Workflow {
  const own = job === undefined ? undefined : part.jobs.get(job);
  return {
    ...rest,
    ...(section === "params" && { params: part.params }),
    ...(section === "on" && { triggers: part.triggers }),
    ...(own && { jobs: new Map([...rest.jobs, [own.id, own]]) }),
    unread: part.unread,
  };
}

function completionsIn(analysis: Analysis, text: string, offset: number): Completions {
  const hole = holeAround(text, offset);
  const word = wordBefore(text, offset);
  const spot = { path: analysis.document.pathAt(offset).path, offset, word };
  if (hole !== undefined) {
    const expression = text.slice(hole, offset);
    return bounded(completionsOfExpression(expression, analysis, spot), offset);
  }
  return bounded(completionsOfYaml(text, analysis, spot), offset);
}

/** Where the expression begins that the offset stands in; `undefined` when it stands in none. */
export function holeAround(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf(HOLE_START, offset - 1);
  const from = start + HOLE_START.length;
  if (start < 0 || from > offset || offset - from > MAX_EXPRESSION_CHARS) return undefined;
  const end = new HoleScanner(text).endOf(start);
  if (end !== undefined && end - HOLE_END.length < offset) return undefined;
  // A hole that nothing closes reaches no further than its line: it is still being written.
  const isOpen = end === undefined || text.slice(from, end).includes(HOLE_START);
  return isOpen && text.slice(from, offset).includes("\n") ? undefined : from;
}

interface Spot {
  readonly path: Path;
  readonly offset: number;
  /** The part of a word before the cursor. */
  readonly word: string;
}

const WORD_BEFORE = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]*$/u;
const MAX_WORD_CHARS = 200;

function wordBefore(text: string, offset: number): string {
  return WORD_BEFORE.exec(text.slice(Math.max(0, offset - MAX_WORD_CHARS), offset))?.[0] ?? "";
}

/** What is put in for the word that is being written; nobody calls anything so. */
const MARK = "sluiceWritesHere";

const IN_HOLES = ["", " }}", ' }}"', " }}'", " }}]", ' }}"]', " }}}", ' }}"}', " }}']"];
const IN_YAML = ["", ":", '"', "'", "]", "}", ": }", '"]', "'}"];

/** The text with a word at the cursor and what closes the things that are open there. */
function repairedDocument(
  text: string,
  offset: number,
  { file }: { readonly file: string },
): LooseDocument {
  const isHole = holeAround(text, offset) !== undefined;
  const [before, after] = [text.slice(0, offset), text.slice(offset)];
  const parsed = (closing: string) => parseLoosely(`${before}${MARK}${closing}${after}`, file);
  for (const closing of isHole ? IN_HOLES : IN_YAML) {
    const document = parsed(closing);
    if (document.errors.length === 0) return document;
  }
  return parsed(isHole ? " }}" : "");
}

function completionsOfExpression(
  expression: string,
  analysis: Analysis,
  { path, offset, word }: Spot,
): Completions {
  const edited = workflowAt(analysis, path);
  if (edited === undefined) return none(offset);
  const { functions, filters } = analysis.facts;
  const context = edited.types.contextAt(edited.siteAt(path));
  const items = expressionCompletions(expression, { context, functions, filters });
  return { replace: { start: offset - word.length, end: offset }, items, isIncomplete: false };
}

/** Texts that are expressions as a whole. */
const CONDITIONS: ReadonlySet<string> = new Set(["if", "until"]);

function completionsOfYaml(text: string, analysis: Analysis, spot: Spot): Completions {
  const { path, offset, word } = spot;
  const { target, isScalar, start, style } = analysis.document.pathAt(offset);
  const replace = { start: offset - word.length, end: offset };
  if (target === "key") {
    const { fields } = allowedAt(analysis, path.slice(0, -1));
    const hasColon = /^[\w-]*\s*:/.test(text.slice(offset, offset + MAX_WORD_CHARS));
    return {
      replace,
      items: [
        ...keysOf(fields, { ...spot, path: path.slice(0, -1), analysis, hasColon }),
        ...triggeredParams(analysis, path.slice(0, -1), { hasColon }),
      ],
      isIncomplete: false,
    };
  }
  const last = path.at(-1);
  if (isScalar && CONDITIONS.has(String(last))) {
    const written = text.slice(style === "quoted" ? start + 1 : start, offset);
    const condition = style === "block" ? written.slice(written.indexOf("\n") + 1) : written;
    return completionsOfExpression(condition, analysis, spot);
  }
  const { fields, values } = allowedAt(analysis, path);
  const mayBeKey = typeof last === "number" || beginsLine(text, start);
  return {
    replace,
    items: [
      ...namesAt(analysis, path),
      ...values.map((value) => plain(value, "value", "")),
      ...(mayBeKey ? keysOf(fields, { ...spot, analysis, hasColon: false }) : []),
      ...(mayBeKey ? triggeredParams(analysis, path, { hasColon: false }) : []),
    ],
    isIncomplete: false,
  };
}

function beginsLine(text: string, start: number): boolean {
  const line = text.lastIndexOf("\n", start - 1) + 1;
  return text.slice(line, start).trim() === "";
}

interface Keys extends Spot {
  readonly analysis: Analysis;
  readonly hasColon: boolean;
}

function keysOf(
  fields: ReturnType<typeof allowedAt>["fields"],
  { path, analysis, hasColon }: Keys,
): readonly Completion[] {
  const written = new Set(Object.keys(mappingAt(analysis.document.value, path)));
  return fields.filter(({ name }) => !written.has(name)).map(({ name, doc, kind }) => ({
    label: name,
    kind: kind === undefined ? "field" : "stage-kind",
    detail: kind === undefined ? "" : `stage kind ${kind}`,
    doc,
    text: hasColon ? name : `${name}: `,
  }));
}

/** Names of the author's own that may stand at a path: needed jobs, triggered workflows. */
function namesAt(analysis: Analysis, path: Path): readonly Completion[] {
  const own = ownPath(analysis, path);
  const part: Part = workflowAt(analysis, path)?.partAt(path) ?? { rest: [] };
  const jobs = workflowAt(analysis, path)?.workflow.jobs;
  if (own[0] === "jobs" && own[2] === "needs" && own.length <= 4) {
    const needs = mappingAt(analysis.document.value, path.slice(0, path.length - own.length + 2));
    const taken = new Set(Array.isArray(needs.needs) ? needs.needs : []);
    return Array.from(jobs?.values() ?? []).flatMap((job) =>
      job.id === own[1] || taken.has(job.id)
        ? []
        : [plain(job.id, "job", job.description || `${job.stages.length} stages`)]
    );
  }
  const isTrigger = part.stage !== undefined && part.rest.length === 1 &&
    part.rest[0] === "trigger";
  const isRelease = own[0] === "on" && own.includes("release") &&
    (typeof own.at(-1) === "number" || own.at(-1) === "release" || own.at(-1) === "workflow");
  if (!isTrigger && !isRelease) return [];
  const known = new Map(analysis.facts.workflows.map((each) => [each.name, each] as const));
  for (const { workflow } of analysis.workflows) known.set(workflow.name, workflow);
  return Array.from(
    known.values(),
    ({ name, description }) => plain(name, "workflow", description),
  );
}

/** The parameters of the workflow that a stage triggers. */
function triggeredParams(
  analysis: Analysis,
  path: Path,
  { hasColon }: { readonly hasColon: boolean },
): readonly Completion[] {
  if (path.at(-1) !== "params") return [];
  const stage = mappingAt(analysis.document.value, path.slice(0, -1));
  const own = analysis.workflows.map(({ workflow }) => workflow);
  const called = [...own, ...analysis.facts.workflows].find(({ name }) => name === stage.trigger);
  if (called === undefined) return [];
  const given = new Set(Object.keys(mappingAt(analysis.document.value, path)));
  return Array.from(called.params).flatMap(([name, param]) =>
    given.has(name) ? [] : [{
      label: name,
      kind: "field" as const,
      detail: param.type,
      doc: param.description,
      text: hasColon ? name : `${name}: `,
    }]
  );
}

function plain(label: string, kind: CompletionKind, doc: string): Completion {
  return { label, kind, detail: "", doc, text: label };
}

const EMPTY: ValueObject = {};

function mappingAt(value: unknown, path: Path): ValueObject {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isWrittenMapping(found) && Object.hasOwn(found, step)) found = found[String(step)];
    else return EMPTY;
  }
  return isWrittenMapping(found) ? found : EMPTY;
}

function bounded({ items, replace }: Completions, offset: number): Completions {
  if (items.length === 0) return none(offset);
  return {
    replace,
    items: items.slice(0, MAX_COMPLETIONS),
    isIncomplete: items.length > MAX_COMPLETIONS,
  };
}

function none(offset: number): Completions {
  return { replace: { start: offset, end: offset }, items: [], isIncomplete: false };
}
