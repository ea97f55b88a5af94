/**
 * Types out of schemas: what a stage kind says of its outputs.
 *
 * @module
 */
import { z } from "zod";
import { mergeTypes } from "./merge_types.ts";
import {
  ANY,
  arrayOf,
  BOOL,
  mapOf,
  NULL,
  NUMBER,
  type ObjectType,
  oneOf,
  propertiesOf,
  type Property,
  STRING,
  type Type,
} from "./type.ts";

/** The type that a schema describes; what it says in ways that are not known here may be anything. */
export function schemaType(schema: unknown): Type {
  if (schema instanceof z.ZodString) return STRING;
  if (schema instanceof z.ZodNumber) return NUMBER;
  if (schema instanceof z.ZodBoolean) return BOOL;
  if (schema instanceof z.ZodNull) return NULL;
  if (schema instanceof z.ZodNullable) return mergeTypes([schemaType(schema.unwrap()), NULL]);
  if (schema instanceof z.ZodOptional) return schemaType(schema.unwrap());
  if (schema instanceof z.ZodArray) return arrayOf(schemaType(schema.element));
  if (schema instanceof z.ZodRecord) return mapOf(schemaType(schema.valueType));
  if (schema instanceof z.ZodUnion) return mergeTypes(schema.options.map(schemaType));
  if (schema instanceof z.ZodObject) return objectType(schema);
  if (schema instanceof z.ZodEnum) return enumType(schema.options);
  return ANY;
}

function objectType(schema: z.ZodObject): ObjectType {
  const entries = Object.entries(schema.shape).map(([name, field]) =>
    [name, propertyOf(field)] as const
  );
  const properties = propertiesOf(Object.fromEntries(entries));
  const { catchall } = schema.def;
  const isStrict = catchall === undefined || catchall instanceof z.ZodNever;
  return isStrict
    ? { kind: "object", properties }
    : { kind: "object", properties, rest: schemaType(catchall) };
}

function propertyOf(field: unknown): Property {
  const type = schemaType(field);
  return field instanceof z.ZodOptional ? { type, absent: "it is not always there" } : { type };
}

function enumType(options: readonly unknown[]): Type {
  const texts = options.filter((option) => typeof option === "string");
  return texts.length === options.length ? oneOf(...texts) : ANY;
}
