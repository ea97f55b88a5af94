/**
 * Schedules, audits, sessions, and the server itself.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { JsonObject } from "../../../core/expr/json.ts";
import type {
  ScheduleDocument,
  ScheduleListDocument,
} from "../../../core/engine/schedule_document.ts";
import type { BrokenFileDocument } from "../../../core/engine/broken_files.ts";
import { DateTime } from "./names.ts";
import { JsonMapping } from "./runs.ts";

export type { BrokenFileDocument, ScheduleDocument, ScheduleListDocument };

/** How all schedules stand. */
export type ScheduleList = ScheduleListDocument;

/** A slot that will come. */
export interface SlotDocument {
  /** The workflow. */
  readonly workflow: string;
  /** The cron text. */
  readonly schedule: string;
  /** Its time zone. */
  readonly timezone: string;
  /** The logical date. */
  readonly slot: string;
  /** When its run begins. */
  readonly starts_at: string;
}

/** The slots of the next day, soonest first. */
export interface SlotList {
  /** The slots. */
  readonly slots: readonly SlotDocument[];
}

/** Whether the schedules of a workflow are paused. */
export interface PauseDocument {
  /** The workflow. */
  readonly workflow: string;
  /** Whether it is paused now. */
  readonly paused: boolean;
}

/** A record of a finished run. */
export interface AuditDocument {
  /** The workflow, or the name that the release gave instead. */
  readonly name: string;
  /** The logical date; the start of a run that is no release. */
  readonly release: string;
  /** `normal`, `rerun`, `event`, `force`, or `execute` for a run that is no release. */
  readonly type: string;
  /** The run. */
  readonly run_id: string;
  /** The run that it belongs to. */
  readonly parent_run_id: string | null;
  /** What it left behind. */
  readonly context: JsonObject;
  /** Free metadata with `exec_start`, `exec_end`, `exec_latency`, … */
  readonly runs_metadata: JsonObject;
}

/** Records of a workflow, newest release first. */
export interface AuditList {
  /** The records. */
  readonly audits: readonly AuditDocument[];
}

/** What a verification of the audit comes to. */
export interface AuditVerdictDocument {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** How many links the chain has. */
  readonly links: number;
  /** How many records there are. */
  readonly records: number;
  /** The last link; hand it to a later verification. */
  readonly head: string;
  /** All that is wrong. */
  readonly problems: readonly {
    readonly position: number | null;
    readonly path: string;
    readonly message: string;
  }[];
}

/** What a token or a session may do: `run` includes `read`, `admin` both. */
export type Scope = "read" | "run" | "admin";

/** Who is asking. */
export interface SessionDocument {
  /** The name of the token. */
  readonly name: string;
  /** What it may do. */
  readonly scopes: readonly Scope[];
  /** Whether runs may be started from a definition in the request. */
  readonly inline: boolean;
}

/** What a session is opened with. */
export interface SessionBody {
  /** The token. */
  readonly token: string;
}

/** How the server is. */
export interface HealthDocument {
  /** `ok`, or why not. */
  readonly status: string;
  /** The engine's version. */
  readonly version: string;
}

/** The answer to a webhook. */
export interface HookAnswer {
  /** The run that it started, or had started before. */
  readonly run_id: string;
}

const MAX_TOKEN_CHARS = 200;

/** All schedules. */
export const ScheduleListSchema: z.ZodType<ScheduleList> = z.object({
  schedules: z.array(
    z.object({
      workflow: z.string(),
      schedule: z.string(),
      timezone: z.string(),
      next: DateTime.nullable(),
      never: z.boolean(),
      paused: z.boolean(),
      missed: DateTime.nullable(),
      missed_since: DateTime.nullable(),
      missed_count: z.int().nullable(),
      last_run_id: z.string().nullable(),
      last_status: z.string().nullable(),
      last_interrupted: z.boolean(),
    }).openapi("Schedule"),
  ),
  broken: z.array(
    z.object({
      file: z.string(),
      line: z.int(),
      column: z.int(),
      code: z.string(),
      message: z.string(),
      more: z.int(),
    }).openapi("BrokenFile"),
  ),
}).openapi("ScheduleList");

/** The slots of the next day. */
export const SlotListSchema: z.ZodType<SlotList> = z.object({
  slots: z.array(
    z.object({
      workflow: z.string(),
      schedule: z.string(),
      timezone: z.string(),
      slot: DateTime,
      starts_at: DateTime,
    }).openapi("Slot"),
  ),
}).openapi("SlotList");

/** Whether a workflow is paused. */
export const PauseSchema: z.ZodType<PauseDocument> = z.object({
  workflow: z.string(),
  paused: z.boolean(),
}).openapi("Pause");

/** A record of a finished run. */
export const AuditSchema: z.ZodType<AuditDocument> = z.object({
  name: z.string(),
  release: DateTime,
  type: z.string(),
  run_id: z.string(),
  parent_run_id: z.string().nullable(),
  context: JsonMapping,
  runs_metadata: JsonMapping,
}).openapi("Audit");

/** Records of a workflow. */
export const AuditListSchema: z.ZodType<AuditList> = z.object({ audits: z.array(AuditSchema) })
  .openapi("AuditList");

/** What a verification comes to. */
export const AuditVerdictSchema: z.ZodType<AuditVerdictDocument> = z.object({
  ok: z.boolean(),
  links: z.number().int(),
  records: z.number().int(),
  head: z.string(),
  problems: z.array(
    z.object({ position: z.number().int().nullable(), path: z.string(), message: z.string() }),
  ),
}).openapi("AuditVerdict");

/** Who is asking. */
export const SessionSchema: z.ZodType<SessionDocument> = z.object({
  name: z.string(),
  scopes: z.array(z.enum(["read", "run", "admin"])),
  inline: z.boolean(),
}).openapi("Session");

/** What a session is opened with. */
export const SessionBodySchema: z.ZodType<SessionBody, SessionBody> = z.strictObject({
  token: z.string().min(1).max(MAX_TOKEN_CHARS),
}).openapi("SessionBody");

/** How the server is. */
export const HealthSchema: z.ZodType<HealthDocument> = z.object({
  status: z.string(),
  version: z.string(),
}).openapi("Health");

/** The answer to a webhook. */
export const HookAnswerSchema: z.ZodType<HookAnswer> = z.object({ run_id: z.string() })
  .openapi("HookAnswer");
