/**
 * The language of workflow files as JSON Schema, for editors.
 *
 * @module
 */
import { z } from "zod";
import { PARAM_TYPE_NAMES, paramSchema, paramType } from "./param.ts";
import { fieldDoc } from "./field_docs.ts";
import { workflowSchema } from "./load_workflow.ts";
import { jobSchema } from "./read_jobs.ts";
import { stageSchema } from "./stage_schema.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import type { TriggerSyntax } from "./trigger_syntax.ts";
import { triggersSchema } from "./triggers.ts";

/** A JSON Schema, draft 7. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * The JSON Schema of a workflow file with these stage kinds and triggers. It says less than
 * loading does: what a template may stand for, and which keys exclude one
 * another, has no form there.
 *
 * @example
 * ```ts
 * import { jsonSchema } from "./json_schema.ts";
 *
 * console.assert(jsonSchema([]).title === "Sluice workflow file");
 * ```
 */
export function jsonSchema(
  stages: readonly StageSyntax[],
  triggers: readonly TriggerSyntax[] = [],
): JsonSchema {
  const ids = z.registry<{ readonly id?: string; readonly description?: string }>();
  const stage: z.ZodType = z.lazy(() => anyOf(kinds));
  const kinds = stages.map((kind) => {
    const schema = nestable(kind, stage);
    ids.add(schema, { description: kind.summary });
    describeFields("stage", schema, ids);
    return schema;
  });
  ids.add(stage, { id: "Stage" });
  const param = z.union([z.enum(PARAM_TYPE_NAMES), ...typesOfParams().map(paramSchema)]);
  ids.add(param, { id: "Param" });
  const job = jobSchema(z.array(stage).nullable());
  ids.add(job, { id: "Job" });
  const workflow = workflowSchema({
    params: z.record(z.string(), param).nullable().optional(),
    on: triggersSchema(triggers).optional(),
    jobs: z.record(z.string(), job).nullable().optional(),
  });
  ids.add(workflow, { id: "Workflow" });
  for (const [owner, schema] of [["workflow", workflow], ["job", job]] as const) {
    describeFields(owner, schema, ids);
  }
  const named = workflow.required({ name: true });
  const schema = z.toJSONSchema(z.union([named, z.record(z.string(), workflow)]), {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    metadata: ids,
  });
  return { title: "Sluice workflow file", ...schema };
}

type Ids = z.core.$ZodRegistry<{ readonly id?: string; readonly description?: string }>;

/** Says of each field what it is for, so that editors show it. */
function describeFields(owner: string, schema: z.ZodType, ids: Ids): void {
  if (!(schema instanceof z.ZodObject)) return;
  for (const [key, field] of Object.entries(schema.shape)) {
    const own = field instanceof z.ZodType ? field.description : undefined;
    const description = own ?? fieldDoc(owner, key);
    // One schema may serve several keys; then the first one describes it.
    if (description === undefined || ids.has(field)) continue;
    ids.add(field, { description });
  }
}

/** The schema of a kind, in which a field `stages` of a kind that holds stages is a list of them. */
function nestable(kind: StageSyntax, stage: z.ZodType): z.ZodType {
  const schema = stageSchema(kind);
  const holds = kind.bodies !== undefined && Object.hasOwn(kind.fields, "stages");
  return holds ? schema.extend({ stages: z.array(stage).optional() }) : schema;
}

function anyOf(schemas: readonly z.ZodType[]): z.ZodType {
  const [first, ...others] = schemas;
  return first === undefined ? z.unknown() : z.union([first, ...others]);
}

function typesOfParams() {
  return [...new Set(PARAM_TYPE_NAMES.flatMap((name) => paramType(name) ?? []))];
}
