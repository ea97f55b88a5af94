/**
 * Values and JSON: one form for people and programs, and one for the journal
 * that gives back exactly what was put in.
 *
 * @module
 */
import { isForbiddenKey } from "../source/forbidden_key.ts";
import { Datetime } from "./datetime.ts";
import { ExpressionError } from "./expression_error.ts";
import { MAX_VALUE_DEPTH, tooDeep } from "./text.ts";
import type { Value, ValueObject, View } from "./value.ts";
import { entriesOf, isList, isView } from "./view.ts";

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON mapping. */
export interface JsonObject {
  /** What stands under a name. */
  readonly [name: string]: Json;
}

/**
 * A value as plain JSON for people and programs: date-times become ISO text,
 * views become mappings, numbers that JSON lacks become `null`. Not reversible.
 *
 * @throws {ExpressionError} for a value that is too deep.
 */
export function toJson(value: Value): Json {
  return plain(value, 0);
}

/**
 * A value as JSON that {@linkcode decodeValue} turns back into the same value
 * (a view into the mapping that it stands for). What JSON lacks is written as
 * a mapping with one name that begins with `$`; a mapping that happens to look
 * so is wrapped. Values that are JSON already are returned as they are.
 *
 * @throws {ExpressionError} for a value that is too deep.
 * @example
 * ```ts
 * import { Datetime } from "./datetime.ts";
 * import { sameValue } from "./equality.ts";
 * import { decodeValue, encodeValue } from "./json.ts";
 *
 * const value = { at: new Datetime(0, { offsetMinutes: 0 }) };
 * const text = JSON.stringify(encodeValue(value));
 * console.assert(text === '{"at":{"$datetime":"1970-01-01T00:00:00+00:00"}}');
 * console.assert(sameValue(decodeValue(JSON.parse(text)), value));
 * ```
 */
export function encodeValue(value: Value): Json {
  return isUntagged(value, 0) ? value : encoded(value, 0);
}

/**
 * The value that was encoded. Throws `Internal error: …` for what
 * {@linkcode encodeValue} cannot have made.
 */
export function decodeValue(json: Json): Value {
  return isUntagged(json, 0) ? json : decoded(json, 0);
}

/**
 * The value that a JSON text stands for.
 *
 * @throws {ExpressionError} for text that is no JSON, is nested too deep or has a key that is refused.
 */
export function parseJson(text: string): Value {
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const message = "Cannot read the text as JSON";
    throw new ExpressionError(message, { name: "ValueError", cause });
  }
  return vetted(json, 0);
}

function plain(value: Value, depth: number): Json {
  if (value === null || typeof value !== "object") return finite(value);
  if (value instanceof Datetime) return value.toIso();
  if (depth === MAX_VALUE_DEPTH) throw tooDeep();
  if (isList(value)) return value.map((item) => plain(item, depth + 1));
  return fromEntriesOf(value, (entry) => plain(entry, depth + 1));
}

function finite(value: null | boolean | number | string): Json {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

function fromEntriesOf(mapping: ValueObject | View, convert: (value: Value) => Json): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of entriesOf(mapping)) {
    if (isForbiddenKey(name)) throw refusedKey(name);
    result[name] = convert(value);
  }
  return result;
}

const DATETIME_TAG = "$datetime";
const NUMBER_TAG = "$number";
const MAPPING_TAG = "$mapping";

/** Most outputs are JSON that reads back as itself; those are passed on without a copy. */
function isUntagged(value: Value, depth: number): value is Json {
  if (typeof value === "number") return encodedNumber(value) === value;
  if (value === null || typeof value !== "object") return true;
  if (value instanceof Datetime || isView(value) || depth === MAX_VALUE_DEPTH) return false;
  if (isList(value)) return value.every((item) => isUntagged(item, depth + 1));
  const names = Object.keys(value);
  if (names.length === 1 && names[0]?.startsWith("$")) return false;
  return names.every((name) => !isForbiddenKey(name) && isUntagged(value[name] ?? null, depth + 1));
}

function encoded(value: Value, depth: number): Json {
  if (typeof value === "number") return encodedNumber(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Datetime) return { [DATETIME_TAG]: value.toIso() };
  if (depth === MAX_VALUE_DEPTH) throw tooDeep();
  if (isList(value)) return value.map((item) => encoded(item, depth + 1));
  const entries = fromEntriesOf(value, (entry) => encoded(entry, depth + 1));
  return tagOf(entries) === undefined ? entries : { [MAPPING_TAG]: entries };
}

function encodedNumber(value: number): Json {
  const inJson = Number.isFinite(value) && !Object.is(value, -0);
  return inJson ? value : { [NUMBER_TAG]: Object.is(value, -0) ? "-0" : String(value) };
}

/** The name of a mapping that has just one, if that begins with `$`. */
function tagOf(json: JsonObject): string | undefined {
  const [only, ...others] = Object.keys(json);
  return only?.startsWith("$") && others.length === 0 ? only : undefined;
}

function decoded(json: Json, depth: number): Value {
  if (json === null || typeof json !== "object") return json;
  if (depth > MAX_VALUE_DEPTH + 1) throw new Error("Internal error: an encoded value is too deep");
  if (isJsonList(json)) return json.map((item) => decoded(item, depth + 1));
  const tag = tagOf(json);
  return tag === undefined ? decodedEntries(json, depth + 1) : untagged(tag, json[tag], depth);
}

function isJsonList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function decodedEntries(json: JsonObject, depth: number): ValueObject {
  const result: Record<string, Value> = {};
  for (const [name, value] of Object.entries(json)) {
    if (isForbiddenKey(name)) {
      throw new Error(`Internal error: an encoded value has a key "${name}"`);
    }
    result[name] = decoded(value, depth);
  }
  return result;
}

function untagged(tag: string, json: Json | undefined, depth: number): Value {
  if (tag === DATETIME_TAG && typeof json === "string") {
    const datetime = Datetime.parse(json);
    if (datetime !== undefined) return datetime;
  }
  if (tag === NUMBER_TAG && typeof json === "string") return Number(json);
  if (tag === MAPPING_TAG && json !== null && typeof json === "object" && !isJsonList(json)) {
    return decodedEntries(json, depth + 1);
  }
  throw new Error(`Internal error: cannot decode a value with the tag "${tag}"`);
}

/** Parsed JSON is a value as it is, once it is known to be flat enough and to have no key that is refused. */
function vetted(json: Json, depth: number): Value {
  if (json === null || typeof json !== "object") return json;
  if (depth === MAX_VALUE_DEPTH) throw tooDeep();
  for (const [name, value] of Object.entries(json)) {
    if (isForbiddenKey(name)) throw refusedKey(name);
    vetted(value, depth + 1);
  }
  return json;
}

/** For a mapping that would get a key that none may have. */
export function refusedKey(name: string): ExpressionError {
  const message = `Cannot use "${name}" as a key of a mapping`;
  return new ExpressionError(message, { name: "ValueError" });
}
