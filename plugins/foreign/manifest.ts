/**
 * A plugin as data: what it says of itself when it is installed, and the stage
 * kinds that are made of that without loading it.
 *
 * @module
 */
import { z } from "zod";
import type { JsonObject } from "../../core/expr/json.ts";
import { templated } from "../../core/model/templated.ts";
import type { PluginManifest, StageManifest } from "../../core/plugin/isolation.ts";
import {
  declaredProblem,
  MAX_PERMISSION_CHARS,
  MAX_PERMISSION_NAMES,
  type PermissionName,
  type Permissions,
} from "../../core/plugin/permissions.ts";
import type { Plugin } from "../../core/plugin/plugin.ts";
import type { StageKind } from "../../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";
import { messageOf } from "../../core/source/message_of.ts";
import { readSchema } from "./safe_schema.ts";

/** The most stage kinds of one plugin. */
export const MAX_STAGES = 100;

const MAX_NAME_CHARS = 64;
const MAX_KEYS = 10;
const MAX_SUMMARY_CHARS = 500;
const MAX_SECRET_FIELDS = 100;

/** What a manifest must look like; whoever wrote it is not to be believed. */
export const PLUGIN_MANIFEST: z.ZodType<PluginManifest> = z.strictObject({
  name: nameSchema(),
  permissions: permissionsSchema(),
  stages: z.array(stageSchema()).max(MAX_STAGES),
  options: jsonSchema().refine(isReadable, { error: "is a schema that cannot be read" })
    .exactOptional(),
});

/**
 * A manifest as somebody gave it, looked at.
 *
 * @throws {RangeError} for one that does not describe a plugin.
 */
export function readManifest(given: unknown, specifier: string): PluginManifest {
  const read = PLUGIN_MANIFEST.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new RangeError(
    `Cannot use plugin "${specifier}": what it says of itself does not fit at ` +
      `"${issue?.path.join(".") ?? ""}": ${issue?.message ?? "it is damaged"}`,
  );
}

/** Permissions as a plugin declares them: names may hold templates. */
export function permissionsSchema(): z.ZodType<Permissions> {
  const names = (permission: PermissionName) =>
    z.array(z.string().max(MAX_PERMISSION_CHARS)).max(MAX_PERMISSION_NAMES)
      .superRefine((list, context) => {
        for (const name of list) {
          const problem = declaredProblem(permission, name);
          if (problem === undefined) continue;
          context.addIssue({ code: "custom", message: `"${name}" ${problem}` });
        }
      }).exactOptional();
  return z.strictObject({
    net: names("net"),
    read: names("read"),
    write: names("write"),
    env: names("env"),
    secrets: names("secrets"),
  });
}

function stageSchema() {
  return z.strictObject({
    name: nameSchema(),
    keys: z.array(nameSchema()).min(1).max(MAX_KEYS),
    summary: z.string().max(MAX_SUMMARY_CHARS),
    fields: jsonSchema(),
    outputs: jsonSchema().exactOptional(),
    harmless: z.boolean().exactOptional(),
    secrets: z.array(nameSchema()).max(MAX_SECRET_FIELDS).exactOptional(),
  }).superRefine((stage, context) => {
    const problem = fieldsProblem(stage);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
}

function nameSchema() {
  return z.string().max(MAX_NAME_CHARS).regex(/^[A-Za-z][\w.-]*$/)
    .refine((name) => !isForbiddenKey(name));
}

function jsonSchema(): z.ZodType<JsonObject> {
  return z.record(z.string(), z.json());
}

function isReadable(schema: JsonObject): boolean {
  try {
    return readSchema(schema) !== undefined;
  } catch {
    return false; // The schema's refinement says so.
  }
}

function fieldsProblem({ name, keys, fields, outputs }: StageManifest): string | undefined {
  try {
    const shape = fieldsFrom(fields);
    const missing = keys.find((key) => !Object.hasOwn(shape, key));
    if (missing !== undefined) return `stage kind "${name}" has no field for its key "${missing}"`;
    if (outputs !== undefined) readSchema(outputs);
    return undefined;
  } catch (error) {
    const reason = messageOf(error);
    return `stage kind "${name}" has a schema that cannot be read: ${reason}`;
  }
}

/**
 * The fields of a stage kind from their JSON Schema. Where something other
 * than text is needed a template may stand, as in every stage.
 *
 * @throws {RangeError} for a schema of something other than an object.
 */
export function fieldsFrom(schema: JsonObject): z.ZodRawShape {
  const whole = readSchema(schema);
  if (!(whole instanceof z.ZodObject)) throw new RangeError("It describes no mapping of fields");
  return Object.fromEntries(
    Object.entries(whole.shape).map(([name, field]) => [name, withTemplates(field)]),
  );
}

const A_TEMPLATE = "${{ params.any }}";

function withTemplates(field: z.core.$ZodType): z.core.$ZodType {
  if (z.safeParse(field, A_TEMPLATE).success || !(field instanceof z.ZodType)) return field;
  return templated(field);
}

/**
 * What a plugin says of itself, as data.
 *
 * @throws {RangeError} for a stage kind that data cannot describe.
 */
export function manifestOf(
  { name, permissions = {}, stages = [] }: Plugin,
  { options }: { readonly options?: z.ZodType | undefined } = {},
): PluginManifest {
  return {
    ...{ name, permissions, stages: stages.map(stageManifestOf) },
    ...(options && { options: schemaOf(options, "input") }),
  };
}

function stageManifestOf(kind: StageKind): StageManifest {
  if (kind.composite || kind.code !== undefined || kind.raw !== undefined) {
    throw new RangeError(
      `Stage kind "${kind.name}" holds stages or code, which only a trusted plugin may define`,
    );
  }
  const { name, keys, summary, fields, outputs, harmless, secrets } = kind;
  return {
    ...{ name, keys, summary },
    fields: schemaOf(z.strictObject(fields), "input"),
    ...(outputs && { outputs: schemaOf(outputs, "output") }),
    ...(harmless && { harmless }),
    ...(secrets && { secrets }),
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): JsonObject {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: "any" })));
}
