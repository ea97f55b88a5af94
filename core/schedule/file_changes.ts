/**
 * Decides which changes of watched files count, from looks at the files: a
 * file has changed when it is not as it was and has been left alone since.
 *
 * @module
 */
import { sha256Hex } from "../expr/sha256.ts";

/** What happened to a file. */
export type FileEvent = "created" | "changed" | "removed";

/** How a file is. */
export interface FileState {
  /** Its length. */
  readonly sizeBytes: number;
  /** When its content was last written. */
  readonly modifiedMs: number;
  /** When anything about it last changed, its name or place too; a whole second stands for some moment of it. */
  readonly changedMs: number;
}

/** A file that has changed. */
export interface FileChange {
  /** The file. */
  readonly path: string;
  /** What happened to it. */
  readonly event: FileEvent;
  /** How it is now, or was before it was removed. */
  readonly state: FileState;
  /** When it happened; of a file that was removed, when that was seen. */
  readonly atMs: number;
  /** The same for everybody who sees this change, and for no other one. */
  readonly key: string;
}

/** What is known of the watched files after some looks. */
export type KnownFiles = ReadonlyMap<string, KnownFile>;

/** What is known of one file. */
export interface KnownFile {
  /** How it was when it last counted; `undefined` when it was not there. */
  readonly settled: FileState | undefined;
  /** How it is since when, where that does not count yet. */
  readonly unsettled?: { readonly state: FileState | undefined; readonly sinceMs: number };
}

/** A look at the files. */
export interface Look {
  /** The files that are there. */
  readonly seen: ReadonlyMap<string, FileState>;
  /** When the look was. */
  readonly nowMs: number;
  /** A file counts once it has been left alone for so long. */
  readonly settleMs: number;
  /** At the first look, files that last changed before this moment are known already. */
  readonly sinceMs: number;
}

/** What a look found. */
export interface Observation {
  /** What is known now. */
  readonly known: KnownFiles;
  /** What has changed, in the order in which it happened. */
  readonly changes: readonly FileChange[];
}

/**
 * Takes in a look at all watched files. At the first one, without `known`, a
 * file that changed while nobody looked counts as created: nobody can tell.
 */
export function observeFiles(
  known: KnownFiles | undefined,
  look: Look,
): Observation {
  const { seen } = look;
  const next = new Map<string, KnownFile>();
  const changes: FileChange[] = [];
  for (const path of new Set([...known?.keys() ?? [], ...seen.keys()])) {
    const state = seen.get(path);
    const before = known === undefined ? firstSight(state, look) : known.get(path);
    const { file, change } = observe(path, { before: before ?? ABSENT, state, ...look });
    if (file.settled !== undefined || file.unsettled !== undefined) next.set(path, file);
    if (change !== undefined) changes.push(change);
  }
  return { known: next, changes: changes.toSorted(byTime) };
}

const SECOND_MS = 1_000;

const ABSENT: KnownFile = { settled: undefined };

function firstSight(state: FileState | undefined, { sinceMs }: Look): KnownFile {
  return state !== undefined && lastTouched(state) < sinceMs ? { settled: state } : ABSENT;
}

interface Sight extends Look {
  readonly before: KnownFile;
  readonly state: FileState | undefined;
}

function observe(path: string, { before, state, nowMs, settleMs }: Sight): {
  readonly file: KnownFile;
  readonly change?: FileChange;
} {
  const { settled, unsettled } = before;
  if (hasSameContent(settled, state)) return { file: { settled: state } };
  const isAsBefore = unsettled !== undefined && isSame(unsettled.state, state);
  const sinceMs = isAsBefore ? unsettled.sinceMs : quietSince(state, nowMs);
  if (nowMs - sinceMs < settleMs) return { file: { settled, unsettled: { state, sinceMs } } };
  const change = changeOf(path, { settled, state, sinceMs });
  return { file: { settled: state }, ...(change && { change }) };
}

/** A file that nobody has touched for a while need not be watched for as long again. */
function quietSince(state: FileState | undefined, nowMs: number): number {
  return state === undefined ? nowMs : Math.min(lastTouched(state), nowMs);
}

/** The last moment at which it can have been. */
function lastTouched({ modifiedMs, changedMs }: FileState): number {
  const isExact = changedMs === modifiedMs || changedMs % SECOND_MS !== 0;
  return isExact ? changedMs : changedMs + SECOND_MS - 1;
}

function changeOf(
  path: string,
  { settled, state, sinceMs }: {
    readonly settled: FileState | undefined;
    readonly state: FileState | undefined;
    readonly sinceMs: number;
  },
): FileChange | undefined {
  if (state !== undefined) {
    const event = settled === undefined ? "created" : "changed";
    return { path, event, state, atMs: sinceMs, key: keyOf(path, state) };
  }
  if (settled === undefined) return undefined;
  const key = `removed ${keyOf(path, settled)}`;
  return { path, event: "removed", state: settled, atMs: sinceMs, key };
}

/** Whoever looks first after an absence takes a change for a creation, so the two have one key. */
function keyOf(path: string, { sizeBytes, modifiedMs, changedMs }: FileState): string {
  return sha256Hex(JSON.stringify([path, sizeBytes, modifiedMs, changedMs]));
}

/** New permissions alone are no change. */
function hasSameContent(one: FileState | undefined, other: FileState | undefined): boolean {
  return one?.sizeBytes === other?.sizeBytes && one?.modifiedMs === other?.modifiedMs;
}

function isSame(one: FileState | undefined, other: FileState | undefined): boolean {
  return hasSameContent(one, other) && one?.changedMs === other?.changedMs;
}

function byTime(one: FileChange, other: FileChange): number {
  return one.atMs - other.atMs || (one.path < other.path ? -1 : 1);
}
