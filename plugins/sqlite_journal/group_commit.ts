/**
 * Many writes, one flush of the disk.
 *
 * @module
 */
import { JournalError } from "../../core/plugin/journal.ts";
import type { Clock } from "../../core/plugin/ports.ts";
import { messageOf } from "../../core/source/message_of.ts";
import {
  BUSY_TIMEOUT_MS,
  type Database,
  DatabaseBusyError,
  type TransactionOptions,
} from "./database.ts";
import { NextTurn } from "./next_turn.ts";

/** The most writes that share a transaction: what waits behind them is not kept waiting long. */
export const MAX_GROUP = 4_096;

/** Milliseconds that the event loop stands still at most while another process writes. */
export const BUSY_SLICE_MS = 10;

/** Milliseconds until a write is tried again for which another process left no room. */
export const BUSY_RETRY_MS = 20;

interface Waiting {
  readonly isLasting: boolean;
  /** Writes, and says how to tell the caller once that is on disk. */
  readonly write: () => () => void;
  readonly reject: (error: JournalError) => void;
}

/**
 * Carries out all writes of one turn of the event loop in one transaction, so
 * that a thousand runs share one flush and a lone run waits for nobody.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #nextTurn = new NextTurn();
  /** One for all turns: each of its own would keep what is written as long as V8 keeps the turn. */
  readonly #onTurn = () => this.#flush();
  #waiting: Waiting[] = [];
  #closed = false;
  readonly #clock: Clock | undefined;
  readonly #ending = new AbortController();
  /** Since when another process has left no room, by the clock. */
  #busySince: number | undefined;

  /**
   * Writes to one database; there must be one only for each. With a clock it
   * lets the event loop go on while another process writes; without one, the
   * loop stands still.
   */
  constructor(database: Database, clock?: Clock) {
    this.#database = database;
    this.#clock = clock;
    if (clock !== undefined) database.waitAtMost(BUSY_SLICE_MS);
  }

  /**
   * Queues a write; resolves once it is on disk, or with the system where it
   * need not last. It may refuse with a
   * {@linkcode JournalError} as long as it has written nothing: that fails it
   * alone. Any other error fails all that share its transaction.
   */
  submit<T>(write: () => T, { isLasting = true }: TransactionOptions = {}): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new JournalError("closed", "Cannot write the journal: it is closed"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#waiting.length === 0) this.#nextTurn.call(this.#onTurn);
    this.#waiting.push({ isLasting, write: () => resolving(resolve, write()), reject });
    return promise;
  }

  /** Whether it takes no more writes. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Carries out what waits and takes no more. */
  close(): void {
    this.#closed = true;
    this.#ending.abort();
    if (this.#waiting.length > 0) this.#database.waitAtMost(BUSY_TIMEOUT_MS);
    this.#flush();
  }

  #flush(): void {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_GROUP);
      if (this.#commit(group)) continue;
      this.#waiting = [...group, ...this.#waiting];
      return;
    }
  }

  /** Says whether the group is done with: kept or refused. Otherwise it is tried again later. */
  #commit(group: readonly Waiting[]): boolean {
    const tellers: (() => void)[] = [];
    try {
      this.#database.transaction(() => {
        for (const waiting of group) tellers.push(written(waiting));
      }, { isLasting: group.some(({ isLasting }) => isLasting) });
    } catch (error) {
      if (error instanceof DatabaseBusyError && this.#waitsForRoom()) return false;
      this.#busySince = undefined;
      const failure = this.#failure(error);
      for (const { reject } of group) reject(failure);
      return true;
    }
    this.#busySince = undefined;
    for (const tell of tellers) tell();
    return true;
  }

  /** Tries again soon, unless there has been no room for too long. */
  #waitsForRoom(): boolean {
    const clock = this.#clock;
    if (clock === undefined || this.#closed) return false;
    const now = clock.now();
    // A clock that was put back would have it wait for that much longer.
    if (this.#busySince === undefined || now < this.#busySince) this.#busySince = now;
    if (now - this.#busySince >= BUSY_TIMEOUT_MS) return false;
    clock.pause(BUSY_RETRY_MS, this.#ending.signal)
      .then(() => this.#flush(), () => {}); // Closed: that has carried out what waited.
    return true;
  }

  #failure(cause: unknown): JournalError {
    const message = `Cannot write the journal "${this.#database.path}": ${messageOf(cause)}`;
    return new JournalError("io", message, { cause });
  }
}

function resolving<T>(resolve: (value: T) => void, value: T): () => void {
  return () => resolve(value);
}

function written({ write, reject }: Waiting): () => void {
  try {
    return write();
  } catch (error) {
    if (error instanceof JournalError) return () => reject(error);
    throw error;
  }
}
