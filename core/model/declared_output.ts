/**
 * What a stage or a job declares to leave behind: names to templates, and
 * where their author says so, of which type the value must be.
 *
 * @module
 */
import { z } from "zod";
import { Datetime } from "../expr/datetime.ts";
import type { Value } from "../expr/value.ts";
import { isList, isMapping } from "../expr/view.ts";

/** The types that an output may be declared with: those of parameters, and `any`. */
export const OUTPUT_TYPES = [
  "any",
  "str",
  "int",
  "float",
  "bool",
  "date",
  "datetime",
  "array",
  "map",
] as const;

/** The type of an output. */
export type OutputType = typeof OUTPUT_TYPES[number];

/** A declared output: a template, alone or with its type. */
export type DeclaredOutput = string | {
  /** The template that gives it. */
  readonly value: string;
  /** What it must give. @default "any" */
  readonly type?: OutputType | undefined;
};

/** Declared outputs by name. */
export type DeclaredOutputs = Readonly<Record<string, DeclaredOutput>>;

/** How declared outputs are written. */
export function outputsSchema(): z.ZodType<DeclaredOutputs> {
  const typed = z.strictObject({ value: z.string(), type: z.enum(OUTPUT_TYPES).optional() });
  return z.record(z.string(), z.union([z.string(), typed]));
}

/** The template of an output. */
export function templateOf(output: DeclaredOutput): string {
  return typeof output === "string" ? output : output.value;
}

/** What an output must be. */
export function outputTypeOf(output: DeclaredOutput): OutputType {
  return typeof output === "string" ? "any" : output.type ?? "any";
}

/** Whether a value is of a type. Nothing is converted: a text of digits is no `int`. */
export function isOfType(value: Value, type: OutputType): boolean {
  switch (type) {
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
      return value instanceof Datetime && value.kind === type;
    case "array":
      return isList(value);
    case "map":
      return isMapping(value);
    default:
      return type satisfies never;
  }
}
