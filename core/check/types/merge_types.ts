/**
 * One type for values of several.
 *
 * @module
 */
import {
  ANY,
  arrayOf,
  type ArrayType,
  type ConstantType,
  type ObjectType,
  optionsOf,
  type Property,
  STRING,
  type StringType,
  type Type,
  type UnionType,
} from "./type.ts";

/** Of more types than this a union says nothing any more. */
export const MAX_UNION_OPTIONS = 8;

/** Of more texts than this nobody wants to read a list. */
export const MAX_KNOWN_TEXTS = 100;

/** The most mappings that are merged property by property. */
const MAX_MERGED_DEPTH = 8;

/**
 * The type of a value that is of one of these types.
 *
 * @example
 * ```ts
 * import { mergeTypes } from "./merge_types.ts";
 * import { NULL, STRING, typeText } from "./type.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(typeText(mergeTypes([STRING, NULL, STRING])), "string or null");
 * ```
 */
export function mergeTypes(types: Iterable<Type>): Type {
  return merged(types, 0);
}

type Option = Exclude<Type, UnionType>;

function merged(types: Iterable<Type>, depth: number): Type {
  const options: Option[] = [];
  for (const option of flattened(types)) {
    if (option.kind === "any") return ANY;
    const at = options.findIndex(({ kind }) => kind === option.kind);
    const alike = options[at];
    if (alike === undefined) options.push(option);
    else if (alike !== option) options[at] = mergedAlike(alike, option, depth);
  }
  const [only] = options;
  if (only === undefined || options.length > MAX_UNION_OPTIONS) return ANY;
  return options.length === 1 ? only : { kind: "union", options };
}

function* flattened(types: Iterable<Type>): Generator<Option> {
  for (const type of types) yield* optionsOf(type);
}

/** Of two types of one kind: what can be said of both. */
function mergedAlike(one: Option, other: Option, depth: number): Option {
  if (one.kind === "string" && other.kind === "string") return mergedTexts(one, other);
  if (isConstant(one) && isConstant(other)) return mergedConstants(one, other);
  if (one.kind === "array" && other.kind === "array") return mergedLists(one, other, depth);
  if (one.kind === "object" && other.kind === "object") return mergedMappings(one, other, depth);
  return one;
}

function isConstant(option: Option): option is ConstantType {
  return option.kind === "number" || option.kind === "bool";
}

function mergedConstants({ kind, oneOf }: ConstantType, other: ConstantType): ConstantType {
  if (oneOf === undefined || other.oneOf === undefined) return { kind };
  const values = [...new Set([...oneOf, ...other.oneOf])];
  return values.length > MAX_KNOWN_TEXTS ? { kind } : { kind, oneOf: values };
}

function mergedTexts(one: StringType, other: StringType): StringType {
  if (one.isDuration && other.isDuration) return one;
  if (one.oneOf === undefined || other.oneOf === undefined) return { kind: "string" };
  const texts = [...new Set([...one.oneOf, ...other.oneOf])];
  return texts.length > MAX_KNOWN_TEXTS ? { kind: "string" } : { kind: "string", oneOf: texts };
}

function mergedLists(one: ArrayType, other: ArrayType, depth: number): ArrayType {
  const items = depth === MAX_MERGED_DEPTH ? ANY : merged([one.items, other.items], depth + 1);
  return { kind: "array", items };
}

/** What one of them has and the other has not may be missing. */
function mergedMappings(one: ObjectType, other: ObjectType, depth: number): ObjectType {
  if (depth === MAX_MERGED_DEPTH) return { kind: "object", properties: NONE, rest: ANY };
  const rest = one.rest === undefined && other.rest === undefined
    ? undefined
    : merged([one.rest ?? ANY, other.rest ?? ANY], depth + 1);
  const get = (name: string): Property | undefined => {
    const [mine, theirs] = [one.properties.get(name), other.properties.get(name)];
    if (mine === undefined || theirs === undefined) {
      const only = mine ?? theirs;
      return only && { absent: "not every value here has it", ...only };
    }
    const absent = mine.absent ?? theirs.absent;
    const type = merged([mine.type, theirs.type], depth + 1);
    return absent === undefined ? { type } : { type, absent };
  };
  const names = () => new Set([...one.properties.names(), ...other.properties.names()]);
  const title = one.title ?? other.title;
  return {
    kind: "object",
    properties: { get, names },
    ...(rest && { rest }),
    ...(title !== undefined && { title }),
  };
}

const NONE = { get: () => undefined, names: () => [] };

/** The type of a list with these items. */
export function listOfAll(items: Iterable<Type>): Type {
  return arrayOf(merged(items, 0));
}

/** The type without the knowledge of which texts there can be. */
export function widened(type: Type): Type {
  return type.kind === "string" ? STRING : type;
}
