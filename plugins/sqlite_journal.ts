/**
 * The journal in one SQLite file: what it acknowledges is on disk, and any
 * number of processes may share it.
 *
 * @module
 */
import {
  JournalError,
  type JournalStore,
  type RunJournal,
  type RunQuery,
  type RunRequest,
  type RunSummary,
  type Writer,
} from "../core/plugin/journal.ts";
import type { Host } from "../core/plugin/ports.ts";
import { numberIn, packText, type Row, textIn } from "./sqlite_journal/columns.ts";
import { Database, messageOf } from "./sqlite_journal/database.ts";
import { GroupCommit } from "./sqlite_journal/group_commit.ts";
import {
  INSERT_RUN,
  listQueries,
  mergedRuns,
  SELECT_RUN,
  summaryIn,
  summaryValues,
  UPDATE_SUMMARY,
  writerIn,
  writerValues,
} from "./sqlite_journal/run_rows.ts";

/** Options for {@linkcode sqliteJournal}. */
export interface SqliteJournalOptions {
  /** Holds `sluice.db`; made with mode 0700 where it is missing. */
  readonly folder: string;
  /** Makes the folder and the file. */
  readonly host: Host;
}

/** How many requests are kept: whoever polls has long seen older ones. */
export const MAX_REQUESTS = 10_000;

/** How many appends are read at a time. */
export const PAGE_BATCHES = 256;

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

const APPEND_STATE = "SELECT epoch, " +
  "(SELECT seq + count FROM batches WHERE run = runs.id ORDER BY seq DESC LIMIT 1) AS length " +
  "FROM runs WHERE id = ?";

const INSERT_BATCH = "INSERT INTO batches (run, seq, count, text) VALUES (?, ?, ?, ?)";

const TAKE_OVER = "UPDATE runs SET epoch = epoch + 1, writer_id = ?, writer_pid = ?, writer_birth = ? " +
  "WHERE id = ? AND epoch = ?";

const GIVE_UP = "UPDATE runs SET writer_id = NULL, writer_pid = NULL, writer_birth = NULL " +
  "WHERE id = ? AND epoch = ?";

/** From the batch that holds position `?2` on. */
const SELECT_BATCHES = "SELECT seq, count, text FROM batches WHERE run = ?1 AND seq >= " +
  "coalesce((SELECT max(seq) FROM batches WHERE run = ?1 AND seq <= ?2), 0) " +
  `ORDER BY seq LIMIT ${PAGE_BATCHES}`;

class SqliteJournalStore implements JournalStore {
  readonly #options: SqliteJournalOptions;
  #opening: Promise<OpenStore> | undefined;
  #closed = false;

  constructor(options: SqliteJournalOptions) {
    this.#options = options;
  }

  async create(summary: RunSummary, writer: Writer): Promise<RunJournal> {
    const { runId } = summary;
    const values = [...summaryValues(summary), ...writerValues(writer)];
    const store = await this.#opened();
    const id = await store.commits.submit(() => {
      const { changes, lastId } = store.database.run(INSERT_RUN, ...values);
      if (changes > 0) return lastId;
      throw new JournalError("exists", `Cannot make run "${runId}": there is one already`);
    });
    return new SqliteRunJournal(store, { id, runId, epoch: 1, length: 0 });
  }

  async open(
    runId: string,
    writer: Writer,
    lives: (other: Writer) => boolean,
  ): Promise<RunJournal> {
    const row = await this.#runRow(runId);
    if (row === undefined) {
      throw new JournalError("not-found", `Cannot open run "${runId}": there is none`);
    }
    const holder = writerIn(row);
    if (holder !== undefined && lives(holder)) {
      const message = `Cannot open run "${runId}": process ${holder.pid} is writing it`;
      throw new JournalError("busy", message);
    }
    const store = await this.#opened();
    const taken = await store.commits.submit(() => takeOver(store.database, { row, writer }));
    return new SqliteRunJournal(store, taken);
  }

  async *read(runId: string, from = 0): AsyncIterable<string> {
    const row = await this.#runRow(runId);
    const id = row === undefined ? NO_RUN : numberIn(row, "id");
    for (let next = from, pageLength = PAGE_BATCHES; pageLength === PAGE_BATCHES;) {
      const page = await this.#query((database) => database.all(SELECT_BATCHES, id, next));
      for (const batch of page) {
        const records = recordsIn(batch).slice(Math.max(0, next - numberIn(batch, "seq")));
        yield* records;
        next += records.length;
      }
      pageLength = page.length;
    }
  }

  async find(runId: string): Promise<RunSummary | undefined> {
    const row = await this.#runRow(runId);
    return row === undefined ? undefined : summaryIn(row);
  }

  list(query: RunQuery = {}): Promise<readonly RunSummary[]> {
    return this.#query((database) => {
      const before = positionOf(database, query.after);
      const queries = listQueries(query, before);
      return mergedRuns(queries.flatMap(({ sql, values }) => database.all(sql, ...values)), query);
    });
  }

  async writerOf(runId: string): Promise<Writer | undefined> {
    const row = await this.#runRow(runId);
    return row === undefined ? undefined : writerIn(row);
  }

  async request({ runId, type, by, why }: Omit<RunRequest, "seq">): Promise<void> {
    const values = [runId, type, by, why].map(packText);
    const { commits, database } = await this.#opened();
    await commits.submit(() => {
      const { lastId } = database.run(INSERT_REQUEST, ...values);
      database.run("DELETE FROM requests WHERE seq <= ?", lastId - MAX_REQUESTS);
    });
  }

  // A look at the end of an index is cheaper than to ask `PRAGMA data_version` whether to look.
  requests(afterSeq: number): Promise<readonly RunRequest[]> {
    return this.#query((database) => database.all(SELECT_REQUESTS, afterSeq).map(requestIn));
  }

  async close(): Promise<void> {
    const opening = this.#closed ? undefined : this.#opening;
    this.#closed = true;
    if (opening === undefined) return;
    const { commits, database } = await opening;
    commits.flush();
    database.close();
  }

  #runRow(runId: string): Promise<Row | undefined> {
    return this.#query((database) => database.get(SELECT_RUN, packText(runId)));
  }

  async #query<T>(ask: (database: Database) => T): Promise<T> {
    const { database } = await this.#opened();
    try {
      return ask(database);
    } catch (cause) {
      const message = `Cannot read the journal "${database.path}": ${messageOf(cause)}`;
      throw new JournalError("io", message, { cause });
    }
  }

  /** A failed opening is forgotten, so that the next call finds a disk that was put right. */
  async #opened(): Promise<OpenStore> {
    this.#opening ??= openStore(this.#options);
    if (this.#closed) throw new JournalError("closed", "Cannot use the journal: it is closed");
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

interface OpenStore {
  readonly database: Database;
  readonly commits: GroupCommit;
}

interface OpenRun {
  /** Its row. */
  readonly id: number;
  readonly runId: string;
  readonly epoch: number;
  readonly length: number;
}
