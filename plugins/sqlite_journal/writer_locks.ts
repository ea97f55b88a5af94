/**
 * Who is at work in a store. Each writer has a small file of its own, and a lock
 * on it that the kernel takes back when its process is gone, however that ended:
 * whoever gets the lock knows that the writer is dead, and needs to see neither
 * its process nor its clock.
 *
 * The lock is SQLite's, which both runtimes have and which the journal itself
 * rests on: where these locks do not work, neither does a write-ahead log. They
 * belong to the process, so that nothing that it starts inherits them. What
 * closes the file in the same process gives them up; only SQLite, which keeps
 * count, may therefore open it (https://sqlite.org/howtocorrupt.html, 2.2).
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { encodeName, type FileName } from "../../core/plugin/file_name.ts";
import { JournalError, type Writer } from "../../core/plugin/journal.ts";
import type { Host } from "../../core/plugin/ports.ts";
import { messageOf } from "../../core/source/message_of.ts";
import { sqlitePath } from "./database.ts";

/** The folder of the locks, beside the database. */
export const LOCK_FOLDER = "engines";

/** How many files of others are left lying about, which are looked at only when there are more. */
export const MAX_LEFT = 8;

/** How many files one sweep looks at. */
export const MAX_SWEPT = 256;

/** Milliseconds for which a new lock waits for those who look whether anybody has it. */
const TAKE_TIMEOUT_MS = 1_000;

/** A sweep may remove a new file before it is locked; hardly twice. */
const MAX_TRIES = 3;

/** Whose folder is private, too: the files that follow say nothing. */
const PRIVATE_FILE_MODE = 0o600;

/** Without a file for the undoing of what is never written. */
const NO_JOURNAL = "PRAGMA journal_mode = MEMORY";

/** Where the locks are. */
export interface WriterLocksOptions {
  /** The folder of the store. */
  readonly folder: string;
  /** Makes, lists and removes the files. */
  readonly host: Pick<Host, "appendTextNow" | "isFileNow" | "listNames" | "remove">;
}

/** The ids of the writers that the store still tells of. */
export type ToldOf = () => Iterable<string>;

/** The locks of a store: those of this process, and a look at those of others. */
export class WriterLocks {
  readonly #folder: string;
  readonly #host: WriterLocksOptions["host"];
  readonly #sqlite: typeof DatabaseSync;
  /** By file. Held here, since a connection that nobody holds is closed some day. */
  readonly #own = new Map<FileName, DatabaseSync>();

  private constructor({ folder, host }: WriterLocksOptions, sqlite: typeof DatabaseSync) {
    this.#folder = `${folder}/${LOCK_FOLDER}`;
    this.#host = host;
    this.#sqlite = sqlite;
  }

  /** Takes no lock yet. */
  static async open(options: WriterLocksOptions): Promise<WriterLocks> {
    const { DatabaseSync } = await import("node:sqlite");
    return new WriterLocks(options, DatabaseSync);
  }

  /**
   * Lets everybody know that this writer lives, until the locks are released.
   *
   * @throws {JournalError} `io` when that cannot be done: whoever cannot be seen must not write.
   */
  take({ id }: Writer): void {
    const name = encodeName(id);
    if (this.#own.has(name)) return;
    const path = this.#pathOf(name);
    try {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const lock = this.#taken(path);
        // A sweep that came before the lock has removed the file, and nobody would find the lock.
        if (this.#host.isFileNow(path)) return void this.#own.set(name, lock);
        lock.close();
      }
    } catch (cause) {
      throw cannotLock(path, messageOf(cause), cause);
    }
    throw cannotLock(path, "somebody removes it");
  }

  /** Whether a writer lives; `undefined` where it has no file. */
  lives({ id }: Writer): boolean | undefined {
    const name = encodeName(id);
    if (this.#own.has(name)) return true;
    try {
      return this.#host.isFileNow(this.#pathOf(name)) ? this.#isHeld(name) : undefined;
    } catch {
      return true; // As `#isHeld()` has it.
    }
  }

  /**
   * Gives the locks of this process up, and the files with them. Those of
   * writers that the store still tells of stay: whoever asks is to find them dead.
   */
  async release(toldOf: ToldOf): Promise<void> {
    try {
      await this.#remove(unknownOf([...this.#own.keys()], toldOf));
    } finally {
      for (const lock of this.#own.values()) lock.close();
      this.#own.clear();
    }
  }

  /** Removes what dead writers have left of whom the store no longer tells, once there are more files than `atMost`. */
  async sweep(toldOf: ToldOf, { atMost = 0 }: { readonly atMost?: number } = {}): Promise<void> {
    const names = await this.#host.listNames(this.#folder) ?? [];
    if (names.length <= atMost) return;
    const dead = names.flatMap(lockNamed).slice(0, MAX_SWEPT)
      .filter((name) => !this.#own.has(name) && !this.#isHeld(name));
    const locks = new Map(unknownOf(dead, toldOf).flatMap((name) => this.#lockedNow(name)));
    try {
      // Told of by now: it was about to begin when it was looked at, and has died since.
      await this.#remove(unknownOf([...locks.keys()], toldOf));
    } finally {
      for (const lock of locks.values()) lock.close();
    }
  }

  #taken(path: string): DatabaseSync {
    try {
      return this.#locked(path, TAKE_TIMEOUT_MS);
    } catch (error) {
      if (this.#host.isFileNow(path)) throw error;
      // The first of the store: there is no folder yet.
      this.#host.appendTextNow(path, "", { mode: PRIVATE_FILE_MODE });
      return this.#locked(path, TAKE_TIMEOUT_MS);
    }
  }

  #lockedNow(name: FileName): readonly (readonly [FileName, DatabaseSync])[] {
    try {
      return [[name, this.#locked(this.#pathOf(name), 0)]];
    } catch {
      return []; // It is somebody's, or not for us to remove.
    }
  }

  #locked(path: string, timeoutMs: number): DatabaseSync {
    const lock = new this.#sqlite(sqlitePath(path));
    try {
      lock.exec(`PRAGMA busy_timeout = ${timeoutMs}; ${NO_JOURNAL}`);
      lock.exec("BEGIN EXCLUSIVE");
      return lock;
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Shared, so that those who look at the same time do not take one another for the writer. Whoever cannot be asked lives: to wait is safe. */
  #isHeld(name: FileName): boolean {
    try {
      const lock = new this.#sqlite(sqlitePath(this.#pathOf(name)), { readOnly: true });
      try {
        lock.exec("PRAGMA busy_timeout = 0");
        lock.prepare("SELECT 1 FROM sqlite_schema").get();
        return false;
      } finally {
        lock.close();
      }
    } catch {
      return true;
    }
  }

  async #remove(names: readonly FileName[]): Promise<void> {
    await Promise.all(names.map((name) => this.#host.remove(this.#pathOf(name))));
  }

  #pathOf(name: FileName): string {
    return `${this.#folder}/${name}`;
  }
}

/** What is not named as engines name themselves is somebody else's. */
function lockNamed(file: string): readonly FileName[] {
  const name = encodeName(file);
  return name === file ? [name] : [];
}

/** The files of writers that the store does not tell of. */
function unknownOf(names: readonly FileName[], toldOf: ToldOf): readonly FileName[] {
  if (names.length === 0) return [];
  const told = new Set(Array.from(toldOf(), encodeName));
  return names.filter((name) => !told.has(name));
}

function cannotLock(path: string, why: string, cause?: unknown): JournalError {
  return new JournalError("io", `Cannot lock "${path}": ${why}; nothing was begun`, { cause });
}
