/**
 * What a stage or a job declares to leave behind: names to templates, and
 * where their author says so, of which type the value must be.
 *
 * @module
 */
import { z } from "zod";
import type { Value } from "../expr/value.ts";
import { isOfShape, OUTPUT_TYPES, parseOutputType } from "./output_type.ts";

/** The type of an output, as written: `int`, `array<str>`, `object{rows: int}`. */
export type OutputType = string;

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
  const typed = z.strictObject({ value: z.string(), type: outputTypeSchema().optional() });
  return z.record(z.string(), z.union([z.string(), typed]));
}

function outputTypeSchema() {
  return z.string({ error: UNKNOWN_TYPE })
    .refine((type) => parseOutputType(type) !== undefined, { error: UNKNOWN_TYPE });
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
  const shape = parseOutputType(type);
  return shape === undefined || isOfShape(value, shape);
}

const UNKNOWN_TYPE = `The type of an output is one of ${
  OUTPUT_TYPES.join(", ")
}, "array<…>" or "object{name: …}"`;
