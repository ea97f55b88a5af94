/**
 * What the types of values are called.
 *
 * @module
 */
import { Datetime } from "./datetime.ts";
import type { ValueType } from "./evaluation_context.ts";
import type { Value } from "./value.ts";

/** The language's own name for the type of a value. */
export function typeName(value: Value): Exclude<ValueType, "any"> {
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "number";
  if (typeof value === "string") return "string";
  if (value instanceof Datetime) return value.kind;
  return Array.isArray(value) ? "array" : "object";
}

const PYTHON_NAMES = {
  null: "NoneType",
  bool: "bool",
  string: "str",
  datetime: "datetime",
  date: "date",
  array: "list",
  object: "dict",
} as const;

/** What the reference's messages call the type of a value: `str`, `int`, `NoneType`, … */
export function pythonTypeName(value: Value): string {
  const type = typeName(value);
  if (type === "number") return Number.isInteger(value) ? "int" : "float";
  return PYTHON_NAMES[type];
}
