/**
 * Whether a value of a type can go where others are wanted.
 *
 * @module
 */
import { parseDuration } from "../../expr/duration.ts";
import type { ValueType } from "../../expr/evaluation_context.ts";
import {
  ANY,
  BOOL,
  type ConstantType,
  DATE,
  DATETIME,
  LIST,
  LOOSE,
  NULL,
  NUMBER,
  type ObjectType,
  optionsOf,
  STRING,
  type StringType,
  type Type,
} from "./type.ts";
import { mergeTypes } from "./merge_types.ts";

/** Whether some value of the type is of one of the wanted types. Only what never fits is wrong; of secrets a rule of their own complains. */
export function mayBe(type: Type, wanted: readonly ValueType[]): boolean {
  if (wanted.includes("any")) return true;
  return optionsOf(type).some(({ kind }) =>
    kind === "any" || kind === "secret" || wanted.includes(kind)
  );
}

/** Whether two types have a value in common. */
export function overlap(one: Type, other: Type): boolean {
  return optionsOf(one).some((a) => optionsOf(other).some((b) => overlapping(a, b)));
}

/** What a signature says, as a type. */
export function signatureType(types: readonly ValueType[]): Type {
  return mergeTypes(types.map((type) => SIGNATURE_TYPES[type]));
}

function overlapping(one: Type, other: Type): boolean {
  if (one.kind === "any" || other.kind === "any") return true;
  if (one.kind === "secret" || other.kind === "secret") return true;
  if (isConstant(one) && isConstant(other)) {
    return one.kind === other.kind && (one.oneOf === undefined || other.oneOf === undefined ||
      one.oneOf.some((value) => other.oneOf?.includes(value)));
  }
  if (one.kind === "object" && other.kind === "object") return overlappingMappings(one, other);
  if (one.kind !== "string" || other.kind !== "string") return one.kind === other.kind;
  return textsOverlap(one, other) && textsOverlap(other, one);
}

function isConstant(type: Type): type is ConstantType {
  return type.kind === "number" || type.kind === "bool";
}

function textsOverlap({ oneOf }: StringType, other: StringType): boolean {
  if (oneOf === undefined) return true;
  if (other.isDuration) return oneOf.some((text) => parseDuration(text) !== undefined);
  return other.oneOf === undefined || oneOf.some((text) => other.oneOf?.includes(text));
}

/** Of larger mappings nobody writes down which names they have. */
const MAX_COMPARED_NAMES = 100;

/** Whether no name that is always there rules the other one out. */
function overlappingMappings(one: ObjectType, other: ObjectType): boolean {
  const names = new Set<string>();
  for (const { properties } of [one, other]) {
    for (const name of properties.names()) {
      names.add(name);
      if (names.size > MAX_COMPARED_NAMES) return true;
    }
  }
  return [...names].every((name) => {
    const [mine, theirs] = [one.properties.get(name), other.properties.get(name)];
    if (mine?.absent !== undefined || theirs?.absent !== undefined) return true;
    if (mine === undefined) return one.rest !== undefined;
    return theirs === undefined ? other.rest !== undefined : overlap(mine.type, theirs.type);
  });
}

const SIGNATURE_TYPES: Readonly<Record<ValueType, Type>> = {
  null: NULL,
  bool: BOOL,
  number: NUMBER,
  string: STRING,
  datetime: DATETIME,
  date: DATE,
  array: LIST,
  object: LOOSE,
  any: ANY,
};
