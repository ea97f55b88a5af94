/**
 * One SQLite file, opened so that what it acknowledges is on disk.
 *
 * @module
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { JournalError } from "../../core/plugin/journal.ts";
import type { Host } from "../../core/plugin/ports.ts";
import { messageOf } from "../../core/source/message_of.ts";
import { numberIn, type Row } from "./columns.ts";
import { APPLICATION_ID, UPGRADES } from "./schema.ts";

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

/** What is kept in a database, and as which tables. */
export interface DatabaseFormat {
  /** For messages: `journal`, `audit`. */
  readonly what: string;
  /** The file's name. */
  readonly fileName: string;
  /** Tells its files from other programs' (`PRAGMA application_id`). */
  readonly applicationId: number;
  /** What makes a file of one version into the next: the first of an empty file. */
  readonly upgrades: readonly string[];
}

const JOURNAL: DatabaseFormat = {
  what: "journal",
  fileName: "sluice.db",
  applicationId: APPLICATION_ID,
  upgrades: UPGRADES,
};

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
  /** What is kept in it. @default the journal */
  readonly format?: DatabaseFormat;
}

/** How a transaction is kept. */
export interface TransactionOptions {
  /** Whether it must outlive a loss of power; otherwise it lasts from the next one on that must. @default true */
  readonly isLasting?: boolean;
}

/** Another process writes: nothing has been done, and the same may be tried again. */
export class DatabaseBusyError extends Error {
  override readonly name = "DatabaseBusyError";
}

/** What SQLite calls `SQLITE_BUSY`; the higher bits say more. */
const BUSY = 5;

/** An open database with its prepared statements. Methods throw what SQLite throws. */
export class Database {
  /** Where it is. */
  readonly path: string;
  readonly #format: DatabaseFormat;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #flushing: "FULL" | "NORMAL" = "FULL";

  private constructor(file: DatabaseFile, connection: DatabaseSync) {
    this.path = file.path;
    this.#format = file.format;
    this.#connection = connection;
  }

  /**
   * Opens the database, and makes it first where there is none.
   *
   * @throws {JournalError} `io` with what is wrong with the file.
   */
  static async open({ folder, host, format = JOURNAL }: DatabaseOptions): Promise<Database> {
    const file = { path: `${folder}/${format.fileName}`, format };
    const connection = await connect(file, host);
    try {
      const database = new Database(file, connection);
      database.#prepareFile();
      return database;
    } catch (error) {
      connection.close();
      throw error instanceof JournalError ? error : cannotOpen(file, messageOf(error), error);
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

  /**
   * Carries out `work` in one transaction, durable when this returns; one that
   * need not last is safe from crashes of this process alone until the next one
   * that does. If it throws, nothing has happened.
   *
   * @throws {DatabaseBusyError} When another process goes on writing; `work` was not called.
   */
  transaction(work: () => void, { isLasting = true }: TransactionOptions = {}): void {
    this.#flushNow(isLasting ? "FULL" : "NORMAL");
    this.#begin();
    try {
      work();
      this.run("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** For how long a statement keeps this thread waiting while another process writes. */
  waitAtMost(milliseconds: number): void {
    this.#connection.exec(`PRAGMA busy_timeout = ${milliseconds}`);
  }

  /** Reads as the database is at one moment, whatever others write meanwhile. */
  snapshot<T>(read: () => T): T {
    this.run("BEGIN");
    try {
      return read();
    } finally {
      this.run("COMMIT");
    }
  }

  /** Carries out what no transaction may be around: `VACUUM`. */
  execute(sql: string): void {
    this.#connection.exec(sql);
  }

  /**
   * Moves the write-ahead log to the database now, so that none of the next
   * commits has to; as far as nobody is in the way, whom it does not wait for.
   */
  moveLog(): void {
    this.#connection.exec("PRAGMA wal_checkpoint(PASSIVE)");
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

  #begin(): void {
    try {
      this.run("BEGIN IMMEDIATE");
    } catch (cause) {
      if (!isBusy(cause)) throw cause;
      throw new DatabaseBusyError(messageOf(cause), { cause });
    }
  }

  #flushNow(flushing: "FULL" | "NORMAL"): void {
    if (flushing === this.#flushing) return;
    this.#connection.exec(`PRAGMA synchronous = ${flushing}`);
    this.#flushing = flushing;
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
    const { upgrades, applicationId } = this.#format;
    const version = this.#version();
    if (version === upgrades.length) return;
    if (version === 0) this.#layOut();
    // Another process may have been quicker, so the look counts that is taken inside.
    this.transaction(() => {
      for (const upgrade of upgrades.slice(this.#version())) this.#connection.exec(upgrade);
      this.#connection.exec(`PRAGMA application_id = ${applicationId}`);
      this.#connection.exec(`PRAGMA user_version = ${upgrades.length}`);
    });
  }

  /** What an empty file has to be told before anything is in it. */
  #layOut(): void {
    this.#connection.exec("PRAGMA auto_vacuum = INCREMENTAL");
    const mode = this.#connection.prepare("PRAGMA journal_mode = WAL").get();
    if (mode?.["journal_mode"] === "wal") return;
    throw cannotOpen(this.#file, "its file system has no shared memory; choose a local folder");
  }

  /** Which version of our tables the file has; 0 for an empty one, and a refusal for anything else. */
  #version(): number {
    const row = this.#connection.prepare(
      "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) AS entries " +
        "FROM pragma_user_version, pragma_application_id",
    ).get() ?? {};
    const version = numberIn(row, "user_version");
    if (numberIn(row, "entries") === 0 && version === 0) return 0;
    const { applicationId, upgrades: { length: known } } = this.#format;
    if (numberIn(row, "application_id") !== applicationId) {
      throw cannotOpen(this.#file, "it is the database of another program; choose another folder");
    }
    if (version > known) {
      const versions = `schema ${version}, this version knows ${known}`;
      throw cannotOpen(
        this.#file,
        `a newer version wrote it (${versions}); update, or choose another folder`,
      );
    }
    return version;
  }

  get #file(): DatabaseFile {
    return { path: this.path, format: this.#format };
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "errcode" in error ? error.errcode : "errno" in error ? error.errno : undefined;
  return typeof code === "number" && (code & 0xff) === BUSY;
}

interface DatabaseFile {
  readonly path: string;
  readonly format: DatabaseFormat;
}

/** A path as SQLite is to get it: not as a URI, for which Deno looks in vain among the paths that it grants. */
export function sqlitePath(path: string): string {
  return path.startsWith("/") ? path : `./${path}`;
}

async function connect(file: DatabaseFile, host: DatabaseOptions["host"]): Promise<DatabaseSync> {
  const { path } = file;
  const { DatabaseSync } = await import("node:sqlite");
  let refused: unknown;
  try {
    // SQLite would make a missing file for all to read, and no folder.
    host.appendTextNow(path, "", { mode: PRIVATE_FILE_MODE });
  } catch (error) {
    refused = error; // A file that may only be read can be opened all the same.
  }
  try {
    return new DatabaseSync(sqlitePath(path));
  } catch (error) {
    throw cannotOpen(file, messageOf(refused ?? error), refused ?? error);
  }
}

function cannotOpen({ path, format }: DatabaseFile, why: string, cause?: unknown): JournalError {
  return new JournalError("io", `Cannot open the ${format.what} "${path}": ${why}`, { cause });
}
