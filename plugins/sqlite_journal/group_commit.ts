/**
 * Many writes, one flush of the disk.
 *
 * @module
 */
import { JournalError } from "../../core/plugin/journal.ts";
import { type Database, messageOf, type TransactionOptions } from "./database.ts";
import { NextTurn } from "./next_turn.ts";

/** The most writes that share a transaction: what waits behind them is not kept waiting long. */
export const MAX_GROUP = 4_096;

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

  /** Writes to one database; there must be one only for each. */
  constructor(database: Database) {
    this.#database = database;
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
    this.#flush();
  }

  #flush(): void {
    while (this.#waiting.length > 0) this.#commit(this.#waiting.splice(0, MAX_GROUP));
  }

  #commit(group: readonly Waiting[]): void {
    const tellers: (() => void)[] = [];
    try {
      this.#database.transaction(() => {
        for (const waiting of group) tellers.push(written(waiting));
      }, { isLasting: group.some(({ isLasting }) => isLasting) });
    } catch (error) {
      const failure = this.#failure(error);
      for (const { reject } of group) reject(failure);
      return;
    }
    for (const tell of tellers) tell();
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
