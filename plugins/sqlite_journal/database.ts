/**
 * One SQLite file, opened so that what it acknowledges is on disk.
 *
 * @module
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { JournalError } from "../../core/plugin/journal.ts";
import type { Host } from "../../core/plugin/ports.ts";
import { numberIn, type Row } from "./columns.ts";
import { APPLICATION_ID, SCHEMA_VERSION, UPGRADES } from "./schema.ts";

/** Milliseconds to wait while another process writes; each write takes about one disk flush. */
export const BUSY_TIMEOUT_MS = 10_000;

/**
 * Pages in the write-ahead log before they are moved to the database: 1 MiB. A
 * file system takes twice as long to add blocks to a file as to write over
 * them, so a short log, which is soon written over, makes a young store fast.
 */
const LOG_PAGES = 256;

/** Bytes that the log keeps on disk once a large append has been moved. */
const LOG_BYTES = 16 * 1024 * 1024;

const FILE_NAME = "sluice.db";
const PRIVATE_FILE_MODE = 0o600;

const SETTINGS = `
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = ${LOG_PAGES};
  PRAGMA journal_size_limit = ${LOG_BYTES};
`;

/** Where the database is to be. */
export interface DatabaseOptions {
  /** Its folder; made, and private, where it is missing. */
  readonly folder: string;
  /** Makes the file. */
  readonly host: Pick<Host, "appendTextNow">;
}

/** An open database with its prepared statements. Methods throw what SQLite throws. */
export class Database {
  /** Where it is. */
  readonly path: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string, connection: DatabaseSync) {
    this.path = path;
    this.#connection = connection;
  }

  /**
   * Opens the database, and makes it first where there is none.
   *
   * @throws {JournalError} `io` with what is wrong with the file.
   */
  static async open({ folder, host }: DatabaseOptions): Promise<Database> {
    const path = `${folder}/${FILE_NAME}`;
    const connection = await connect(path, host);
    try {
      const database = new Database(path, connection);
      database.#prepareFile();
      return database;
    } catch (error) {
      connection.close();
      throw error instanceof JournalError ? error : cannotOpen(path, messageOf(error), error);
    }
  }

  /** All rows of a query. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  /** The first row of a query. */
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  /** Carries out a statement; says how many rows it changed and the id of the last one it added. */
  run(sql: string, ...values: readonly SQLInputValue[]): { changes: number; lastId: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  /** Carries out `work` in one transaction, durable when this returns. If it throws, nothing has happened. */
  transaction(work: () => void): void {
    this.run("BEGIN IMMEDIATE");
    try {
      work();
      this.run("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Ends the use of the file. */
  close(): void {
    this.#connection.close();
  }

  /** Preparing costs more than running, so each text is prepared once. */
  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #rollBack(): void {
    try {
      this.run("ROLLBACK");
    } catch {
      // Safe: SQLite has rolled back by itself, as it does when the disk is full.
    }
  }

  /** Settings of this connection, then the tables if the file is new or of an earlier version. */
  #prepareFile(): void {
    this.#connection.exec(SETTINGS);
    const version = this.#version();
    if (version === SCHEMA_VERSION) return;
    if (version === 0) this.#useLog();
    // Another process may have been quicker, so the look counts that is taken inside.
    this.transaction(() => {
      for (const upgrade of UPGRADES.slice(this.#version())) this.#connection.exec(upgrade);
      this.#connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
  }

  #useLog(): void {
    const mode = this.#connection.prepare("PRAGMA journal_mode = WAL").get();
    if (mode?.["journal_mode"] === "wal") return;
    throw cannotOpen(this.path, "its file system has no shared memory; choose a local folder");
  }

  /** Which version of our tables the file has; 0 for an empty one, and a refusal for anything else. */
  #version(): number {
    const row = this.#connection.prepare(
      "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) AS entries " +
        "FROM pragma_user_version, pragma_application_id",
    ).get() ?? {};
    const version = numberIn(row, "user_version");
    if (numberIn(row, "entries") === 0 && version === 0) return 0;
    if (numberIn(row, "application_id") !== APPLICATION_ID) {
      throw cannotOpen(this.path, "it is the database of another program; choose another folder");
    }
    if (version > SCHEMA_VERSION) {
      const versions = `schema ${version}, this version knows ${SCHEMA_VERSION}`;
      throw cannotOpen(
        this.path,
        `a newer version wrote it (${versions}); update, or choose another folder`,
      );
    }
    return version;
  }
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function connect(path: string, host: DatabaseOptions["host"]): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  // SQLite would make a missing file for all to read, and no folder.
  const uri = `file:${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}?mode=rw`;
  try {
    return new DatabaseSync(uri);
  } catch {
    // Safe: the second attempt tells what is wrong, unless it was that the file is missing.
  }
  try {
    host.appendTextNow(path, "", { mode: PRIVATE_FILE_MODE });
    return new DatabaseSync(uri);
  } catch (error) {
    throw cannotOpen(path, messageOf(error), error);
  }
}

function cannotOpen(path: string, why: string, cause?: unknown): JournalError {
  return new JournalError("io", `Cannot open the journal "${path}": ${why}`, { cause });
}
