/**
 * Workflows: what is told of them.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Json, JsonObject } from "../../../core/expr/json.ts";
import type { ParamType } from "../../../core/model/param.ts";
import { DateTime } from "./names.ts";
import { type DiagnosticDocument, DiagnosticSchema } from "./problem.ts";
import { JsonMapping, type RunDocument, RunSchema } from "./runs.ts";

/** A parameter: all that a form needs. */
export interface ParamDocument {
  /** Its name. */
  readonly name: string;
  /** What it holds. */
  readonly type: ParamType;
  /** What it is for. */
  readonly description: string;
  /** Whether a run cannot begin without it. */
  readonly required: boolean;
  /** What stands in when it is missing; `null` where nothing does. */
  readonly default: Json;
  /** The values of a choice, else `null`. */
  readonly options: readonly (string | number)[] | null;
  /** At least: a number itself, the length of a text, the count of a collection. */
  readonly min: number | null;
  /** At most. */
  readonly max: number | null;
  /** More than. */
  readonly above: number | null;
  /** Less than. */
  readonly below: number | null;
  /** Digits behind the point, of a number. */
  readonly precision: number | null;
  /** The form of a text: a pattern that all of it must match. */
  readonly pattern: string | null;
}

/** A workflow in a list. */
export interface WorkflowDocument {
  /** Its name. */
  readonly name: string;
  /** What it is for. */
  readonly description: string;
  /** Words to find it by. */
  readonly tags: readonly string[];
  /** The file that it stands in. */
  readonly file: string;
  /** How many jobs it has. */
  readonly jobs: number;
  /** How many errors it has; one with errors cannot be started. */
  readonly errors: number;
  /** How many warnings it has. */
  readonly warnings: number;
  /** The cron texts that start it, with their time zones. */
  readonly schedules: readonly { readonly cron: string; readonly timezone: string }[];
  /** The workflows that it follows. */
  readonly follows: readonly string[];
  /** Whether its schedules are paused. */
  readonly paused: boolean;
  /** When it starts next by schedule. */
  readonly next: string | null;
  /** Its newest run. */
  readonly last: RunDocument | null;
}

/** All workflows, by name. */
export interface WorkflowList {
  /** The workflows that could be loaded. */
  readonly workflows: readonly WorkflowDocument[];
  /** What is wrong with files of the conf folder; workflows that could not be loaded are named here alone. */
  readonly diagnostics: readonly DiagnosticDocument[];
}

/** One workflow. Also has what the reference shows of one: `type`, `desc`, `on`, `params` and `jobs` as written, each job with its `id`. */
export interface WorkflowDetail extends Omit<WorkflowDocument, "jobs"> {
  /** Always `Workflow`. */
  readonly type: string;
  /** What it is for. */
  readonly desc: string;
  /** Its triggers as written. */
  readonly on: Json;
  /** Its parameters as written. `/workflows/{name}/params` has them for a form. */
  readonly params: JsonObject;
  /** Its jobs as written, by id. `/workflows/{name}/graph` has them for a picture. */
  readonly jobs: JsonObject;
  /** The SHA-256 of the text that it was read from. */
  readonly digest: string;
}

/** The parameters of a workflow, in the order in which they were written. */
export interface ParamList {
  /** The parameters. */
  readonly params: readonly ParamDocument[];
}

/** What is wrong with a workflow. */
export interface DiagnosticList {
  /** All of it, by place. */
  readonly diagnostics: readonly DiagnosticDocument[];
}

/** The text of a workflow. */
export interface SourceDocument {
  /** The file, as it was named. */
  readonly file: string;
  /** All of its text. A file may hold several workflows. */
  readonly text: string;
  /** Its SHA-256: a run of the same `digest` was made from this text. */
  readonly digest: string;
  /** The line on which the workflow begins, from 1. */
  readonly line: number;
  /** What is wrong, each with its place in the text. */
  readonly diagnostics: readonly DiagnosticDocument[];
}

/** A stage of a graph, with what is nested in it. */
export interface GraphStage {
  /** Names it among its siblings: the last part of its address (`load[]/<key>`, with `%/[]#~` escaped as `%25` …). */
  readonly key: string;
  /** What it is called; may hold templates. */
  readonly name: string;
  /** Its kind: `bash`, `foreach`, … */
  readonly stage_kind: string;
  /** Its `if`, in words; `null` without one. */
  readonly condition: string | null;
  /** The lists of stages that it holds, by name: `stages`, or one for each branch or case. */
  readonly bodies: Readonly<Record<string, readonly GraphStage[]>>;
}

/** A job of a graph. */
export interface GraphJob {
  /** Its id, which is also its address in a run. */
  readonly id: string;
  /** The jobs that it waits for. */
  readonly needs: readonly string[];
  /** How far it stands from the jobs that wait for nothing: the column of a picture. */
  readonly rank: number;
  /** Its `if`, in words; `null` without one. */
  readonly condition: string | null;
  /** What it is multiplied by, in words: `os × version`; `null` without a matrix. */
  readonly matrix: string | null;
  /** Its stages, in order. */
  readonly stages: readonly GraphStage[];
}

/** The jobs of a workflow or a run and what they wait for. */
export interface GraphDocument {
  /** The workflow's name. */
  readonly workflow: string;
  /** Its jobs, in the order in which they were written. */
  readonly jobs: readonly GraphJob[];
}

const PARAM_TYPES = [
  "str",
  "int",
  "float",
  "decimal",
  "bool",
  "date",
  "datetime",
  "duration",
  "choice",
  "map",
  "array",
] as const;

const AnyJson: z.ZodType<Json> = z.any().openapi({ description: "Any JSON" });

const ParamSchema: z.ZodType<ParamDocument> = z.object({
  name: z.string(),
  type: z.enum(PARAM_TYPES),
  description: z.string(),
  required: z.boolean(),
  default: AnyJson,
  options: z.array(z.union([z.string(), z.number()])).nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  above: z.number().nullable(),
  below: z.number().nullable(),
  precision: z.number().int().nullable(),
  pattern: z.string().nullable(),
}).openapi("Param");

const workflowShape = {
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  file: z.string(),
  errors: z.number().int(),
  warnings: z.number().int(),
  schedules: z.array(z.object({ cron: z.string(), timezone: z.string() })),
  follows: z.array(z.string()),
  paused: z.boolean(),
  next: DateTime.nullable(),
  last: RunSchema.nullable(),
};

/** All workflows. */
export const WorkflowListSchema: z.ZodType<WorkflowList> = z.object({
  workflows: z.array(
    z.object({ ...workflowShape, jobs: z.number().int() }).openapi("Workflow"),
  ),
  diagnostics: z.array(DiagnosticSchema),
}).openapi("WorkflowList");

/** One workflow. */
export const WorkflowDetailSchema: z.ZodType<WorkflowDetail> = z.object({
  ...workflowShape,
  type: z.string(),
  desc: z.string(),
  on: AnyJson,
  params: JsonMapping,
  jobs: JsonMapping,
  digest: z.string(),
}).openapi("WorkflowDetail");

/** The parameters of a workflow. */
export const ParamListSchema: z.ZodType<ParamList> = z.object({ params: z.array(ParamSchema) })
  .openapi("ParamList");

/** What is wrong with a workflow. */
export const DiagnosticListSchema: z.ZodType<DiagnosticList> = z.object({
  diagnostics: z.array(DiagnosticSchema),
}).openapi("DiagnosticList");

/** The text of a workflow. */
export const SourceSchema: z.ZodType<SourceDocument> = z.object({
  file: z.string(),
  text: z.string(),
  digest: z.string(),
  line: z.number().int(),
  diagnostics: z.array(DiagnosticSchema),
}).openapi("Source");

const GraphStageSchema: z.ZodType<GraphStage> = z.object({
  key: z.string(),
  name: z.string(),
  stage_kind: z.string(),
  condition: z.string().nullable(),
  bodies: z.record(z.string(), z.array(z.lazy(() => GraphStageSchema))),
}).openapi("GraphStage");

/** The jobs of a workflow or a run. */
export const GraphSchema: z.ZodType<GraphDocument> = z.object({
  workflow: z.string(),
  jobs: z.array(
    z.object({
      id: z.string(),
      needs: z.array(z.string()),
      rank: z.number().int(),
      condition: z.string().nullable(),
      matrix: z.string().nullable(),
      stages: z.array(GraphStageSchema),
    }).openapi("GraphJob"),
  ),
}).openapi("Graph");
