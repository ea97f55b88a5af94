/**
 * The audit as files that people can read: one for each finished run.
 *
 * ```text
 * audits/workflow=etl/release=20260131000000/<run id>.log
 * ```
 *
 * Each record has a place in a chain, so that what was changed by others can be
 * found: see `file_audit/audit_chain.ts`.
 *
 * The times in names and files are UTC, whoever asks (REFERENCE W-23: names in
 * the caller's time and lookups in UTC miss one another).
 *
 * @module
 */
import { type Json, type JsonObject, toJson } from "../core/expr/json.ts";
import type { Value } from "../core/expr/value.ts";
import { encodeName } from "../core/plugin/file_name.ts";
import type { Host } from "../core/plugin/ports.ts";
import type { Audit, AuditQuery, AuditRecord } from "../core/plugin/sink.ts";
import { isForbiddenKey } from "../core/source/forbidden_key.ts";
import { AuditChain, recordText } from "./file_audit/audit_chain.ts";
import { type AuditVerdict, verifyAudit } from "./file_audit/verify_audit.ts";

export type { AuditProblem, AuditVerdict } from "./file_audit/verify_audit.ts";

/** A field of a record, as its file names it. */
export type AuditField =
  | "name"
  | "release"
  | "type"
  | "context"
  | "run_id"
  | "parent_run_id"
  | "runs_metadata";

/** Options for {@linkcode fileAudit}. */
export interface FileAuditOptions {
  /** Holds the files; made with mode 0700 where it is missing. */
  readonly folder: string;
  /** The files' machine. */
  readonly host: Pick<
    Host,
    "createText" | "listFiles" | "listNames" | "readText" | "remove" | "writeText"
  >;
  /** Fields that are not written (REFERENCE C-303); read back, they are empty. @default none */
  readonly excluded?: readonly AuditField[];
  /** Is told of records that cannot be read. */
  readonly warn: (message: string) => void;
}

/** How {@linkcode FileAudit.cleanUp} goes about it. */
export interface CleanUpOptions {
  /** Days that a record is kept after its run ended. @default {@linkcode DEFAULT_MAX_AGE_DAYS} */
  readonly maxAgeDays?: number;
}

/** The audit in files, with what only files can do. */
export interface FileAudit extends Audit {
  /** The newest record of a release, or of the newest release. */
  findWithRelease(name: string, releaseMs?: number): Promise<AuditRecord | undefined>;
  /** Removes releases of all workflows whose runs ended long ago; says how many (REFERENCE C-308). */
  cleanUp(nowMs: number, options?: CleanUpOptions): Promise<number>;
  /** Looks whether all is as it was written; with the `head` of an earlier verification also whether nothing was cut off since. */
  verify(head?: string): Promise<AuditVerdict>;
}

/** Days that records are kept by default (REFERENCE C-308). */
export const DEFAULT_MAX_AGE_DAYS = 180;

/** How many records a search gives where it names no limit. */
export const DEFAULT_FOUND = 1_000;

const PRIVATE_FILE_MODE = 0o600;
const DAY_MS = 86_400_000;
const WORKFLOW = /^workflow=/;
const RELEASE = /^release=(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
const LOG = /\.log$/;

/**
 * Keeps audit records as files.
 *
 * @example
 * ```ts ignore
 * const audit = fileAudit({ folder: "audits", host, warn: console.error });
 * for (const record of await audit.find({ name: "etl" })) console.log(record.runId);
 * ```
 */
export function fileAudit(options: FileAuditOptions): FileAudit {
  const { host } = options;
  const chain = new AuditChain(options);
  return {
    name: "file-audit",

    async save(record, { excluded = [] } = {}) {
      const path = `${releaseFolder(options, record)}/${encodeName(record.runId)}.log`;
      const content = fieldsOf(record, [...options.excluded ?? [], ...excluded]);
      await chain.add({
        path: within(options, path),
        content,
        write: (link) =>
          host.writeText(path, recordText(content, link), { mode: PRIVATE_FILE_MODE }),
      });
      return path;
    },

    find: (query) => find(options, query),

    async has(name, releaseMs) {
      const names = await host.listNames(releaseFolder(options, { name, releaseMs }));
      // A damaged record counts: the release was run, whatever became of it.
      return names?.some((it) => LOG.test(it)) ?? false;
    },

    async findWithRelease(name, releaseMs) {
      const query = { name, limit: 1, ...(releaseMs === undefined ? {} : { releaseMs }) };
      return (await find(options, query))[0];
    },

    async cleanUp(nowMs, { maxAgeDays = DEFAULT_MAX_AGE_DAYS } = {}) {
      const beforeMs = nowMs - maxAgeDays * DAY_MS;
      let removed = 0;
      for (const workflow of await entries(options, options.folder, WORKFLOW)) {
        removed += await removeReleases({ ...options, chain }, {
          folder: `${options.folder}/${workflow}`,
          beforeMs,
        });
      }
      return removed;
    },

    verify: (head) => verifyAudit({ ...options, head }),
  };
}

/** A path as the chain has it: the folder may be moved. */
function within({ folder }: FileAuditOptions, path: string): string {
  return path.slice(folder.length + 1);
}

/** Whose record a file holds, as its path tells. */
interface Place {
  readonly name: string;
  readonly releaseMs: number;
  readonly folder: string;
}

function workflowFolder({ folder }: FileAuditOptions, name: string): string {
  return `${folder}/workflow=${encodeName(name)}`;
}

function releaseFolder(
  options: FileAuditOptions,
  { name, releaseMs }: Pick<AuditRecord, "name" | "releaseMs">,
): string {
  return `${workflowFolder(options, name)}/release=${stampOf(releaseMs)}`;
}

/** `20260131000000`. */
function stampOf(releaseMs: number): string {
  const text = new Date(releaseMs).toISOString();
  if (/^\d{4}-/.test(text)) return text.replace(/\D/g, "").slice(0, 14);
  throw new RangeError(`Cannot keep a release of ${text}: its year has more than four digits`);
}

/** The date in the name of a release folder. */
function dateIn(release: string): number {
  const [, ...parts] = RELEASE.exec(release) ?? [];
  const [year = 0, month = 0, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

async function entries(
  { host }: FileAuditOptions,
  folder: string,
  pattern: RegExp,
): Promise<readonly string[]> {
  return (await host.listNames(folder) ?? []).filter((name) => pattern.test(name));
}

function fieldsOf(record: AuditRecord, excluded: readonly string[]): JsonObject {
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

async function find(
  options: FileAuditOptions,
  { name, releaseMs, limit = DEFAULT_FOUND }: AuditQuery,
): Promise<readonly AuditRecord[]> {
  const workflow = workflowFolder(options, name);
  const releases = releaseMs === undefined
    ? (await entries(options, workflow, RELEASE)).toReversed()
    : [`release=${stampOf(releaseMs)}`];
  const found: AuditRecord[] = [];
  for (const release of releases) {
    if (found.length >= limit) break;
    const folder = `${workflow}/${release}`;
    found.push(...await recordsIn(options, { name, releaseMs: dateIn(release), folder }));
  }
  return found.slice(0, limit);
}

/** The records of one release, the run that began last first. */
async function recordsIn(options: FileAuditOptions, place: Place): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (const file of await entries(options, place.folder, LOG)) {
    const record = await recordIn(options, place, file);
    if (record !== undefined) records.push(record);
  }
  return records.sort((one, other) => startOf(other) - startOf(one));
}

/** A record that cannot be read must not hide the others. */
async function recordIn(
  { host, warn }: FileAuditOptions,
  place: Place,
  file: string,
): Promise<AuditRecord | undefined> {
  const path = `${place.folder}/${file}`;
  try {
    return parsed(await host.readText(path), { ...place, runId: file.replace(LOG, "") });
  } catch (error) {
    warn(`Skipped the audit record "${path}": ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** What the file does not say, because the field was excluded, its place tells as far as it can. */
function parsed(
  text: string,
  place: Pick<AuditRecord, "name" | "releaseMs" | "runId">,
): AuditRecord {
  const json: Json = JSON.parse(text, allowedEntry);
  if (!isObject(json)) throw new TypeError("It holds no mapping");
  return {
    name: textIn(json, "name") ?? place.name,
    releaseMs: dateField(json) ?? place.releaseMs,
    type: textIn(json, "type") ?? "",
    runId: textIn(json, "run_id") ?? place.runId,
    parentRunId: textIn(json, "parent_run_id") ?? null,
    context: mappingIn(json, "context"),
    runsMetadata: mappingIn(json, "runs_metadata"),
  };
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

function startOf({ runsMetadata, releaseMs }: AuditRecord): number {
  return timeIn(runsMetadata["exec_start"]) ?? releaseMs;
}

function endOf({ runsMetadata, releaseMs }: AuditRecord): number {
  return timeIn(runsMetadata["exec_end"]) ?? releaseMs;
}

function timeIn(value: Value | undefined): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : value;
  return typeof ms === "number" && Number.isFinite(ms) ? ms : undefined;
}

async function removeReleases(
  options: FileAuditOptions & { readonly chain: AuditChain },
  { folder, beforeMs }: { readonly folder: string; readonly beforeMs: number },
): Promise<number> {
  let removed = 0;
  for (const release of await entries(options, folder, RELEASE)) {
    const place = { name: "", releaseMs: dateIn(release), folder: `${folder}/${release}` };
    if (place.releaseMs >= beforeMs || !await allEndedBefore(options, place, beforeMs)) continue;
    for (const file of await entries(options, place.folder, LOG)) {
      await options.chain.add({ path: within(options, `${place.folder}/${file}`) });
    }
    await options.host.remove(place.folder);
    removed++;
  }
  return removed;
}

/** A date of long ago may have been run today. */
async function allEndedBefore(
  options: FileAuditOptions,
  place: Place,
  beforeMs: number,
): Promise<boolean> {
  return (await recordsIn(options, place)).every((record) => endOf(record) < beforeMs);
}
