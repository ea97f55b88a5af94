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
import type { StageSyntax } from "./stage_syntax.ts";
import { retryFrom, retrySchema, timeoutFrom, timeoutSchema } from "./timing.ts";
import type { Stage } from "./workflow.ts";

/** What a stage has whatever its kind. */
export type CommonParts = Omit<Stage, "syntax" | "input" | "bodies" | "path">;

/** The schema of a stage of a kind. */
export function stageSchema(kind: StageSyntax): z.ZodObject {
  const known = schemas.get(kind);
  if (known !== undefined) return known;
  const schema = z.strictObject({ ...commonShape(), ...kind.fields, ...kind.written });
  schemas.set(kind, schema);
  return schema;
}

/** The keys that every stage may have. */
export function commonKeys(): readonly string[] {
  return Object.keys(commonSchema().shape);
}

/**
 * What a stage has whatever its kind, or `undefined` where that is written
 * wrongly. A field to which the kind gives a meaning of its own is not common.
 */
export function readCommon(written: ValueObject, kind: StageSyntax): CommonParts | undefined {
  const common = Object.entries(written).filter(([key]) => !Object.hasOwn(kind.fields, key));
  const read = commonSchema().safeParse(Object.fromEntries(common), ONCE);
  if (!read.success) return undefined;

  const { id, name = id ?? "", outputs, if: condition } = read.data;
  const retry = retryFrom(read.data.retry);
  const timeoutMs = timeoutFrom(read.data.timeout);
  const onLost = read.data["on-lost"] ?? read.data.on_lost;
  return {
    key: id ?? name,
    name,
    description: descriptionOf(read.data),
    ...(id !== undefined && { id }),
    ...(condition != null && condition !== "" && { condition }),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(onLost && { onLost }),
    ...(outputs && { outputs }),
  };
}

const schemas = new WeakMap<StageSyntax, z.ZodObject>();

let common: z.ZodObject<ReturnType<typeof commonShape>> | undefined;

function commonSchema() {
  return common ??= z.object(commonShape());
}

function commonShape() {
  return {
    id: z.string().optional(),
    name: z.string().optional(),
    desc: z.string().nullable().optional(),
    description: z.string().nullable().optional(),
    if: z.union([z.boolean(), z.string()]).nullable().optional(),
    retry: retrySchema().optional(),
    timeout: timeoutSchema().optional(),
    outputs: outputsSchema().optional(),
    "on-lost": z.enum(["rerun", "fail"]).optional(),
    on_lost: z.enum(["rerun", "fail"]).optional(),
  };
}
