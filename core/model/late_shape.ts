/**
 * Schemas of mappings whose fields are made when somebody first writes them.
 *
 * To make the schemas of all that a workflow, its jobs and their stages may
 * have takes longer than to read a small file by them, and most fields are
 * never written.
 *
 * @module
 */
import { z } from "zod";
import { isWrittenMapping } from "./written.ts";

/** The fields of a mapping, each as what makes its schema. */
export type LateShape = Readonly<Record<string, () => z.ZodType>>;

/** The same fields, made. */
export type MadeShape<Late extends LateShape> = {
  -readonly [Key in keyof Late]: ReturnType<Late[Key]>;
};

/** The schema of a mapping with these fields and no others. */
export type LateObject<Late extends LateShape> = z.ZodObject<MadeShape<Late>, z.core.$strict>;

/** So many sets of fields have a schema of their own; whatever else is written is read by the whole one. */
const MAX_SCHEMAS = 50;

/** All fields, made. */
export function madeShape<Late extends LateShape>(late: Late): MadeShape<Late> {
  return shapeOf(Object.keys(late), (name) => late[name]?.() ?? unwritten());
}

/**
 * What gives a schema for a value: one that says of it what the schema with all
 * fields would say. What is not written is known by its name alone, so each
 * field must be optional, or among those that are `always` made.
 */
export function lateSchema<Late extends LateShape>(
  late: Late,
  always: readonly string[] = [],
): (written: unknown) => LateObject<Late> {
  const names = Object.keys(late);
  const fields = new Map<string, z.ZodType>();
  const schemas = new Map<string, LateObject<Late>>();
  const field = (name: string) =>
    remembered(fields, { key: name, make: () => late[name]?.() ?? unwritten() });
  return (written) => {
    const isWritten = (name: string) => isWrittenMapping(written) && Object.hasOwn(written, name);
    const some = schemas.size < MAX_SCHEMAS ? names.filter(isWritten) : names;
    const wanted = new Set([...always, ...some]);
    const fieldOf = (name: string) => wanted.has(name) ? field(name) : unwritten();
    const make = () => z.strictObject(shapeOf<MadeShape<Late>>(names, fieldOf));
    return remembered(schemas, { key: [...wanted].join(), make });
  };
}

function shapeOf<Shape>(names: readonly string[], fieldOf: (name: string) => z.ZodType): Shape {
  const entries = names.map((name) => [name, { value: fieldOf(name), enumerable: true }]);
  return Object.create(Object.prototype, Object.fromEntries(entries));
}

let absent: z.ZodType | undefined;

/** Stands for a field that is not written. */
function unwritten(): z.ZodType {
  return absent ??= z.unknown().optional();
}

function remembered<T>(
  known: Map<string, T>,
  { key, make }: { readonly key: string; readonly make: () => T },
): T {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
