/**
 * Audit records as every audit writes them: the field names of the reference
 * (REFERENCE C-300) and the path that names a record (C-301), in UTC whoever
 * asks (W-23: names in the caller's time and lookups in UTC miss one another).
 *
 * @module
 */
import { type Json, type JsonObject, toJson } from "../../core/expr/json.ts";
import type { Value } from "../../core/expr/value.ts";
import { encodeName } from "../../core/plugin/file_name.ts";
import { HostError } from "../../core/plugin/ports.ts";
import type { AuditQuery, AuditRecord } from "../../core/plugin/sink.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";
import { canonical } from "./link.ts";

/** The fields of a record, as they are written. */
export const AUDIT_FIELDS = [
  "name",
  "release",
  "type",
  "context",
  "run_id",
  "parent_run_id",
  "runs_metadata",
] as const;

/** A field of a record, as it is written. */
export type AuditField = (typeof AUDIT_FIELDS)[number];

/** How many records a search gives where it names no limit. */
export const DEFAULT_FOUND = 1_000;

/** What tells one record from others. */
export type RecordName = Pick<AuditRecord, "name" | "releaseMs" | "runId">;

/** The fields of a record that are written. */
export function fieldsOf(record: AuditRecord, excluded: readonly string[]): JsonObject {
  const fields: Record<AuditField, Json> = {
    name: record.name,
    release: new Date(record.releaseMs).toISOString(),
    type: record.type,
    context: toJson(record.context),
    run_id: record.runId,
    parent_run_id: record.parentRunId,
    runs_metadata: toJson(record.runsMetadata),
  };
  const isKept = ([field]: [string, Json]): boolean => !excluded.some((it) => it === field);
  return Object.fromEntries(Object.entries(fields).filter(isKept));
}

/**
 * The record that was written. What it does not say, because the field was
 * excluded, its name tells as far as it can.
 *
 * @throws {TypeError} for what is no record.
 */
export function recordIn(text: string, name: RecordName): AuditRecord {
  const json: Json = JSON.parse(text, allowedEntry);
  if (!isObject(json)) throw new TypeError("It holds no mapping");
  return {
    name: textIn(json, "name") ?? name.name,
    releaseMs: dateField(json) ?? name.releaseMs,
    type: textIn(json, "type") ?? "",
    runId: textIn(json, "run_id") ?? name.runId,
    parentRunId: textIn(json, "parent_run_id") ?? null,
    context: mappingIn(json, "context"),
    runsMetadata: mappingIn(json, "runs_metadata"),
  };
}

/**
 * Whether two records of a run say the same of it, as far as both say it. Who
 * wrote them down may differ, and what was left out: the one may be from an
 * engine that died over it, the other from the engine that came next.
 */
export function agree(one: JsonObject, other: JsonObject): boolean {
  return AUDIT_FIELDS.every((field) => {
    if (field !== "runs_metadata") return agreeOn(field, one, other);
    const [mine, others] = [one[field], other[field]];
    if (!isObject(mine) || !isObject(others)) return agreeOn(field, one, other);
    return Object.keys(mine).every((key) =>
      OF_ITS_WRITER.includes(key) || agreeOn(key, mine, others)
    );
  });
}

/** What the metadata says of the record and not of the run. */
const OF_ITS_WRITER: readonly string[] = ["recorded_by", "audit_excluded"];

function agreeOn(key: string, one: JsonObject, other: JsonObject): boolean {
  const inBoth = Object.hasOwn(one, key) && Object.hasOwn(other, key);
  return !inBoth || canonical(one[key]) === canonical(other[key]);
}

/** Why a record is not kept where another one stands for the same run that nothing vouches for. */
export function standsInTheWay(place: string): HostError {
  return new HostError(
    "EEXIST",
    `Cannot keep the record "${place}": there is one already that is in no link and says ` +
      'something else; see "sluice audit verify", and move it away',
  );
}

/** `workflow=etl/release=20260131000000/<run id>.log`. */
export function recordPath({ name, releaseMs, runId }: RecordName): string {
  return `${workflowPart(name)}/${releasePart(releaseMs)}/${encodeName(runId)}.log`;
}

/** `workflow=etl`. */
export function workflowPart(name: string): string {
  return `workflow=${encodeName(name)}`;
}

/** `release=20260131000000`. */
export function releasePart(releaseMs: number): string {
  const text = new Date(releaseMs).toISOString();
  if (/^\d{4}-/.test(text)) return `release=${text.replace(/\D/g, "").slice(0, 14)}`;
  throw new RangeError(`Cannot keep a release of ${text}: its year has more than four digits`);
}

/** When the run began, in epoch milliseconds. */
export function startOf({ runsMetadata, releaseMs }: AuditRecord): number {
  return timeIn(runsMetadata["exec_start"]) ?? releaseMs;
}

/** When the run ended, in epoch milliseconds. */
export function endOf({ runsMetadata, releaseMs }: AuditRecord): number {
  return timeIn(runsMetadata["exec_end"]) ?? releaseMs;
}

/** Whether a record is what a query asks for, its workflow and its release apart. */
export function isAsked({ type, runId }: AuditRecord, query: AuditQuery): boolean {
  return (query.types?.includes(type) ?? true) &&
    (query.runId === undefined || runId === query.runId);
}

/** Whether a release is within the dates of a query. */
export function isWithin(releaseMs: number, { sinceMs, untilMs }: AuditQuery): boolean {
  return (sinceMs === undefined || releaseMs >= sinceMs) &&
    (untilMs === undefined || releaseMs < untilMs);
}

function allowedEntry(key: string, value: Json): Json {
  if (isForbiddenKey(key)) throw new TypeError(`It has a key "${key}", which nothing may have`);
  return value;
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function textIn(json: JsonObject, field: AuditField): string | undefined {
  const value = json[field] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`Its "${field}" is no text`);
}

function dateField(json: JsonObject): number | undefined {
  const text = textIn(json, "release");
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new TypeError(`Its "release" is no date: "${text}"`);
  return ms;
}

function mappingIn(json: JsonObject, field: AuditField): JsonObject {
  const value = json[field] ?? {};
  if (isObject(value)) return value;
  throw new TypeError(`Its "${field}" is no mapping`);
}

function timeIn(value: Value | undefined): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : value;
  return typeof ms === "number" && Number.isFinite(ms) ? ms : undefined;
}
