/**
 * The types of declared outputs.
 *
 * @module
 */
import {
  type DeclaredOutput,
  type OutputType,
  outputTypeOf,
  templateOf,
} from "../../model/declared_output.ts";
import { ANY, BOOL, DATE, DATETIME, LIST, LOOSE, NUMBER, STRING, type Type } from "./type.ts";
import { type TemplateType, valueType } from "./value_type.ts";

/** What an output gives: what its author says, else what its template gives. */
export function outputType(output: DeclaredOutput, templateType: TemplateType): Type {
  const type = outputTypeOf(output);
  return type === "any" ? valueType(templateOf(output), templateType) : typeOfOutput(type);
}

/** What the expression language calls a declared type. */
export function typeOfOutput(type: OutputType): Type {
  return TYPES[type];
}

const TYPES: Readonly<Record<OutputType, Type>> = {
  any: ANY,
  str: STRING,
  int: NUMBER,
  float: NUMBER,
  bool: BOOL,
  date: DATE,
  datetime: DATETIME,
  array: LIST,
  map: LOOSE,
};
