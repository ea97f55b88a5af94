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
import {
  type OutputShape,
  parseOutputType,
  type PlainOutputType,
} from "../../model/output_type.ts";
import {
  ANY,
  arrayOf,
  BOOL,
  DATE,
  DATETIME,
  DURATION,
  LIST,
  LOOSE,
  NUMBER,
  propertiesOf,
  STRING,
  type Type,
} from "./type.ts";
import { type TemplateType, valueType } from "./value_type.ts";

/** What an output gives: what its author says, else what its template gives. */
export function outputType(output: DeclaredOutput, templateType: TemplateType): Type {
  const type = outputTypeOf(output);
  return type === "any" ? valueType(templateOf(output), templateType) : typeOfOutput(type);
}

/** What the expression language calls a declared type. */
export function typeOfOutput(type: OutputType): Type {
  const shape = parseOutputType(type);
  return shape === undefined ? ANY : typeOfShape(shape);
}

function typeOfShape(shape: OutputShape): Type {
  switch (shape.kind) {
    case "arrayOf":
      return arrayOf(typeOfShape(shape.items));
    case "object": {
      const fields = Array.from(
        shape.fields,
        ([name, field]) => [name, typeOfShape(field)] as const,
      );
      return { kind: "object", properties: propertiesOf(Object.fromEntries(fields)) };
    }
    default:
      return TYPES[shape.kind];
  }
}

const TYPES: Readonly<Record<PlainOutputType, Type>> = {
  any: ANY,
  str: STRING,
  int: NUMBER,
  float: NUMBER,
  bool: BOOL,
  date: DATE,
  datetime: DATETIME,
  duration: DURATION,
  array: LIST,
  map: LOOSE,
};
