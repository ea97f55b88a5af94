/**
 * The types that outputs may be declared with: `int`, `array<str>`,
 * `object{rows: int, files: array<str>}`.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import { parseDuration } from "../expr/duration.ts";
import type { Value } from "../expr/value.ts";
import { entryOf, isList, isMapping, namesOf } from "../expr/view.ts";

/** The types without parts; those of parameters, and `any`. */
export const OUTPUT_TYPES = [
  "any",
  "str",
  "int",
  "float",
  "bool",
  "date",
  "datetime",
  "duration",
  "array",
  "map",
] as const;

/** A type without parts. */
export type PlainOutputType = typeof OUTPUT_TYPES[number];

/** What an output must be. */
export type OutputShape =
  | { readonly kind: PlainOutputType }
  | { readonly kind: "arrayOf"; readonly items: OutputShape }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, OutputShape> };

/** The longest type that is read. */
export const MAX_OUTPUT_TYPE_CHARS = 1_000;

/** How deeply lists and mappings of a type may be nested. */
export const MAX_OUTPUT_TYPE_DEPTH = 8;

/**
 * The type that a text names; `undefined` when it names none.
 *
 * @example
 * ```ts
 * import { parseOutputType } from "./output_type.ts";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * deepEqual(parseOutputType("array<int>"), { kind: "arrayOf", items: { kind: "int" } });
 * equal(parseOutputType("array<itn>"), undefined);
 * ```
 */
export function parseOutputType(text: string): OutputShape | undefined {
  if (text.length > MAX_OUTPUT_TYPE_CHARS) return undefined;
  const words = text.match(/[^\s<>{}:,]+|[<>{}:,]/g) ?? [];
  const read = shapeAt(words, { at: 0, depth: 0 });
  return read?.end === words.length ? read.shape : undefined;
}

/** Whether a value is of a type. Nothing is converted: a text of digits is no `int`. */
export function isOfShape(value: Value, shape: OutputShape): boolean {
  switch (shape.kind) {
    case "any":
      return true;
    case "str":
      return typeof value === "string";
    case "int":
      return Number.isInteger(value);
    case "float":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "date":
    case "datetime":
      return value instanceof Datetime && value.kind === shape.kind;
    case "duration":
      return typeof value === "string" && parseDuration(value) !== undefined;
    case "array":
      return isList(value);
    case "map":
      return isMapping(value);
    case "arrayOf":
      return isList(value) && value.every((item) => isOfShape(item, shape.items));
    case "object":
      return isMapping(value) && [...namesOf(value)].every((name) => shape.fields.has(name)) &&
        [...shape.fields].every(([name, field]) => isOfShape(entryOf(value, name) ?? null, field));
    default:
      return shape satisfies never;
  }
}

/** The words that the language of expressions has for them. */
const OTHER_NAMES: Readonly<Record<string, PlainOutputType>> = {
  string: "str",
  number: "float",
  object: "map",
};

interface Place {
  /** The word that is next. */
  readonly at: number;
  readonly depth: number;
}

interface Read {
  readonly shape: OutputShape;
  /** The first word behind it. */
  readonly end: number;
}

function shapeAt(words: readonly string[], { at, depth }: Place): Read | undefined {
  const name = words[at] ?? "";
  if (depth > MAX_OUTPUT_TYPE_DEPTH) return undefined;
  const kind = Object.hasOwn(OTHER_NAMES, name)
    ? OTHER_NAMES[name]
    : OUTPUT_TYPES.find((type) => type === name);
  if (kind === undefined) return undefined;
  const within = { at: at + 2, depth: depth + 1 };
  if (kind === "array" && words[at + 1] === "<") return listAt(words, within);
  if (kind === "map" && words[at + 1] === "{") return objectAt(words, within);
  return { shape: { kind }, end: at + 1 };
}

function listAt(words: readonly string[], within: Place): Read | undefined {
  const items = shapeAt(words, within);
  if (items === undefined || words[items.end] !== ">") return undefined;
  return { shape: { kind: "arrayOf", items: items.shape }, end: items.end + 1 };
}

function objectAt(words: readonly string[], { at, depth }: Place): Read | undefined {
  const fields = new Map<string, OutputShape>();
  for (let next = at; words[next] !== "}";) {
    const name = words[next] ?? "";
    const field = words[next + 1] === ":" ? shapeAt(words, { at: next + 2, depth }) : undefined;
    if (field === undefined || /[<>{}:,]/.test(name) || fields.has(name)) return undefined;
    fields.set(name, field.shape);
    next = words[field.end] === "," ? field.end + 1 : field.end;
    if (words[field.end] !== "," && words[field.end] !== "}") return undefined;
    if (words[next] === "}") return { shape: { kind: "object", fields }, end: next + 1 };
  }
  return undefined;
}
