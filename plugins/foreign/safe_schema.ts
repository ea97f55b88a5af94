/**
 * JSON Schemas of plugins that are not trusted. The engine checks workflows,
 * options and outputs by them, so that nobody may write one that takes for
 * ever.
 *
 * @module
 */
import { z } from "zod";
import type { Json, JsonObject } from "../../core/expr/json.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";

/** How deep a schema may nest. */
export const MAX_SCHEMA_DEPTH = 64;

/** How many parts a schema may have, each counted wherever it is referred to. */
export const MAX_SCHEMA_PARTS = 10_000;

/** Keywords whose parts look at the same value. */
const SAME_VALUE = ["anyOf", "oneOf", "allOf"];

/** Keywords that no schema of zod has, or that could refer to anything. */
const REFUSED: ReadonlySet<string> = new Set([
  ...["$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor", "if", "then", "else"],
  ...["dependentSchemas", "unevaluatedItems", "unevaluatedProperties", "patternProperties"],
]);

/**
 * A schema as zod reads it, without patterns: those may take for ever, so that
 * they are left to the plugin itself.
 *
 * @throws {RangeError} for one that is too large, refers to itself without end, or cannot be read.
 */
export function readSchema(schema: JsonObject): z.ZodType {
  new Measure(schema).assertBounded();
  const plain = withoutPatterns(schema);
  if (!isObject(plain)) throw new RangeError("It is no schema");
  return z.fromJSONSchema(plain);
}

function withoutPatterns(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutPatterns);
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).filter(([key, value]) =>
    key !== "pattern" || typeof value !== "string"
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [key, VALUES.has(key) ? value : withoutPatterns(value)]),
  );
}

/** Keywords that hold values, not schemas. */
const VALUES: ReadonlySet<string> = new Set(["default", "const", "enum", "examples"]);

interface Size {
  readonly parts: number;
  /** Whether somewhere in it is a reference back to what it is part of. */
  readonly recurs: boolean;
}

class Measure {
  readonly #root: JsonObject;
  readonly #sizes = new Map<Json, Size>();
  /** What is being measured, with whether a part of the value was left since. */
  readonly #open = new Map<Json, number>();
  #entered = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  assertBounded(): void {
    assertSound(this.#root, 0);
    this.#sizeOf(this.#root);
  }

  #sizeOf(schema: Json): Size {
    const known = this.#sizes.get(schema);
    if (known !== undefined) return known;
    if (!isObject(schema)) return { parts: 1, recurs: false };
    const opened = this.#open.get(schema);
    if (opened !== undefined) {
      if (opened === this.#entered) throw new RangeError("It refers to itself without end");
      return { parts: 1, recurs: true };
    }
    this.#open.set(schema, this.#entered);
    const size = this.#sum(schema);
    this.#open.delete(schema);
    if (size.parts > MAX_SCHEMA_PARTS) {
      throw new RangeError(`It has more than ${MAX_SCHEMA_PARTS} parts`);
    }
    this.#sizes.set(schema, size);
    return size;
  }

  #sum(schema: JsonObject): Size {
    const sizes: Size[] = [];
    for (const [key, value] of Object.entries(schema)) {
      if (key === "$ref") sizes.push(this.#sizeOf(this.#target(value)));
      else if (SAME_VALUE.includes(key)) sizes.push(...this.#alternatives(value));
      else if (key === "not") sizes.push(this.#sizeOf(value));
      else if (key === "properties") sizes.push(...this.#within(valuesOf(value)));
      else if (PARTS.has(key)) sizes.push(...this.#within(Array.isArray(value) ? value : [value]));
    }
    const parts = sizes.reduce((sum, size) => sum + size.parts, 1);
    return { parts, recurs: sizes.some(({ recurs }) => recurs) };
  }

  /** Of alternatives that go round again, no two may take the same value: each level would double the work. */
  #alternatives(value: Json): readonly Size[] {
    const all = Array.isArray(value) ? value : [value];
    const sizes = all.map((schema) => this.#sizeOf(schema));
    const types = all.flatMap((schema, at) => sizes[at]?.recurs ? [typeOf(schema)] : []);
    if (types.length > 1 && (new Set(types).size < types.length || types.includes(undefined))) {
      throw new RangeError("It has alternatives that refer back and cannot be told apart");
    }
    return sizes;
  }

  #within(schemas: readonly Json[]): readonly Size[] {
    this.#entered++;
    const sizes = schemas.map((schema) => this.#sizeOf(schema));
    this.#entered--;
    return sizes;
  }

  #target(reference: Json): Json {
    if (typeof reference !== "string" || !reference.startsWith("#")) {
      throw new RangeError("It refers to another schema");
    }
    let target: Json = this.#root;
    for (const part of reference.split("/").slice(1)) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const next: Json | undefined = isObject(target) && Object.hasOwn(target, name)
        ? target[name]
        : undefined;
      if (next === undefined) {
        throw new RangeError(`It refers to "${reference}", which is not there`);
      }
      target = next;
    }
    return target;
  }
}

/** Keywords whose parts look at parts of the value. */
const PARTS: ReadonlySet<string> = new Set([
  ...["items", "prefixItems", "additionalProperties", "propertyNames", "contains"],
  "additionalItems",
]);

function assertSound(json: Json, depth: number): void {
  if (depth > MAX_SCHEMA_DEPTH) throw new RangeError(`It nests deeper than ${MAX_SCHEMA_DEPTH}`);
  if (Array.isArray(json)) { for (const item of json) assertSound(item, depth + 1); }
  else if (isObject(json)) {
    for (const [key, value] of Object.entries(json)) {
      if (isForbiddenKey(key)) throw new RangeError(`It has the forbidden name "${key}"`);
      if (REFUSED.has(key)) throw new RangeError(`It has "${key}", which is not supported`);
      for (const part of NAMED.has(key) ? namedIn(value) : [value]) assertSound(part, depth + 1);
    }
  }
}

/** Keywords whose keys are names. */
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);

function namedIn(json: Json): readonly Json[] {
  const forbidden = isObject(json) ? Object.keys(json).find(isForbiddenKey) : undefined;
  if (forbidden === undefined) return valuesOf(json);
  throw new RangeError(`It has the forbidden name "${forbidden}"`);
}

function typeOf(schema: Json): Json | undefined {
  return isObject(schema) && typeof schema.type === "string" ? schema.type : undefined;
}

function valuesOf(json: Json): readonly Json[] {
  return isObject(json) ? Object.values(json) : [];
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
