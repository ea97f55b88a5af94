/**
 * The journal in one SQLite file: what it acknowledges is on disk, and any
 * number of processes may share it.
 *
 * @module
 */
import {
  type Compaction,
  JournalError,
  type JournalStore,
  type NewRunOptions,
  type RunJournal,
  type RunQuery,
  type RunRequest,
  type RunSummary,
  type Writer,
} from "../core/plugin/journal.ts";
import { type OpenOnce, openOnce } from "../core/plugin/open_once.ts";
import type { Clock } from "../core/plugin/ports.ts";
import type { PermitTable } from "../core/schedule/permits.ts";
import { messageOf } from "../core/source/message_of.ts";
import {
  batchesOf,
  eachRecord,
  type Page,
  pageAt,
  type Position,
} from "./sqlite_journal/batches.ts";
import { blobsFor, type HoleyRecords, wholeRecords } from "./sqlite_journal/blobs.ts";
import { numberIn, packText, type Row, textIn } from "./sqlite_journal/columns.ts";
import { Database } from "./sqlite_journal/database.ts";
import { compact } from "./sqlite_journal/compaction.ts";
import { GroupCommit } from "./sqlite_journal/group_commit.ts";
import {
  createRun,
  type OpenRun,
  type OpenStore,
  removeRun,
  SqliteRunJournal,
  takeOver,
} from "./sqlite_journal/run_journal.ts";
import { permitsIn, replacePermits } from "./sqlite_journal/permit_rows.ts";
import {
  endedQuery,
  heldBy,
  listQueries,
  mergedRuns,
  SELECT_RUN,
  summaryIn,
  writerIn,
} from "./sqlite_journal/run_rows.ts";
import { MAX_LEFT, WriterLocks, type WriterLocksOptions } from "./sqlite_journal/writer_locks.ts";

/** Options for {@linkcode sqliteJournal}. */
export interface SqliteJournalOptions {
  /** Holds `sluice.db`; made with mode 0700 where it is missing. */
  readonly folder: string;
  /** Makes the folder and the files. */
  readonly host: WriterLocksOptions["host"];
  /** Lets the event loop go on while another process writes. @default it stands still so long */
  readonly clock?: Clock;
}

/** How many requests are kept: whoever polls has long seen older ones. */
export const MAX_REQUESTS = 10_000;

/**
 * The store that the command uses. Nothing is opened before the first call.
 *
 * @example
 * ```ts ignore
 * const store = sqliteJournal({ folder: ".sluice", host });
 * for (const run of await store.list({ statuses: ["RUNNING"] })) console.log(run.runId);
 * await store.close();
 * ```
 */
export function sqliteJournal(options: SqliteJournalOptions): JournalStore {
  return new SqliteJournalStore(options);
}

const INSERT_REQUEST = "INSERT INTO requests (run_id, type, asked_by, why) VALUES (?, ?, ?, ?)";
const ADVANCE_CURSOR = "INSERT INTO cursors (key, at) VALUES (?, ?) " +
  "ON CONFLICT (key) DO UPDATE SET at = max(at, excluded.at)";
// Not LIKE: a prefix is data and has no wildcards. No key has a code point above the last one.
const SELECT_CURSORS = "SELECT key, at FROM cursors WHERE key >= ? AND key < ? || char(0x10ffff)";
const SELECT_REQUESTS =
  "SELECT seq, run_id, asked_by, why FROM requests WHERE seq > ? ORDER BY seq";

class SqliteJournalStore implements JournalStore {
  readonly #opening: OpenOnce<LockedStore>;
  /** Once it is open. */
  #locks: WriterLocks | undefined;
  /** Whose runs are open here. */
  readonly #writing = new Map<SqliteRunJournal, Writer>();
  #closed = false;

  constructor(options: SqliteJournalOptions) {
    this.#opening = openOnce(() => openStore(options));
  }

  async create(
    summary: RunSummary,
    writer: Writer,
    records: readonly string[] = [],
    { newest }: NewRunOptions = {},
  ): Promise<RunJournal> {
    const store = await this.#opened();
    const batches = await batchesOf(records);
    store.locks.take(writer);
    // One flush for both: whoever starts a run waits for its first event, not for its row.
    const run = await store.commits.submit(() =>
      createRun(store.database, { summary, writer, batches, newest })
    );
    return this.#journal(store, { run, writer });
  }

  async open(
    runId: string,
    writer: Writer,
    lives: (other: Writer) => boolean,
  ): Promise<RunJournal> {
    const row = await this.#find(runId);
    if (row === undefined) {
      throw new JournalError("not-found", `Cannot open run "${runId}": there is none`);
    }
    refuseHeld(row, { lives, action: "open" });
    const store = await this.#opened();
    store.locks.take(writer);
    const run = await store.commits.submit(() => takeOver(store.database, { row, writer }));
    return this.#journal(store, { run, writer });
  }

  read(runId: string, from = 0): AsyncIterable<string> {
    return eachRecord(this.#pages(runId, from));
  }

  async find(runId: string): Promise<RunSummary | undefined> {
    const row = await this.#find(runId);
    return row === undefined ? undefined : summaryIn(row);
  }

  list(query: RunQuery = {}): Promise<readonly RunSummary[]> {
    return this.#query((database) => {
      if (query.settledFrom !== undefined) return endedRuns(database, query);
      const queries = listQueries(query, positionOf(database, query.after));
      return mergedRuns(queries.flatMap(({ sql, values }) => database.all(sql, ...values)), query);
    });
  }

  async remove(runId: string, lives: (other: Writer) => boolean): Promise<void> {
    const row = await this.#find(runId);
    if (row === undefined) return;
    refuseHeld(row, { lives, action: "remove" });
    const { commits, database } = await this.#opened();
    await commits.submit(() => removeRun(database, row));
  }

  async writerOf(runId: string): Promise<Writer | undefined> {
    const row = await this.#find(runId);
    return row === undefined ? undefined : writerIn(row);
  }

  lives(writer: Writer): boolean | undefined {
    return this.#locks?.lives(writer);
  }

  async prepare(writer: Writer): Promise<void> {
    const { locks, database } = await this.#opened();
    locks.take(writer);
    database.moveLog();
  }

  async request({ runId, type, by, why }: Omit<RunRequest, "seq">): Promise<void> {
    const values = [runId, type, by, why].map(packText);
    const { commits, database } = await this.#opened();
    await commits.submit(() => {
      const { lastId } = database.run(INSERT_REQUEST, ...values);
      database.run("DELETE FROM requests WHERE seq <= ?", lastId - MAX_REQUESTS);
    });
  }

  // One look at the end of a table is cheaper than to ask `PRAGMA data_version` whether to look.
  requests(afterSeq: number): Promise<readonly RunRequest[]> {
    return this.#query((database) => database.all(SELECT_REQUESTS, afterSeq).map(requestIn));
  }

  cursors(prefix: string): Promise<ReadonlyMap<string, number>> {
    return this.#query((database) => {
      const rows = database.all(SELECT_CURSORS, prefix, prefix);
      return new Map(rows.map((row) => [textIn(row, "key"), numberIn(row, "at")]));
    });
  }

  async advance(cursors: ReadonlyMap<string, number>): Promise<void> {
    const { commits, database } = await this.#opened();
    await commits.submit(() => {
      for (const [key, at] of cursors) database.run(ADVANCE_CURSOR, key, at);
    });
  }

  permits(): Promise<PermitTable> {
    return this.#query(permitsIn);
  }

  async changePermits(change: (table: PermitTable) => PermitTable): Promise<PermitTable> {
    const { commits, database } = await this.#opened();
    return await commits.submit(() => replacePermits(database, change));
  }

  async compact(): Promise<Compaction> {
    const store = await this.#opened();
    await store.locks.sweep(() => writersIn(store.database));
    return await compact(store);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const store = await this.#opening.opened();
    if (store === undefined) return;
    store.commits.close();
    try {
      await this.#leave(store);
    } finally {
      store.database.close();
    }
  }

  /** Once nothing more is written. Files that cannot be removed now are removed by a later sweep. */
  async #leave({ database, locks }: LockedStore): Promise<void> {
    const toldOf =
      () => [...this.#writing.values().map(({ id }) => id), ...permitHolders(database)];
    await locks.release(toldOf).catch(() => {});
    await locks.sweep(() => writersIn(database), { atMost: MAX_LEFT }).catch(() => {});
  }

  #journal(store: OpenStore, { run, writer }: { run: OpenRun; writer: Writer }): RunJournal {
    const journal = new SqliteRunJournal(store, run, () => this.#writing.delete(journal));
    this.#writing.set(journal, writer);
    return journal;
  }

  async *#pages(runId: string, from: number): AsyncIterable<readonly string[]> {
    const row = await this.#find(runId);
    if (row === undefined) return;
    let next: Position | undefined = { run: numberIn(row, "id"), from };
    while (next !== undefined) {
      const position: Position = next;
      // At one moment: a run that is removed in between would leave records with holes.
      const page = await this.#query((database) =>
        database.snapshot(() => pageWithHoles(database, position))
      );
      yield await this.#query(() => wholeRecords(page));
      next = page.next;
    }
  }

  #find(runId: string): Promise<Row | undefined> {
    return this.#query((database) => database.get(SELECT_RUN, packText(runId)));
  }

  async #query<T>(ask: (database: Database) => T | Promise<T>): Promise<T> {
    const { database } = await this.#opened();
    try {
      return await ask(database);
    } catch (cause) {
      const message = `Cannot read the journal "${database.path}": ${messageOf(cause)}`;
      throw new JournalError("io", message, { cause });
    }
  }

  async #opened(): Promise<LockedStore> {
    this.#assertNotClosed();
    const store = await this.#opening();
    this.#assertNotClosed();
    this.#locks = store.locks;
    return store;
  }

  #assertNotClosed(): void {
    if (this.#closed) throw new JournalError("closed", "Cannot use the journal: it is closed");
  }
}

interface LockedStore extends OpenStore {
  readonly locks: WriterLocks;
}

async function openStore(options: SqliteJournalOptions): Promise<LockedStore> {
  const locks = await WriterLocks.open(options);
  const database = await Database.open(options);
  return { database, locks, commits: new GroupCommit(database, options.clock) };
}

/** The writers that rows name. */
function writersIn(database: Database): readonly string[] {
  return [...heldBy(database), ...permitHolders(database)];
}

function permitHolders(database: Database): readonly string[] {
  return permitsIn(database).map(({ holder }) => holder.id);
}

/** Runs in order of end; none at all behind one that does not exist or has not ended. */
function endedRuns(database: Database, query: RunQuery): readonly RunSummary[] {
  const { after } = query;
  const row = after === undefined ? undefined : database.get(SELECT_RUN, packText(after));
  if (after !== undefined && (row === undefined || row["settled_at"] === null)) return [];
  const behind = row && { id: numberIn(row, "id"), settledAt: numberIn(row, "settled_at") };
  const { sql, values } = endedQuery(query, behind);
  return database.all(sql, ...values).map(summaryIn);
}

/** The row behind which a list begins: none at all when it is to follow a run that does not exist. */
function positionOf(database: Database, after: string | undefined): number {
  if (after === undefined) return Number.MAX_SAFE_INTEGER;
  const row = database.get(SELECT_RUN, packText(after));
  return row === undefined ? 0 : numberIn(row, "id");
}

function pageWithHoles(database: Database, position: Position): Page & HoleyRecords {
  const page = pageAt(database, position);
  return { ...page, ...blobsFor(database, { ...position, records: page.records }) };
}

/** Whoever still writes a run keeps it. */
function refuseHeld(
  row: Row,
  { lives, action }: {
    readonly lives: (other: Writer) => boolean;
    readonly action: "open" | "remove";
  },
): void {
  const holder = writerIn(row);
  if (holder === undefined || !lives(holder)) return;
  const message = `Cannot ${action} run "${textIn(row, "run_id")}": process ${holder.pid}`;
  throw new JournalError("busy", `${message} is writing it`);
}

function requestIn(row: Row): RunRequest {
  return {
    seq: numberIn(row, "seq"),
    runId: textIn(row, "run_id"),
    type: "cancel",
    by: textIn(row, "asked_by"),
    why: textIn(row, "why"),
  };
}
