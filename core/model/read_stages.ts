/**
 * Lists of stages, read from a document. A stage that does not fit its kind is
 * an error; it never becomes another kind (REFERENCE W-01).
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";
import type { Path } from "../source/document.ts";
import { chooseKind, type Kinds, withoutForeign } from "./choose_kind.ts";
import type { Finding, Report } from "./finding.ts";
import { type ReadOptions, readRight } from "./issues.ts";
import { stageNameProblem } from "./name.ts";
import { readCommon, stageSchemaFor } from "./stage_schema.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import type { ScriptLanguage, Stage } from "./workflow.ts";
import { isWrittenList, isWrittenMapping, kindOfWritten } from "./written.ts";
import { quotedName } from "./wording.ts";

/** How deeply stages may be nested in stages. */
export const MAX_STAGE_NESTING = 16;

/** The most stages in one list. */
export const MAX_STAGES = 100_000;

/** What there is while stages are read. */
export interface StageReading extends Kinds {
  /** Where the list stands. */
  readonly path: Path;
  /** The language of `run:` that the job asks for. */
  readonly scriptLang?: ScriptLanguage | undefined;
  /** How many stages the list is nested in. */
  readonly depth: number;
  /** Where the list of the job stands. @default here */
  readonly outermost?: Path;
  /** Takes each thing that is wrong. */
  readonly report: Report;
}

/** The stages that were written; what is wrong in them is reported and left out. */
export function readStages(written: unknown, reading: StageReading): readonly Stage[] {
  if (written === undefined || written === null) return [];
  const { path, report, outermost = path } = reading;
  const problem = listProblem(written, reading);
  if (problem !== undefined) {
    report({ ...problem, path, target: "key", hides: outermost });
    return [];
  }
  const entries = isWrittenList(written) ? written : [];
  const stages = entries.flatMap((entry, at) =>
    readStage(entry, { ...reading, outermost, path: [...path, at] }) ?? []
  );
  return withDistinctKeys(stages, reading);
}

const ROOTS_IN_NAMES = ["matrix"];
const ROOTS_IN_NESTED_NAMES = ["matrix", "item", "loop", "branch", "case"];

function listProblem(
  written: unknown,
  { depth }: StageReading,
): { readonly code: string; readonly message: string } | undefined {
  if (depth > MAX_STAGE_NESTING) {
    const message = `Stages may be nested at most ${MAX_STAGE_NESTING} deep; these are deeper`;
    return { code: "too-deep", message };
  }
  if (!isWrittenList(written)) {
    const message = `Stages must be a list, but these are ${kindOfWritten(written)}`;
    return { code: "value-invalid", message };
  }
  if (written.length <= MAX_STAGES) return undefined;
  const message = `A list holds at most ${MAX_STAGES} stages; this one holds ${written.length}`;
  return { code: "too-many", message };
}

function readStage(written: Value, reading: StageReading): Stage | undefined {
  const { path, report, kinds, known, outermost = path } = reading;
  if (!isWrittenMapping(written)) {
    const message = `A stage must be a mapping, but this one is ${kindOfWritten(written)}`;
    report({ code: "value-invalid", message, path, hides: outermost });
    return undefined;
  }
  const options: ReadOptions = {
    path,
    subject: subjectOf(written),
    // Any name may be the one that could not be read.
    report: (finding) =>
      report(hidesId(finding, path) ? { ...finding, hides: outermost } : finding),
  };
  const kind = chooseKind(written, reading, options);
  if (kind === undefined) return unreadStage(written, UNREAD_KIND, path);

  checkNames(written, reading, options);
  const own = withoutForeign(written, kind, { ...options, kinds, known });
  const right = readRight(stageSchemaFor(kind, own), own, options)?.written;
  if (!isWrittenMapping(right)) {
    return unreadStage(written, { ...UNREAD_KIND, ...named(kind) }, path);
  }
  const opened = readBodies(inputOf(right, kind, reading.scriptLang), kind, reading);
  return { ...readCommon(right, kind), ...opened, syntax: kind, path };
}

/** A stage of which only what all stages have is known. */
function unreadStage(written: ValueObject, syntax: StageSyntax, path: Path): Stage {
  return { ...readCommon(written, syntax), input: {}, syntax, path };
}

/** Nothing is known of what such a stage does and leaves. */
const UNREAD_KIND: StageSyntax = { name: "", keys: [], summary: "", fields: {} };

/** What is known of a kind without looking at a stage. */
function named({ name, keys, summary, fields, written }: StageSyntax): StageSyntax {
  return { name, keys, summary, fields, ...(written && { written }) };
}

function hidesId({ hides }: Finding, path: Path): boolean {
  return hides?.length === path.length + 1 && hides.at(-1) === "id";
}

function inputOf(
  own: ValueObject,
  kind: StageSyntax,
  scriptLang: ScriptLanguage | undefined,
): ValueObject {
  const input = Object.entries(own).filter(([key]) => Object.hasOwn(kind.fields, key));
  const wantsLang = Object.hasOwn(kind.fields, "lang") && !Object.hasOwn(own, "lang");
  if (wantsLang && scriptLang !== undefined) input.push(["lang", scriptLang]);
  return Object.fromEntries(input);
}

function readBodies(
  input: ValueObject,
  kind: StageSyntax,
  reading: StageReading,
): { readonly input: ValueObject; readonly bodies?: Readonly<Record<string, readonly Stage[]>> } {
  const places = kind.bodies?.(input);
  if (places === undefined) return { input };
  const bodies: Record<string, readonly Stage[]> = {};
  let rest: Value = input;
  for (const [name, path] of Object.entries(places)) {
    const nested = { ...reading, path: [...reading.path, ...path], depth: reading.depth + 1 };
    bodies[name] = readStages(valueAt(input, path), nested);
    rest = emptiedAt(rest, path);
  }
  return { bodies, input: isWrittenMapping(rest) ? rest : input };
}

function valueAt(value: Value, path: readonly (string | number)[]): Value | undefined {
  let found: Value | undefined = value;
  for (const part of path) {
    if (isWrittenList(found)) found = found[Number(part)];
    else if (isWrittenMapping(found) && Object.hasOwn(found, part)) found = found[part];
    else return undefined;
  }
  return found;
}

/** A copy in which the list at `path` is empty: its stages are planned for themselves. */
function emptiedAt(value: Value, path: readonly (string | number)[]): Value {
  const [part, ...rest] = path;
  if (part === undefined) return [];
  if (isWrittenList(value)) {
    return value.map((item, at) => at === Number(part) ? emptiedAt(item, rest) : item);
  }
  if (!isWrittenMapping(value)) return value;
  return { ...value, [part]: emptiedAt(value[part] ?? null, rest) };
}

function checkNames(written: ValueObject, { depth }: StageReading, options: ReadOptions): void {
  const { path, subject, report } = options;
  if (written.name === undefined && written.id === undefined) {
    report({ code: "key-missing", message: 'A stage needs a "name" or an "id"', path });
  }
  for (const key of ["name", "id"]) {
    const text = written[key];
    if (typeof text !== "string") continue;
    const problem = stageNameProblem(text, depth === 0 ? ROOTS_IN_NAMES : ROOTS_IN_NESTED_NAMES);
    if (problem === undefined) continue;
    const message = `The ${key} of ${subject} ${problem}`;
    report({ code: "name-invalid", message, path: [...path, key] });
  }
}

/**
 * The stages with keys of their own. Twins are an error, but for nested stages
 * that share a name without having an id: those the reference runs, one after
 * the other, and their outputs share one place (REFERENCE C-092).
 */
function withDistinctKeys(
  stages: readonly Stage[],
  { depth, report }: StageReading,
): readonly Stage[] {
  const first = new Map<string, Stage>();
  const names: Names = { taken: new Set(stages.map(({ key }) => key)), last: new Map() };
  return stages.map((stage) => {
    const twin = first.get(stage.key);
    // One without a name has been reported for that.
    if (twin === undefined || stage.key === "") {
      first.set(stage.key, stage);
      return stage;
    }
    const tolerated = depth > 0 && stage.id === undefined && twin.id === undefined;
    const consequence = tolerated ? "their outputs share one place" : "give one of them another id";
    report({
      code: "stage-duplicate",
      severity: tolerated ? "warning" : "error",
      message: `Two stages of one list are called "${stage.key}"; ${consequence}`,
      path: stage.path,
      related: [{ message: "the other one", path: twin.path }],
    });
    return tolerated ? { ...stage, key: freeKey(stage.key, names) } : stage;
  });
}

interface Names {
  readonly taken: Set<string>;
  readonly last: Map<string, number>;
}

function freeKey(key: string, { taken, last }: Names): string {
  let number = (last.get(key) ?? 1) + 1;
  while (taken.has(`${key} (${number})`)) number++;
  last.set(key, number);
  taken.add(`${key} (${number})`);
  return `${key} (${number})`;
}

function subjectOf(written: ValueObject): string {
  const called = [written.id, written.name].find((text) => typeof text === "string");
  return called === undefined ? "the stage" : `stage ${quotedName(called)}`;
}
