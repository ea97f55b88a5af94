/**
 * Large values, each kept once: by its digest, for as long as a record holds it.
 *
 * @module
 */
import { numberIn, packText, type Row, textIn } from "./columns.ts";
import type { Database } from "./database.ts";
import { type Cut, type CutText, withCuts } from "./large_values.ts";

/** A piece with the digest that it is kept under. */
export interface Blob extends Cut {
  /** SHA-256 of its UTF-8 form, hexadecimal. */
  readonly digest: string;
}

/** Where a piece is missing from a record. */
interface Hole {
  readonly record: number;
  readonly at: number;
  readonly blob: number;
}

/** The records of a page of which pieces are kept apart. */
export interface HoleyRecords {
  /** As they are in their rows; the first is at position `from`. */
  readonly records: readonly string[];
  /** The position of the first. */
  readonly from: number;
  /** By the position of a record: what is missing there. */
  readonly holes: ReadonlyMap<number, readonly Blob[]>;
}

const SELECT_BLOB = "SELECT id FROM blobs WHERE digest = ?";
const INSERT_BLOB = "INSERT INTO blobs (digest, text) VALUES (?, ?)";
const INSERT_HOLE = "INSERT INTO holes (run, seq, at, blob) VALUES (?, ?, ?, ?)";
const SELECT_HOLES =
  "SELECT seq, at, blob FROM holes WHERE run = ? AND seq >= ? AND seq < ? ORDER BY seq, at";
const SELECT_TEXT = "SELECT digest, text FROM blobs WHERE id = ?";

/** Whatever no other run holds goes with the run. */
const DELETE_BLOBS = "DELETE FROM blobs WHERE id IN (SELECT blob FROM holes WHERE run = ?1) " +
  "AND NOT EXISTS (SELECT 1 FROM holes WHERE blob = blobs.id AND run <> ?1)";
const DELETE_HOLES = "DELETE FROM holes WHERE run = ?";

/** The digests of pieces that were cut out. */
export function blobsOf(cuts: readonly Cut[]): Promise<readonly Blob[]> {
  return Promise.all(cuts.map(async (cut) => ({ ...cut, digest: await digestOf(cut.piece) })));
}

/** Keeps what was cut out of the record at a position, within a commit. */
export function insertBlobs(
  database: Database,
  blobs: readonly Blob[],
  { run, seq }: { readonly run: number; readonly seq: number },
): void {
  for (const { at, piece, digest } of blobs) {
    const known = database.get(SELECT_BLOB, digest);
    const id = known === undefined
      ? database.run(INSERT_BLOB, digest, packText(piece)).lastId
      : numberIn(known, "id");
    database.run(INSERT_HOLE, run, seq, at, id);
  }
}

/** Forgets what was cut out of a run's records, within a commit. */
export function removeBlobs(database: Database, run: number): void {
  database.run(DELETE_BLOBS, run);
  database.run(DELETE_HOLES, run);
}

/**
 * What is missing from records that were read. Throws where it is not there.
 *
 * @param records From position `from` on.
 */
export function blobsFor(
  database: Database,
  { run, from, records }: {
    readonly run: number;
    readonly from: number;
    readonly records: readonly string[];
  },
): HoleyRecords {
  const holes = new Map<number, Blob[]>();
  const texts = new Map<number, Pick<Blob, "piece" | "digest">>();
  for (const row of database.all(SELECT_HOLES, run, from, from + records.length)) {
    const hole = holeIn(row);
    const text = texts.get(hole.blob) ?? textOf(database, hole);
    texts.set(hole.blob, text);
    const blob = { ...text, at: hole.at };
    holes.set(hole.record, [...holes.get(hole.record) ?? [], blob]);
  }
  return { records, from, holes };
}

/** The records as they were given. Throws where a piece is not what its digest says. */
export async function wholeRecords(
  { records, from, holes }: HoleyRecords,
): Promise<readonly string[]> {
  if (holes.size === 0) return records;
  const right = new Set<string>();
  for (const [position, blobs] of holes) {
    for (const { piece, digest } of blobs) {
      if (right.has(digest)) continue;
      if (await digestOf(piece) !== digest) {
        throw damaged(position, `holds a damaged value, "${digest}"`);
      }
      right.add(digest);
    }
  }
  return records.map((rest, index) => withCuts(cutText(rest, holes.get(from + index))));
}

function cutText(rest: string, cuts: readonly Cut[] = []): CutText {
  return { rest, cuts };
}

function holeIn(row: Row): Hole {
  return {
    record: numberIn(row, "seq"),
    at: numberIn(row, "at"),
    blob: numberIn(row, "blob"),
  };
}

function textOf(database: Database, { record, blob }: Hole): Pick<Blob, "piece" | "digest"> {
  const row = database.get(SELECT_TEXT, blob);
  if (row === undefined) throw damaged(record, "lacks a value that was kept apart");
  return { piece: textIn(row, "text"), digest: textIn(row, "digest") };
}

function damaged(record: number, what: string): Error {
  return new Error(`Record ${record} ${what}; restore the file from a copy`);
}

async function digestOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
