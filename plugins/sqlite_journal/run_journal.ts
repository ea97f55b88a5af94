/**
 * One run, open for writing.
 *
 * @module
 */
import {
  JournalError,
  type RunJournal,
  type RunSummary,
  type Writer,
} from "../../core/plugin/journal.ts";
import { type Batch, batchesOf, insertBatches } from "./batches.ts";
import { removeBlobs } from "./blobs.ts";
import { numberIn, packText, type Row, textIn } from "./columns.ts";
import type { Database } from "./database.ts";
import type { GroupCommit } from "./group_commit.ts";
import {
  changeValues,
  INSERT_RUN,
  summaryValues,
  UPDATE_SUMMARY,
  writerValues,
} from "./run_rows.ts";

/** The open database and the way to write to it. */
export interface OpenStore {
  /** To read, and to write within a commit. */
  readonly database: Database;
  /** To write. */
  readonly commits: GroupCommit;
}

/** A run as its writer found it. */
export interface OpenRun {
  /** Its row. */
  readonly id: number;
  /** Its run id. */
  readonly runId: string;
  /** Which opening this is. */
  readonly epoch: number;
  /** How many records it had. */
  readonly length: number;
}

const TAKE_OVER = "UPDATE runs SET (epoch, writer_id, writer_pid, writer_birth) = " +
  "(epoch + 1, ?, ?, ?) WHERE id = ? AND epoch = ?";

const GIVE_UP = "UPDATE runs SET (writer_id, writer_pid, writer_birth) = (NULL, NULL, NULL) " +
  "WHERE id = ? AND epoch = ?";

const EPOCH_AND_LENGTH = "SELECT epoch, coalesce(" +
  "(SELECT seq + count FROM batches WHERE run = runs.id ORDER BY seq DESC LIMIT 1), 0) AS length " +
  "FROM runs WHERE id = ?";

const NEWEST = "SELECT run_id FROM runs WHERE workflow = ? ORDER BY id DESC LIMIT 1";

/** A run that is to be made. */
export interface NewRun {
  /** What lists show of it. */
  readonly summary: RunSummary;
  /** Who writes it. */
  readonly writer: Writer;
  /** Its first records. */
  readonly batches: readonly Batch[];
  /** Which run of its workflow was made last, as whoever makes it saw it. @default nobody looked */
  readonly newest?: string | null | undefined;
}

/**
 * Makes a run with its first records, within a commit.
 *
 * @throws {JournalError} `exists` when there is such a run; `overtaken` when there is one that nobody has seen.
 */
export function createRun(
  database: Database,
  { summary, writer, batches, newest }: NewRun,
): OpenRun {
  const { runId, workflow } = summary;
  if (newest !== undefined && newest !== newestOf(database, workflow)) {
    throw new JournalError("overtaken", `Cannot make run "${runId}": another was quicker`);
  }
  const values = [...summaryValues(summary), ...writerValues(writer)];
  const { changes, lastId: id } = database.run(INSERT_RUN, ...values);
  if (changes === 0) {
    throw new JournalError("exists", `Cannot make run "${runId}": there is one already`);
  }
  return { id, runId, epoch: 1, length: insertBatches(database, batches, { run: id, from: 0 }) };
}

/**
 * Makes a run another writer's, within a commit.
 *
 * @throws {JournalError} `busy` when the run is no longer as `row` has it: a third writer was quicker.
 */
export function takeOver(
  database: Database,
  { row, writer }: { readonly row: Row; readonly writer: Writer },
): OpenRun {
  const id = numberIn(row, "id");
  const runId = textIn(row, "run_id");
  const epoch = numberIn(row, "epoch");
  const { changes } = database.run(TAKE_OVER, ...writerValues(writer), id, epoch);
  if (changes === 0) {
    throw new JournalError("busy", `Cannot open run "${runId}": another writer was quicker`);
  }
  return { id, runId, epoch: epoch + 1, length: lengthOf(database, id) };
}

/**
 * Removes a run with all that belongs to it, within a commit.
 *
 * @throws {JournalError} `busy` when the run is no longer as `row` has it: somebody opened it.
 */
export function removeRun(database: Database, row: Row): void {
  const [id, epoch] = [numberIn(row, "id"), numberIn(row, "epoch")];
  const runId = textIn(row, "run_id");
  const { changes } = database.run("DELETE FROM runs WHERE id = ? AND epoch = ?", id, epoch);
  if (changes === 0) {
    throw new JournalError("busy", `Cannot remove run "${runId}": a writer was quicker`);
  }
  database.run("UPDATE removed SET greatest = max(greatest, ?)", id);
  database.run("DELETE FROM batches WHERE run = ?", id);
  removeBlobs(database, id);
  database.run("DELETE FROM requests WHERE run_id = ?", packText(runId));
}

type BatchesOrPromise = readonly Batch[] | Promise<readonly Batch[]>;

/** The journal of one run. */
export class SqliteRunJournal implements RunJournal {
  readonly #store: OpenStore;
  readonly #run: OpenRun;
  readonly #whenClosed: () => void;
  /** As far as is on disk. */
  #length: number;
  /** As far as the transaction under way has written. */
  #written: number;
  /** The appends that wait for the digests of large values: whatever comes behind them waits too. */
  #parting: Promise<unknown> | undefined;
  #closed = false;

  /**
   * Goes on with a run that its writer has made or taken over.
   *
   * @param closed Called once it is given up.
   */
  constructor(store: OpenStore, run: OpenRun, closed: () => void) {
    this.#store = store;
    this.#run = run;
    this.#whenClosed = closed;
    this.#length = run.length;
    this.#written = run.length;
  }

  /** How many records are on disk. */
  get length(): number {
    return this.#length;
  }

  /** Adds records; see {@linkcode RunJournal.append}. */
  async append(records: readonly string[], summary?: RunSummary): Promise<void> {
    if (this.#closed) throw this.#refusal("closed", "its journal is closed");
    const parted = this.#inOrder(batchesOf(records));
    try {
      const batches = parted instanceof Promise ? await parted : parted;
      this.#length = await this.#store.commits.submit(() => this.#write(batches, summary));
    } catch (error) {
      this.#written = this.#length;
      throw error;
    }
  }

  /** Gives the run up; a run that another writer took over is left to it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { commits, database } = this.#store;
    if (commits.closed) return;
    const { id, epoch } = this.#run;
    // If it is lost with the power, so is this process, and the run is free all the same.
    await commits.submit(() => void database.run(GIVE_UP, id, epoch), { isLasting: false });
    this.#whenClosed();
  }

  /** Almost no append has to wait, and then it shares the transaction of this turn. */
  #inOrder(batches: BatchesOrPromise): BatchesOrPromise {
    const before = this.#parting;
    if (before === undefined && !(batches instanceof Promise)) return batches;
    const parted = Promise.all([batches, before]).then(([mine]) => mine);
    this.#parting = parted;
    const done = () => {
      if (this.#parting === parted) this.#parting = undefined;
    };
    parted.then(done, done);
    return parted;
  }

  #write(batches: readonly Batch[], summary: RunSummary | undefined): number {
    const { database } = this.#store;
    const { id } = this.#run;
    this.#assertMine();
    this.#written = insertBatches(database, batches, { run: id, from: this.#written });
    if (summary !== undefined) database.run(UPDATE_SUMMARY, ...changeValues(summary), id);
    return this.#written;
  }

  /** An epoch of our own and another length is a store that was restored from a copy. */
  #assertMine(): void {
    const row = this.#store.database.get(EPOCH_AND_LENGTH, this.#run.id);
    if (row === undefined || numberIn(row, "epoch") !== this.#run.epoch) {
      throw this.#refusal("fenced", "another writer took it over");
    }
    if (numberIn(row, "length") !== this.#written) {
      throw this.#refusal("fenced", "it is not as this writer left it");
    }
  }

  #refusal(code: "closed" | "fenced", why: string): JournalError {
    return new JournalError(code, `Cannot append to run "${this.#run.runId}": ${why}`);
  }
}

function newestOf(database: Database, workflow: string): string | null {
  const row = database.get(NEWEST, packText(workflow));
  return row === undefined ? null : textIn(row, "run_id");
}

function lengthOf(database: Database, run: number): number {
  const row = database.get(EPOCH_AND_LENGTH, run);
  if (row === undefined) throw new Error(`Internal error: run row ${run} is gone`);
  return numberIn(row, "length");
}
