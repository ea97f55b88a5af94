/**
 * How a stage is written: the fields that every stage may have, and those of
 * its kind.
 *
 * @module
 */
import { z } from "zod";
import type { ValueObject } from "../expr/value.ts";
import { outputsSchema } from "./declared_output.ts";
import { descriptionOf } from "./description.ts";
import { ONCE } from "./issues.ts";
import { lateSchema, madeShape } from "./late_shape.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import { retryFrom, retrySchema, timeoutFrom, timeoutSchema } from "./timing.ts";
import type { Stage } from "./workflow.ts";

/** What a stage has whatever its kind. */
export type CommonParts = Omit<Stage, "syntax" | "input" | "bodies" | "path">;

/** The schema of a stage of a kind. */
export function stageSchema(kind: StageSyntax): z.ZodObject {
  const known = schemas.get(kind);
  if (known !== undefined) return known;
  const schema = z.strictObject({ ...madeShape(COMMON), ...kind.fields, ...kind.written });
  schemas.set(kind, schema);
  return schema;
}

/** A schema that says of this stage what that of its kind would. */
export function stageSchemaFor(kind: StageSyntax, written: ValueObject): z.ZodObject {
  const known = readers.get(kind);
  if (known !== undefined) return known(written);
  const own = Object.entries({ ...kind.fields, ...kind.written });
  const fields = own.map(([key, schema]) => [key, () => schema] as const);
  const reader = lateSchema(
    { ...COMMON, ...Object.fromEntries(fields) },
    own.map(([key]) => key),
  );
  readers.set(kind, reader);
  return reader(written);
}

/** The keys that every stage may have. */
export function commonKeys(): readonly string[] {
  return Object.keys(COMMON);
}

/** The keys that a stage of a kind may have. */
export function stageKeys(kind: StageSyntax): readonly string[] {
  return Object.keys({ ...COMMON, ...kind.fields, ...kind.written });
}

/**
 * What a stage has whatever its kind, without what of that is written wrongly.
 * A field to which the kind gives a meaning of its own is not common.
 */
export function readCommon(written: ValueObject, kind: StageSyntax): CommonParts {
  const common = Object.entries(written)
    .filter(([key]) => Object.hasOwn(COMMON, key) && !Object.hasOwn(kind.fields, key));
  const read = commonFields(Object.fromEntries(common));
  const { id, name = id ?? "", outputs, if: condition } = read;
  const retry = retryFrom(read.retry);
  const timeoutMs = timeoutFrom(read.timeout);
  const onLost = read["on-lost"] ?? read.on_lost;
  return {
    key: id ?? name,
    name,
    description: descriptionOf(read),
    ...(id !== undefined && { id }),
    ...(condition != null && condition !== "" && { condition }),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(onLost && { onLost }),
    ...(outputs && { outputs }),
  };
}

const schemas = new WeakMap<StageSyntax, z.ZodObject>();
const readers = new WeakMap<StageSyntax, (written: unknown) => z.ZodObject>();

function commonFields(written: ValueObject): z.infer<ReturnType<typeof commonFor>> {
  const schema = commonFor(written);
  const read = schema.safeParse(written, ONCE);
  if (read.success) return read.data;
  const wrong = new Set(read.error.issues.map(({ path }) => path[0]));
  const right = Object.entries(written).filter(([key]) => !wrong.has(key));
  return schema.parse(Object.fromEntries(right), ONCE);
}

const COMMON = {
  id: () => z.string().optional(),
  name: () => z.string().optional(),
  desc: () => z.string().nullable().optional(),
  description: () => z.string().nullable().optional(),
  if: () => z.union([z.boolean(), z.string()]).nullable().optional(),
  retry: () => retrySchema().optional(),
  timeout: () => timeoutSchema().optional(),
  outputs: () => outputsSchema().optional(),
  "on-lost": () => z.enum(["rerun", "fail"]).optional(),
  on_lost: () => z.enum(["rerun", "fail"]).optional(),
};

const commonFor = lateSchema(COMMON);
