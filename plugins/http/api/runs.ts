/**
 * Runs: what is asked of them and what is told of them.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { JsonObject } from "../../../core/expr/json.ts";
import { isForbiddenKey } from "../../../core/source/forbidden_key.ts";
import { DateTime, PartAddress, RunId } from "./names.ts";

/** How a run stands: `RUNNING` or `WAIT` while it goes on, else how it ended. */
export type RunStatus = "RUNNING" | "WAIT" | "SUCCESS" | "FAILED" | "SKIP" | "CANCEL";

/** A run in a list, in `/changes`, and as the answer to whatever is asked of it. */
export interface RunDocument {
  /** Its id. */
  readonly run_id: string;
  /** The workflow's name. */
  readonly workflow: string;
  /** How it stands. */
  readonly status: RunStatus;
  /** Whether it has not ended and no engine drives it: it waits for `resume`. */
  readonly interrupted: boolean;
  /** When it began. */
  readonly started_at: string;
  /** When it ended. */
  readonly ended_at: string | null;
  /** What started it: `manual`, `schedule`, `release`, `backfill`, `http`, `webhook`, `stage`, … */
  readonly trigger: string;
  /** The run that it belongs to, or was made from. */
  readonly parent_run_id: string | null;
}

/** A page of runs, newest first. */
export interface RunPage {
  /** The runs. */
  readonly runs: readonly RunDocument[];
  /** What to pass as `after` to get the next page; `null` on the last one. */
  readonly next: string | null;
}

/** An error of a run, a job or a stage. */
export interface RunError {
  /** The error's class. */
  readonly name: string;
  /** What is so. */
  readonly message: string;
  /** Where: empty for the run, else `job` or `job.stage`. */
  readonly where: string;
}

/** A run with all that is small about it. */
export interface RunDetail extends RunDocument {
  /** How many events its journal has. */
  readonly position: number;
  /** Whether it is being ended early. */
  readonly ending: boolean;
  /** Why it ended or is to end early, in words. */
  readonly reason: string | null;
  /** The parameters that it was started with, converted. */
  readonly params: JsonObject;
  /** What it stands for, if it is a release. */
  readonly release: { readonly type: string; readonly logical_date: string } | null;
  /** The SHA-256 of the text that its workflow was read from. */
  readonly digest: string;
  /** The engine's version that planned it. */
  readonly engine: string;
  /** What went wrong in it, so far. */
  readonly errors: readonly RunError[];
  /** Where it failed and why, as people are shown it. */
  readonly failures: readonly RunFailure[];
  /** What the command would end with: 0, 1 or 130; `null` while it goes on. */
  readonly exit_code: number | null;
}

/** What a run left behind. */
export interface RunOutputs {
  /** Its id. */
  readonly run_id: string;
  /** How it stands. */
  readonly status: RunStatus;
  /** `status`, `params`, `jobs`, `errors` and `info`, as expressions know them (outputs of a stage: `jobs.<job>.stages.<stage>.outputs`). */
  readonly context: JsonObject;
}

/** How far a part of a run has come. */
export type PartStatus =
  | "pending"
  | "running"
  | "waiting"
  | "succeeded"
  | "failed"
  | "skipped"
  | "cancelled";

/** A part of a run: a job, a leg or branch of something, a stage. */
export interface PartDocument {
  /** What it is. `branch` is whatever a job or a stage opened: see `noun`. */
  readonly kind: "job" | "branch" | "stage";
  /** Names it within the run: `load`, `load[os=linux]`, `load[os=linux]/fetch`. */
  readonly address: string;
  /** The address of the part that it stands in; `null` for a job. */
  readonly parent: string | null;
  /** How deep it stands: 0 for a job. */
  readonly depth: number;
  /** What it is called. */
  readonly label: string;
  /** Of a branch: `leg`, `branch`, `item`, `loop` or `case`. */
  readonly noun: string | null;
  /** Of a stage: its kind (`bash`, `foreach`, …). */
  readonly stage_kind: string | null;
  /** Of a branch: whether it is the only one that there can be, so that showing it tells nothing. */
  readonly alone: boolean;
  /** How far it has come. */
  readonly status: PartStatus;
  /** When it began. */
  readonly started_at: string | null;
  /** When it ended. */
  readonly ended_at: string | null;
  /** Which attempt, from 1; 0 when it never began. */
  readonly attempt: number;
  /** When the next attempt is due, while it waits for one. */
  readonly due_at: string | null;
  /** Why it was skipped, cancelled or is tried again, in words: "its condition is false". */
  readonly reason: string | null;
  /** What it failed of. */
  readonly failure: { readonly name: string; readonly message: string } | null;
  /** Whether it was taken over from an earlier run. */
  readonly kept: boolean;
}

/** A run as it was after its first `position` events: what a graph is coloured by and a gantt is drawn from. */
export interface RunTimeline {
  /** Its id. */
  readonly run_id: string;
  /** The workflow's name. */
  readonly workflow: string;
  /** How it stood then. */
  readonly status: RunStatus;
  /** How many events were looked at. */
  readonly position: number;
  /** How many events the journal has now. */
  readonly length: number;
  /** When the last of the events that were looked at happened. */
  readonly at: string;
  /** When the run began. */
  readonly started_at: string;
  /** When it ended, if it had. */
  readonly ended_at: string | null;
  /** Jobs with all that stands in them, each part behind the one that it stands in. Stages that have not begun are not there yet; `/workflows/{name}/graph` or `/runs/{run}/graph` has them. */
  readonly parts: readonly PartDocument[];
  /** Whether there are more parts than are listed here; those left out stand deeper than jobs. */
  readonly truncated: boolean;
}

/** An event with its position. */
export interface EventDocument {
  /** How many events there are up to this one: the first has 1. It is also the `id` in a stream. */
  readonly position: number;
  /** The event as the journal has it: `type`, `at` in epoch milliseconds, and what belongs to the type. */
  readonly event: JsonObject;
}

/** A page of events. */
export interface EventPage {
  /** The events. */
  readonly events: readonly EventDocument[];
  /** What to pass as `from` to get what comes behind. */
  readonly next: number;
  /** Whether the run has ended and nothing comes behind. */
  readonly end: boolean;
}

/** A line that a stage printed. */
export interface LogLine {
  /** Its number, from 0, among the lines that were asked for. */
  readonly line: number;
  /** When it was printed. */
  readonly at: string;
  /** The stage's address. */
  readonly stage: string;
  /** Which attempt of it. */
  readonly attempt: number;
  /** Where it was printed. */
  readonly stream: "stdout" | "stderr";
  /** The line without its end. */
  readonly text: string;
}

/** A page of output. */
export interface LogPage {
  /** The lines. */
  readonly lines: readonly LogLine[];
  /** What to pass as `from` to get what comes behind. */
  readonly next: number;
  /** Of the log of a whole run: what to pass as `after` to get what comes behind, which is quicker. `null` of a stage's. */
  readonly cursor: string | null;
  /** Whether there is no more: the run has ended, and this page reaches its last line. */
  readonly end: boolean;
}

/** What a run is started with. */
export interface StartBody {
  /** Parameters by name. */
  readonly params?: JsonObject | undefined;
  /** The id of the run, instead of a new one; a run that is there already is not started again. */
  readonly run_id?: string | undefined;
  /** Seconds that the run may take. */
  readonly timeout?: number | undefined;
  /** How many jobs may run at once. */
  readonly max_parallel?: number | undefined;
}

/** What a release is started with. */
export interface ReleaseBody {
  /** The logical date. */
  readonly date: string;
  /** What it is for. @default "normal" */
  readonly type?: "normal" | "rerun" | "event" | "force" | "dryrun" | undefined;
  /** Parameters by name; may hold templates of `release`. */
  readonly params?: JsonObject | undefined;
}

/** A run with its definition: refused unless a setting allows it. */
export interface InlineBody {
  /** The text of a workflow. */
  readonly workflow: string;
  /** Parameters by name. */
  readonly params?: JsonObject | undefined;
}

/** What a cancellation says. */
export interface CancelBody {
  /** The reason that is recorded. */
  readonly why?: string | undefined;
}

/** What runs again of an earlier run. */
export interface RerunBody {
  /** Where to begin: `JOB`, `JOB/STAGE` or `JOB[LEG]/STAGE`. @default what failed */
  readonly from?: string | undefined;
  /** Keep the stages that succeeded before the one that failed, too. @default false */
  readonly keep_stages?: boolean | undefined;
  /** Parameters to change; refused unless forced, as what is kept was made with the others. */
  readonly params?: JsonObject | undefined;
  /** Take other parameters all the same. @default false */
  readonly force?: boolean | undefined;
}

/** How an answer that says how a run stands reads once it has ended; of a run that goes on `context` is `null`. */
export interface RunAnswer extends RunDocument {
  /** What went wrong. */
  readonly errors: readonly RunError[];
  /** Where it failed and why, as people are shown it. */
  readonly failures: readonly RunFailure[];
  /** What it left behind; `null` while it goes on. */
  readonly context: JsonObject | null;
  /** What the command would end with; `null` while it goes on. */
  readonly exit_code: number | null;
}

const STATUSES = ["RUNNING", "WAIT", "SUCCESS", "FAILED", "SKIP", "CANCEL"] as const;

const MAX_TIMEOUT_SECONDS = 31_536_000;
const MAX_PARALLEL = 1_000;
const MAX_WHY_CHARS = 1_000;

/** The longest text of an inline definition, in UTF-16 code units: 64 Ki. */
export const MAX_INLINE_LENGTH: number = 64 * 1024;

/** How deep the JSON of a request may be nested. */
export const MAX_JSON_DEPTH = 100;

/** A mapping of JSON without the keys that pollute prototypes. */
export const JsonMapping: z.ZodType<JsonObject, JsonObject> = z.custom<JsonObject>(
  (value) => isJsonMapping(value) && isClean(value, MAX_JSON_DEPTH),
  "Is no mapping of JSON, is nested too deep, or has a key that nothing may have",
).openapi({ type: "object", additionalProperties: true });

function isJsonMapping(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isClean(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isClean(item, depth - 1));
  return Object.entries(value).every(([key, item]) =>
    !isForbiddenKey(key) && isClean(item, depth - 1)
  );
}

const runShape = {
  run_id: z.string(),
  workflow: z.string(),
  status: z.enum(STATUSES),
  interrupted: z.boolean(),
  started_at: DateTime,
  ended_at: DateTime.nullable(),
  trigger: z.string(),
  parent_run_id: z.string().nullable(),
};

const ErrorSchema = z.object({ name: z.string(), message: z.string(), where: z.string() });

const FailureSchema: z.ZodType<RunFailure> = z.object({
  address: z.string(),
  path: z.string(),
  name: z.string(),
  reason: z.string(),
  exit_code: z.number().int().nullable(),
  stderr: z.string().nullable(),
});

/** A stage or a job that failed, and why. */
export interface RunFailure {
  /** Its address within the run: `load[os=linux]/fetch`. */
  readonly address: string;
  /** The same with the names that its author gave. */
  readonly path: string;
  /** The error's class. */
  readonly name: string;
  /** What is so: `exit code 4: no such table`. */
  readonly reason: string;
  /** What a process ended with; `null` where there was none. */
  readonly exit_code: number | null;
  /** The last lines of what a process said on standard error; `null` where there are none. */
  readonly stderr: string | null;
}

/** A run in a list. */
export const RunSchema: z.ZodType<RunDocument> = z.object(runShape).openapi("Run");

/** A page of runs. */
export const RunPageSchema: z.ZodType<RunPage> = z.object({
  runs: z.array(RunSchema),
  next: z.string().nullable(),
}).openapi("RunPage");

/** A run with all that is small about it. */
export const RunDetailSchema: z.ZodType<RunDetail> = z.object({
  ...runShape,
  position: z.number().int(),
  ending: z.boolean(),
  reason: z.string().nullable(),
  params: JsonMapping,
  release: z.object({ type: z.string(), logical_date: DateTime }).nullable(),
  digest: z.string(),
  engine: z.string(),
  errors: z.array(ErrorSchema),
  failures: z.array(FailureSchema),
  exit_code: z.number().int().nullable(),
}).openapi("RunDetail");

/** What a run left behind. */
export const RunOutputsSchema: z.ZodType<RunOutputs> = z.object({
  run_id: z.string(),
  status: z.enum(STATUSES),
  context: JsonMapping,
}).openapi("RunOutputs");

const PartSchema: z.ZodType<PartDocument> = z.object({
  kind: z.enum(["job", "branch", "stage"]),
  address: z.string(),
  parent: z.string().nullable(),
  depth: z.number().int(),
  label: z.string(),
  noun: z.string().nullable(),
  stage_kind: z.string().nullable(),
  alone: z.boolean(),
  status: z.enum([
    "pending",
    "running",
    "waiting",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
  ]),
  started_at: DateTime.nullable(),
  ended_at: DateTime.nullable(),
  attempt: z.number().int(),
  due_at: DateTime.nullable(),
  reason: z.string().nullable(),
  failure: z.object({ name: z.string(), message: z.string() }).nullable(),
  kept: z.boolean(),
}).openapi("Part");

/** A run as it was after some of its events. */
export const RunTimelineSchema: z.ZodType<RunTimeline> = z.object({
  run_id: z.string(),
  workflow: z.string(),
  status: z.enum(STATUSES),
  position: z.number().int(),
  length: z.number().int(),
  at: DateTime,
  started_at: DateTime,
  ended_at: DateTime.nullable(),
  parts: z.array(PartSchema),
  truncated: z.boolean(),
}).openapi("RunTimeline");

/** A page of events. */
export const EventPageSchema: z.ZodType<EventPage> = z.object({
  events: z.array(z.object({ position: z.number().int(), event: JsonMapping })),
  next: z.number().int(),
  end: z.boolean(),
}).openapi("EventPage");

/** A line that a stage printed. */
export const LogLineSchema: z.ZodType<LogLine> = z.object({
  line: z.number().int(),
  at: DateTime,
  stage: z.string(),
  attempt: z.number().int(),
  stream: z.enum(["stdout", "stderr"]),
  text: z.string(),
}).openapi("LogLine");

/** A page of output. */
export const LogPageSchema: z.ZodType<LogPage> = z.object({
  lines: z.array(LogLineSchema),
  next: z.number().int(),
  cursor: z.string().nullable(),
  end: z.boolean(),
}).openapi("LogPage");

/** How a run stands, and what it came to. */
export const RunAnswerSchema: z.ZodType<RunAnswer> = z.object({
  ...runShape,
  errors: z.array(ErrorSchema),
  failures: z.array(FailureSchema),
  context: JsonMapping.nullable(),
  exit_code: z.number().int().nullable(),
}).openapi("RunAnswer");

/** What a run is started with. */
export const StartBodySchema: z.ZodType<StartBody, StartBody> = z.strictObject({
  params: JsonMapping.optional(),
  run_id: RunId.optional(),
  timeout: z.number().positive().max(MAX_TIMEOUT_SECONDS).optional(),
  max_parallel: z.number().int().min(1).max(MAX_PARALLEL).optional(),
}).openapi("StartBody");

/** What a release is started with. */
export const ReleaseBodySchema: z.ZodType<ReleaseBody, ReleaseBody> = z.strictObject({
  date: DateTime,
  type: z.enum(["normal", "rerun", "event", "force", "dryrun"]).optional(),
  params: JsonMapping.optional(),
}).openapi("ReleaseBody");

/** A run with its definition. */
export const InlineBodySchema: z.ZodType<InlineBody, InlineBody> = z.strictObject({
  workflow: z.string().min(1).max(MAX_INLINE_LENGTH),
  params: JsonMapping.optional(),
}).openapi("InlineBody");

/** What a cancellation says. */
export const CancelBodySchema: z.ZodType<CancelBody, CancelBody> = z.strictObject({
  why: z.string().max(MAX_WHY_CHARS).optional(),
}).openapi("CancelBody");

/** What runs again of an earlier run. */
export const RerunBodySchema: z.ZodType<RerunBody, RerunBody> = z.strictObject({
  from: PartAddress.optional(),
  keep_stages: z.boolean().optional(),
  params: JsonMapping.optional(),
  force: z.boolean().optional(),
}).openapi("RerunBody");
