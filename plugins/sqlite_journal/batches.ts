/**
 * Records as rows: those of one append share one, since a row costs more to
 * write and to read than the few hundred bytes of a record.
 *
 * @module
 */
import { numberIn, packText, type Row, textIn } from "./columns.ts";
import type { Database } from "./database.ts";

/** How many rows are read at a time. */
export const PAGE_ROWS = 256;

/** Records that are written as one row. */
export interface Batch {
  /** How many there are. */
  readonly count: number;
  /** All of them, one a line; a single one may have lines of its own. */
  readonly text: string;
}

/** A record of a run. */
export interface Position {
  /** The run's row. */
  readonly run: number;
  /** Which record, from 0. */
  readonly from: number;
}

/** Some records of a run. */
export interface Page {
  /** From the position that was asked for. */
  readonly records: readonly string[];
  /** Where the next page begins; absent when this is the last. */
  readonly next: Position | undefined;
}

const INSERT_BATCH = "INSERT INTO batches (run, seq, count, text) VALUES (?, ?, ?, ?)";

/** From the row that holds record `?2` on, which may begin with earlier ones. */
const SELECT_BATCHES = "SELECT seq, count, text FROM batches WHERE run = ?1 AND seq >= " +
  "coalesce((SELECT max(seq) FROM batches WHERE run = ?1 AND seq <= ?2), 0) " +
  `ORDER BY seq LIMIT ${PAGE_ROWS}`;

/** The rows that hold these records. */
export function batchesOf(records: readonly string[]): readonly Batch[] {
  const joinable = records.length > 1 && records.every((record) => !record.includes("\n"));
  if (joinable) return [{ count: records.length, text: records.join("\n") }];
  return records.map((text) => ({ count: 1, text }));
}

/** Adds records at a position; returns the position behind them. */
export function insertBatches(
  database: Database,
  batches: readonly Batch[],
  { run, from }: Position,
): number {
  let seq = from;
  for (const { count, text } of batches) {
    database.run(INSERT_BATCH, run, seq, count, packText(text));
    seq += count;
  }
  return seq;
}

/** The records from a position on, as many as a page holds. */
export function pageAt(database: Database, { run, from }: Position): Page {
  const rows = database.all(SELECT_BATCHES, run, from);
  const records = rows.flatMap(recordsIn);
  const first = rows[0] === undefined ? from : numberIn(rows[0], "seq");
  const end = first + records.length;
  const next = rows.length < PAGE_ROWS ? undefined : { run, from: end };
  return { records: records.slice(Math.max(0, from - first)), next };
}

function recordsIn(row: Row): readonly string[] {
  const text = textIn(row, "text");
  return numberIn(row, "count") === 1 ? [text] : text.split("\n");
}
