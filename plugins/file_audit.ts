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
import { z } from "zod";
import type { JsonObject } from "../core/expr/json.ts";
import { sha256Hex } from "../core/expr/sha256.ts";
import { type AuditKind, defineAudit } from "../core/plugin/configured_kind.ts";
import type { Host } from "../core/plugin/ports.ts";
import type {
  Audit,
  AuditedRun,
  AuditEvidence,
  AuditLimits,
  AuditQuery,
  AuditRecord,
} from "../core/plugin/sink.ts";
import { messageOf } from "../core/source/message_of.ts";
import { hashOf, headPosition, NO_LINK } from "./audit_chain/link.ts";
import {
  agree,
  AUDIT_FIELDS,
  type AuditField,
  DEFAULT_FOUND,
  endOf,
  fieldsOf,
  isAsked,
  isWithin,
  recordIn,
  recordPath,
  releasePart,
  standsInTheWay,
  startOf,
  workflowPart,
} from "./audit_chain/record_fields.ts";
import {
  AuditChain,
  parseRecord,
  recordText,
  textAt,
  type WrittenRecord,
} from "./file_audit/audit_chain.ts";
import { verifyAudit } from "./file_audit/verify_audit.ts";

export type { AuditField };

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

/** The audit in files, with what not every audit can do. */
export interface FileAudit extends Audit {
  /** Removes what is old enough, and says so in the chain. */
  prune(limits: AuditLimits): Promise<readonly AuditedRun[]>;
  /** Looks whether all is as it was written. */
  readonly evidence: AuditEvidence;
}

const PRIVATE_FILE_MODE = 0o600;
const CHECKPOINT_FOLDER = "checkpoints";
const CHECKPOINT = /^\d{9}-[0-9a-f]{16}\.json$/;
const POSITION_DIGITS = 9;
const DIGEST_DIGITS = 16;
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
  const { host, folder } = options;
  const chain = new AuditChain(options);
  return {
    name: "file-audit",

    async save(record, { excluded = [] } = {}) {
      const path = recordPath(record);
      const content = fieldsOf(record, [...options.excluded ?? [], ...excluded]);
      const file = `${folder}/${path}`;
      const write = (link: { readonly prev: string; readonly hash: string }) =>
        host.writeText(file, recordText(content, link), { mode: PRIVATE_FILE_MODE });
      const isAdded = () => isKept({ ...options, chain }, { path, content });
      await chain.add({ path, content, write, isAdded });
      return file;
    },

    find: (query) => find(options, query),

    async has(name, releaseMs) {
      const release = `${folder}/${workflowPart(name)}/${releasePart(releaseMs)}`;
      // A damaged record counts: the release was run, whatever became of it.
      return (await host.listNames(release))?.some((it) => LOG.test(it)) ?? false;
    },

    prune: (limits) => prune({ ...options, chain }, limits),
    evidence: evidenceIn(options),
  };
}

/** The audit in files as settings choose it: `{type: file, path: ./audits, excluded: [context]}`. */
export function fileAuditKind(): AuditKind {
  return defineAudit({
    name: "file",
    summary: "A JSON file for each finished run, in a folder.",
    options: z.strictObject({
      path: z.string().min(1).optional(),
      excluded: z.array(z.enum(AUDIT_FIELDS)).optional(),
    }),
    open: ({ path, excluded = [] }, { host, warn, statePath }) =>
      fileAudit({ folder: path ?? `${statePath}/audits`, host, warn, excluded }),
  });
}

type Chained = FileAuditOptions & { readonly chain: AuditChain };

/**
 * Whether the record of a run is kept: in its file and in a link. One that its
 * engine died over is in no link, and is written once more, with a link; but
 * not over one that says something else, of which nobody knows who left it.
 */
async function isKept(
  { host, folder, chain }: Chained,
  { path, content }: { readonly path: string; readonly content: JsonObject },
): Promise<boolean> {
  const file = `${folder}/${path}`;
  const text = await textAt(file, host);
  if (text === undefined) return false;
  const written = parseRecord(text);
  // An edit may have changed where the record says that it stands: its link knows better.
  const link = await chain.linkOf(path, isSound(path, written) ? written.prev : NO_LINK);
  if (link?.removed === false) return true;
  if (written === undefined || !agree(written.content, content)) throw standsInTheWay(file);
  return false;
}

function isSound(path: string, written: WrittenRecord | undefined): written is WrittenRecord {
  return written !== undefined &&
    hashOf({ path, content: written.content }, written.prev) === written.hash;
}

function evidenceIn(options: FileAuditOptions): AuditEvidence {
  const { host } = options;
  const folder = `${options.folder}/${CHECKPOINT_FOLDER}`;
  return {
    verify: ({ heads = [] } = {}) => verifyAudit({ ...options, heads }),

    async checkpoints() {
      const texts: string[] = [];
      for (const name of await entries(options, folder, CHECKPOINT)) {
        texts.push(await host.readText(`${folder}/${name}`));
      }
      return texts;
    },

    async keepCheckpoint(text, head) {
      const position = String(headPosition(head)).padStart(POSITION_DIGITS, "0");
      const name = `${position}-${sha256Hex(text).slice(0, DIGEST_DIGITS)}.json`;
      await host.writeText(`${folder}/${name}`, text, { mode: PRIVATE_FILE_MODE });
    },
  };
}

/** Where the records of one release are, as the path tells. */
interface Place {
  /** The folder's part of the workflow: its name, unless that is no file name. */
  readonly name: string;
  readonly releaseMs: number;
  readonly folder: string;
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

async function find(
  options: FileAuditOptions,
  query: AuditQuery,
): Promise<readonly AuditRecord[]> {
  const { limit = DEFAULT_FOUND } = query;
  const places = (await placesOf(options, query)).toSorted((a, b) => b.releaseMs - a.releaseMs);
  const found: AuditRecord[] = [];
  for (const [, together] of Map.groupBy(places, ({ releaseMs }) => releaseMs)) {
    if (found.length >= limit) break;
    const records: AuditRecord[] = [];
    for (const place of together) records.push(...await recordsOf(options, place));
    found.push(...newestFirst(records.filter((record) => isAsked(record, query))));
  }
  return found.slice(0, limit);
}

function newestFirst(records: readonly AuditRecord[]): readonly AuditRecord[] {
  return records.toSorted((one, other) => startOf(other) - startOf(one));
}

/** The releases that a query may mean. */
async function placesOf(options: FileAuditOptions, query: AuditQuery): Promise<readonly Place[]> {
  const { name, releaseMs } = query;
  const workflows = name === undefined
    ? (await entries(options, options.folder, WORKFLOW))
    : [workflowPart(name)];
  const places: Place[] = [];
  for (const workflow of workflows) {
    const folder = `${options.folder}/${workflow}`;
    const releases = releaseMs === undefined
      ? await entries(options, folder, RELEASE)
      : [releasePart(releaseMs)];
    places.push(...releases.map((release) => ({
      name: name ?? workflow.replace(WORKFLOW, ""),
      releaseMs: dateIn(release),
      folder: `${folder}/${release}`,
    })));
  }
  return places.filter((place) => isWithin(place.releaseMs, query));
}

async function recordsOf(options: FileAuditOptions, place: Place): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (const file of await entries(options, place.folder, LOG)) {
    const record = await recordAt(options, place, file);
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** A record that cannot be read must not hide the others. */
async function recordAt(
  { host, warn }: FileAuditOptions,
  place: Place,
  file: string,
): Promise<AuditRecord | undefined> {
  const path = `${place.folder}/${file}`;
  try {
    return recordIn(await host.readText(path), { ...place, runId: file.replace(LOG, "") });
  } catch (error) {
    warn(`Skipped the audit record "${path}": ${messageOf(error)}`);
    return undefined;
  }
}

async function prune(options: Chained, limits: AuditLimits): Promise<readonly AuditedRun[]> {
  const places = (await placesOf(options, {})).toSorted((a, b) => b.releaseMs - a.releaseMs);
  const removed: AuditedRun[] = [];
  for (const [, ofOne] of Map.groupBy(places, ({ name }) => name)) {
    let seen = 0;
    for (const place of ofOne) {
      const kept = await keptRecords(options, place);
      const old = kept.filter((_, at) => seen + at >= (limits.keep ?? 0))
        .filter(({ endedMs }) => endedMs < (limits.endedBeforeMs ?? Infinity));
      seen += kept.length;
      removed.push(...old.map(({ run }) => run));
      if (!limits.dryRun) await removeAll(options, { place, old });
    }
  }
  return removed;
}

interface KeptRecord {
  readonly file: string;
  readonly run: AuditedRun;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** All records of a release, newest first; of a damaged one only its place is known. */
async function keptRecords(
  options: FileAuditOptions,
  place: Place,
): Promise<readonly KeptRecord[]> {
  const kept: KeptRecord[] = [];
  for (const file of await entries(options, place.folder, LOG)) {
    const record = await recordAt(options, place, file);
    const { releaseMs } = place;
    kept.push({
      file,
      run: record ?? { name: place.name, releaseMs, runId: file.replace(LOG, "") },
      // A date of long ago may have been run today.
      startedMs: record === undefined ? releaseMs : startOf(record),
      endedMs: record === undefined ? releaseMs : endOf(record),
    });
  }
  return kept.sort((one, other) => other.startedMs - one.startedMs);
}

/** The chain first: a record that it calls removed and that is still there is removed the next time. */
async function removeAll(
  { folder, host, chain }: Chained,
  { place, old }: { readonly place: Place; readonly old: readonly KeptRecord[] },
): Promise<void> {
  for (const { file } of old) {
    await chain.add({ path: `${place.folder.slice(folder.length + 1)}/${file}` });
    await host.remove(`${place.folder}/${file}`);
  }
  const left = await host.listNames(place.folder);
  if (old.length > 0 && left?.length === 0) await host.remove(place.folder);
}
