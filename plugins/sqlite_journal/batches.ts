/**
 * Records as rows: those of one append share one, since a row costs more to
 * write and to read than the few hundred bytes of a record.
 *
 * @module
 */
import { type Blob, blobsOf, insertBlobs } from "./blobs.ts";
import { numberIn, packText, type Row, textIn } from "./columns.ts";
import type { Database } from "./database.ts";
import { cutLargeValues, type CutText } from "./large_values.ts";

/** How many rows are read at a time. */
export const PAGE_ROWS = 256;

/** Records that are written as one row. */
export interface Batch {
  /** How many there are. */
  readonly count: number;
  /** All of them, one a line; a single one may have lines of its own. */
  readonly text: string;
  /** What was cut out of the only one. */
  readonly blobs?: readonly Blob[];
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

/** Where the row begins that holds a record. */
const SELECT_FIRST =
  "SELECT coalesce(max(seq), 0) AS first FROM batches WHERE run = ? AND seq <= ?";

/** Two columns, since each one costs as much as the rest of a row. */
const SELECT_BATCHES =
  `SELECT count, text FROM batches WHERE run = ? AND seq >= ? ORDER BY seq LIMIT ${PAGE_ROWS}`;

/** The rows that hold these records; a promise where large values have to be kept apart. */
export function batchesOf(
  records: readonly string[],
): readonly Batch[] | Promise<readonly Batch[]> {
  const cut = records.map(cutLargeValues);
  return cut.some(({ cuts }) => cuts.length > 0) ? partedBatches(cut) : joinedBatches(records);
}

/** A record with something cut out has a row of its own. */
async function partedBatches(records: readonly CutText[]): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  let whole: string[] = [];
  for (const { rest, cuts } of records) {
    if (cuts.length === 0) {
      whole.push(rest);
      continue;
    }
    batches.push(...joinedBatches(whole), { count: 1, text: rest, blobs: await blobsOf(cuts) });
    whole = [];
  }
  return [...batches, ...joinedBatches(whole)];
}

function joinedBatches(records: readonly string[]): readonly Batch[] {
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
  for (const { count, text, blobs } of batches) {
    database.run(INSERT_BATCH, run, seq, count, packText(text));
    if (blobs !== undefined) insertBlobs(database, blobs, { run, seq });
    seq += count;
  }
  return seq;
}

/** The records from a position on, as many as a page holds. */
export function pageAt(database: Database, { run, from }: Position): Page {
  const first = numberIn(database.get(SELECT_FIRST, run, from) ?? {}, "first");
  const rows = database.all(SELECT_BATCHES, run, first);
  const records = rows.flatMap(recordsIn);
  const next = rows.length < PAGE_ROWS ? undefined : { run, from: first + records.length };
  return { records: records.slice(from - first), next };
}

function recordsIn(row: Row): readonly string[] {
  const text = textIn(row, "text");
  return numberIn(row, "count") === 1 ? [text] : text.split("\n");
}

/**
 * The records of pages, one after another. Written by hand, since a generator
 * takes several times as long to hand over a record as it takes to parse one.
 */
export function eachRecord(pages: AsyncIterable<readonly string[]>): AsyncIterable<string> {
  return { [Symbol.asyncIterator]: () => new RecordIterator(pages[Symbol.asyncIterator]()) };
}

class RecordIterator implements AsyncIterator<string> {
  readonly #pages: AsyncIterator<readonly string[]>;
  #page: readonly string[] = [];
  #index = 0;

  constructor(pages: AsyncIterator<readonly string[]>) {
    this.#pages = pages;
  }

  next(): Promise<IteratorResult<string>> {
    const value = this.#page[this.#index++];
    return value === undefined ? this.#turn() : Promise.resolve({ done: false, value });
  }

  async #turn(): Promise<IteratorResult<string>> {
    const { done, value } = await this.#pages.next();
    if (done) return { done, value: undefined };
    this.#page = value;
    this.#index = 0;
    return await this.next();
  }
}
