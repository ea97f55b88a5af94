/**
 * Which keys and values may stand at a place of a workflow file, by the same
 * schemas that loading reads it with.
 *
 * @module
 */
import { z } from "zod";
import { FIELD_DOCS, fieldDoc, usualKey } from "../model/field_docs.ts";
import { workflowSchema } from "../model/load_workflow.ts";
import { PARAM_TYPE_NAMES, paramSchema, paramType } from "../model/param.ts";
import { jobSchema } from "../model/read_jobs.ts";
import { commonKeys, stageSchema } from "../model/stage_schema.ts";
import type { StageSyntax } from "../model/stage_syntax.ts";
import { triggersSchema } from "../model/triggers.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Path } from "../source/document.ts";
import { type Analysis, workflowAt } from "./analysis.ts";

/** A key that may be written. */
export interface Field {
  /** The key. */
  readonly name: string;
  /** What it is for. */
  readonly doc: string;
  /** What makes it what it is: the kind of stage that it tells. */
  readonly kind?: string;
}

/** What may stand at a path. */
export interface Allowed {
  /** What the mapping is: `workflow`, `job`, `stage`, `strategy`, … */
  readonly owner: string;
  /** The keys of a mapping, in the order in which they are declared. */
  readonly fields: readonly Field[];
  /** The only values, where they are known. */
  readonly values: readonly string[];
}

/** What may stand at a path of the document. */
export function allowedAt(analysis: Analysis, path: Path): Allowed {
  const level = levelAt(analysis, path);
  if (level === undefined) return NOTHING;
  const { owner, schemas, rest, kind } = level;
  const found = rest.reduce<readonly Schema[]>(
    (all, step) => all.flatMap((schema) => below(schema, step)),
    schemas.flatMap((schema) => alternatives(schema)),
  );
  const names = rest.filter((step) => typeof step === "string");
  const within = names.length === 0 ? owner : String(names.at(-1));
  const fields = new Map(
    found.flatMap((schema) => fieldsOf(schema, within)).map((field) =>
      [field.name, field] as const
    ),
  );
  return {
    owner: within,
    fields: kind === undefined || rest.length > 0
      ? [...fields.values()]
      : withKinds(fields, analysis, kind),
    values: [...new Set(found.flatMap(valuesOf))],
  };
}

/** What a key at a path is for. */
export function docOfKey(analysis: Analysis, path: Path): string | undefined {
  const key = String(path.at(-1) ?? "");
  const { fields } = allowedAt(analysis, path.slice(0, -1));
  const spellings = [key, ...usualSpellings(key)];
  return spellings.flatMap((spelling) => fields.find(({ name }) => name === spelling) ?? [])[0]
    ?.doc;
}

/** The path as its workflow counts it. What is no workflow yet is taken for one. */
export function ownPath(analysis: Analysis, path: Path): Path {
  const workflow: Workflow | undefined = workflowAt(analysis, path)?.workflow;
  if (workflow !== undefined) return path.slice(workflow.path.length);
  return path.length === 0 || WORKFLOW_KEYS.has(String(path[0])) ? path : path.slice(1);
}

/** How a key is written usually; the same word may be usual in one place and old in another. */
function usualSpellings(key: string): readonly string[] {
  return [key.replaceAll("_", "-"), usualKey(key)];
}

const NOTHING: Allowed = { owner: "", fields: [], values: [] };

const WORKFLOW_KEYS: ReadonlySet<string> = new Set(["jobs", "params", "on", "name", "desc"]);

type Schema = z.core.$ZodType;

interface Level {
  readonly owner: string;
  readonly schemas: readonly Schema[];
  readonly rest: Path;
  /** For a stage: its kind. */
  readonly kind?: StageSyntax | "unknown";
}

function levelAt(analysis: Analysis, path: Path): Level | undefined {
  const own = ownPath(analysis, path);
  const [first, second] = own;
  if (first === "params" && own.length >= 2) {
    return { owner: "param", schemas: paramSchemas(analysis, path, own), rest: own.slice(2) };
  }
  if (first === "jobs" && second !== undefined) return levelInJob(analysis, path, own);
  if (first === "params" || first === "jobs") return undefined;
  return { owner: "workflow", schemas: [workflow()], rest: own };
}

function levelInJob(analysis: Analysis, path: Path, own: Path): Level | undefined {
  const stage = workflowAt(analysis, path)?.partAt(path);
  const unknown = own.findLastIndex((step, at) =>
    typeof step === "number" && isListOfStages(own[at - 1])
  );
  const known = stage?.stage === undefined ? -1 : own.length - stage.rest.length - 1;
  if (unknown > known) {
    const schemas = analysis.facts.kinds.map(stageSchema);
    return { owner: "stage", schemas, rest: own.slice(unknown + 1), kind: "unknown" };
  }
  if (stage?.stage === undefined) return { owner: "job", schemas: [job()], rest: own.slice(2) };
  const { syntax } = stage.stage;
  return { owner: "stage", schemas: [stageSchema(syntax)], rest: stage.rest, kind: syntax };
}

function isListOfStages(step: PropertyKey | undefined): boolean {
  return step === "stages" || step === "else";
}

function paramSchemas(analysis: Analysis, path: Path, own: Path): readonly Schema[] {
  const name = String(own[1]);
  const param = workflowAt(analysis, path)?.workflow.params.get(name);
  const types = param === undefined ? PARAM_TYPE_NAMES : [param.type];
  const schemas = types.flatMap((type) => {
    const known = paramType(type);
    return known === undefined ? [] : [paramSchema(known)];
  });
  return own.length === 2
    ? [z.enum(PARAM_TYPE_NAMES), ...schemas]
    : own[2] === "type"
    ? [z.object({ type: z.enum(PARAM_TYPE_NAMES) })]
    : schemas;
}

let workflowShape: z.ZodType | undefined;
let jobShape: z.ZodType | undefined;

function workflow(): z.ZodType {
  return workflowShape ??= workflowSchema({
    params: z.unknown(),
    on: triggersSchema(),
    jobs: z.unknown(),
  });
}

function job(): z.ZodType {
  return jobShape ??= jobSchema();
}

/** How deep the forms of one value may be nested in one another. */
const MAX_FORMS = 8;

/** The forms in which a value may be written. */
function alternatives(schema: Schema, depth: number = 0): readonly Schema[] {
  if (depth > MAX_FORMS) return [];
  const inner = (...schemas: readonly Schema[]) =>
    schemas.flatMap((each) => alternatives(each, depth + 1));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return inner(schema.unwrap());
  }
  if (schema instanceof z.ZodDefault) return inner(schema.unwrap());
  if (schema instanceof z.ZodUnion) return inner(...schema.options);
  if (schema instanceof z.ZodPipe) return inner(schema.in);
  return [schema];
}

/** The forms of what stands at a step below a form. */
function below(schema: Schema, step: PropertyKey): readonly Schema[] {
  if (schema instanceof z.ZodObject) {
    const field: unknown = Object.hasOwn(schema.shape, step)
      ? schema.shape[String(step)]
      : undefined;
    return field instanceof z.ZodType ? alternatives(field) : [];
  }
  if (schema instanceof z.ZodArray) {
    return typeof step === "number" ? alternatives(schema.element) : [];
  }
  return schema instanceof z.ZodRecord ? alternatives(schema.valueType) : [];
}

const COMMON_KEYS: ReadonlySet<string> = new Set(commonKeys());

function fieldsOf(schema: Schema, owner: string): readonly Field[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const own = field instanceof z.ZodType ? describedAs(field) : undefined;
    const doc = own ?? fieldDoc(owner, name);
    const isAlias = usualSpellings(name).some((key) =>
      key !== name && Object.hasOwn(schema.shape, key)
    );
    // What is ours and has no sentence is kept for old files alone.
    const isOld = doc === undefined && (owner !== "stage" || COMMON_KEYS.has(name)) &&
      Object.hasOwn(FIELD_DOCS, owner);
    return isAlias || isOld ? [] : [{ name, doc: doc ?? "" }];
  });
}

/** What a schema says of itself, around or within what makes it optional. */
function describedAs(schema: z.ZodType): string | undefined {
  return alternatives(schema).reduce<string | undefined>(
    (found, each) => found ?? (each instanceof z.ZodType ? each.description : undefined),
    schema.description,
  );
}

/** As long as nothing tells what a stage is, everything may be written that does. */
function withKinds(
  fields: ReadonlyMap<string, Field>,
  { facts: { kinds } }: Analysis,
  kind: StageSyntax | "unknown",
): readonly Field[] {
  if (kind !== "unknown" && kind.keys.length > 0) {
    return [...fields.values()].map((field) =>
      kind.keys.includes(field.name)
        ? { ...field, doc: field.doc || kind.summary, kind: kind.name }
        : field
    );
  }
  const telling = kinds.flatMap(({ name, keys, summary }) =>
    keys.map((key): Field => ({ name: key, doc: summary, kind: name }))
  );
  const bare = kinds.find(({ keys }) => keys.length === 0);
  const kept = [...fields.values()].filter(({ name }) =>
    COMMON_KEYS.has(name) || (bare !== undefined && Object.hasOwn(bare.fields, name))
  );
  const all = [...telling, ...kept];
  return [...new Map(all.toReversed().map((field) => [field.name, field])).values()].toReversed();
}

function valuesOf(schema: Schema): readonly string[] {
  if (schema instanceof z.ZodBoolean) return ["true", "false"];
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String);
  return [];
}
