/**
 * Whether a value of a type can go where others are wanted.
 *
 * @module
 */
import type { ValueType } from "../../expr/evaluation_context.ts";
import {
  ANY,
  BOOL,
  DATE,
  DATETIME,
  LIST,
  LOOSE,
  NULL,
  NUMBER,
  optionsOf,
  STRING,
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
  if (one.kind !== "string" || other.kind !== "string") return one.kind === other.kind;
  return one.oneOf === undefined || other.oneOf === undefined ||
    one.oneOf.some((text) => other.oneOf?.includes(text));
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
