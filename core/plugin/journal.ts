/**
 * What makes a run survive: the journal.
 *
 * A journal keeps records in the order in which they were given and knows
 * nothing of what they say; `core/run/codec.ts` turns events into records.
 *
 * @module
 */

import type { PermitTable } from "../schedule/permits.ts";

/** What a list of runs shows of one. */
export interface RunSummary {
  /** The run's id. */
  readonly runId: string;
  /** The workflow's name. */
  readonly workflow: string;
  /** `RUNNING`, `WAIT`, or the final status: `SUCCESS`, `FAILED`, `SKIP`, `CANCEL`. */
  readonly status: string;
  /** When it began, in epoch milliseconds. */
  readonly startedAt: number;
  /** When it ended, in epoch milliseconds. */
  readonly settledAt?: number;
  /** What started it: `manual`, `schedule`, `release` of another workflow, `backfill`, `http` or `stage`. */
  readonly trigger: string;
  /** The run whose stage started this one, if any. */
  readonly parentRunId?: string;
}

/** The statuses of a run that has not ended. */
export const OPEN_STATUSES: readonly string[] = ["RUNNING", "WAIT"];

/** Who writes a run: a process that may be asked whether it still lives. */
export interface Writer {
  /** Unique for each engine that was ever started. */
  readonly id: string;
  /** Its process id. */
  readonly pid: number;
  /** A token that tells this process from a later one with the same pid; `""` where the system has none. */
  readonly birth: string;
}

/** Which runs to list. */
export interface RunQuery {
  /** Only this workflow. */
  readonly workflow?: string;
  /** Only these statuses. */
  readonly statuses?: readonly string[];
  /** Only runs that were not given up: somebody is at them, or died over them. @default all */
  readonly held?: true;
  /**
   * Only runs that ended at this moment or later, in epoch milliseconds, and in another order: the
   * one that ended first comes first, and of those that ended at once the one that is older.
   * @default all, newest first
   */
  readonly settledFrom?: number;
  /** At most so many, newest first. @default 50 */
  readonly limit?: number;
  /** Only runs that come after this run id in that order. */
  readonly after?: string;
}

/** Something asked of a run from outside its engine's process. */
export interface RunRequest {
  /** Position in the queue of requests. */
  readonly seq: number;
  /** The run. */
  readonly runId: string;
  /** What is asked. */
  readonly type: "cancel";
  /** Who asks. */
  readonly by: string;
  /** Why. */
  readonly why: string;
}

/** The open journal of one run: one writer, append only. */
export interface RunJournal {
  /** How many records there are. */
  readonly length: number;
  /**
   * Adds records behind what is there; resolves once they are on disk. Either
   * all are kept or none.
   *
   * @throws {JournalError} `fenced` when another writer took the run over; `io` when the disk would not.
   */
  append(records: readonly string[], summary?: RunSummary): Promise<void>;
  /** Gives the run up, so that another writer may open it at once. */
  close(): Promise<void>;
}

/** What came of making a store smaller. */
export interface Compaction {
  /** Bytes that the disk has back. */
  readonly freedBytes: number;
}

/** Under which condition a run is made. */
export interface NewRunOptions {
  /**
   * The id of the run of its workflow that was made last, `null` where there was none: if
   * another one is by now, somebody who looked at the same moment was quicker, and the run is
   * not made. @default it is made in any case
   */
  readonly newest?: string | null | undefined;
}

/** Keeps the journals of many runs. */
export interface JournalStore {
  /**
   * Makes a run's journal with its first records and opens it for writing;
   * resolves once all of that is on disk. Either all is kept or nothing.
   *
   * @throws {JournalError} `exists` when there is such a run; `overtaken` as the options have it;
   * `io` when the disk would not.
   */
  create(
    summary: RunSummary,
    writer: Writer,
    records?: readonly string[],
    options?: NewRunOptions,
  ): Promise<RunJournal>;
  /**
   * Opens a run for writing and fences off whoever wrote it before.
   *
   * @throws {JournalError} `not-found`; `busy` while its writer lives, as told by `lives`.
   */
  open(runId: string, writer: Writer, lives: (other: Writer) => boolean): Promise<RunJournal>;
  /** The records of a run from position `from` (0 is the first), as far as they are on disk. */
  read(runId: string, from?: number): AsyncIterable<string>;
  /** One run's summary, or `undefined`. */
  find(runId: string): Promise<RunSummary | undefined>;
  /** Runs, newest first. */
  list(query?: RunQuery): Promise<readonly RunSummary[]>;
  /**
   * Removes a run with its records and the requests that were left for it; quiet when there is none.
   *
   * @throws {JournalError} `busy` while its writer lives.
   */
  remove(runId: string, lives: (other: Writer) => boolean): Promise<void>;
  /** Who holds a run, if anybody does. */
  writerOf(runId: string): Promise<Writer | undefined>;
  /**
   * Whether a writer that this store told of is still there, at once. For a store that can tell
   * better than a look for the writer's process, which another container does not see: it takes
   * hold of something before a writer's first run is kept, which is free as soon as its process
   * is gone, however that ended, or has closed the store, and not before. `undefined` where it
   * cannot tell, as of whoever wrote with an earlier version; then the process is looked for.
   * A writer that cannot be asked about lives. @default it never can tell
   */
  lives?(writer: Writer): boolean | undefined;
  /**
   * Does now what the next runs of this writer would wait for: somebody knows that many will come
   * at one moment. What it cannot do, they do. @default there is nothing to do
   */
  prepare?(writer: Writer): Promise<void>;
  /** Leaves a request for whoever writes the run. */
  request(request: Omit<RunRequest, "seq">): Promise<void>;
  /** Requests with a position above `seq`; cheap enough to ask several times a second. */
  requests(afterSeq: number): Promise<readonly RunRequest[]>;
  /**
   * The cursors whose keys begin with `prefix`. A cursor is a number that only
   * grows: how far something has come. Whoever reads it after an `advance` was
   * resolved finds it there, in any process.
   */
  cursors(prefix: string): Promise<ReadonlyMap<string, number>>;
  /** Moves cursors on, all or none; one that is further already stays where it is. Keys are printable ASCII, values whole numbers. */
  advance(cursors: ReadonlyMap<string, number>): Promise<void>;
  /** Who holds a place in a concurrency group, and who waits for one; cheap enough to ask several times a second. */
  permits(): Promise<PermitTable>;
  /**
   * Changes the permits in one step, of which no other process sees a part, and
   * gives back what they are now. `change` is pure and may be called again.
   */
  changePermits(change: (table: PermitTable) => PermitTable): Promise<PermitTable>;
  /**
   * Gives back the room of what was removed, in steps so small that no writer
   * has to wait for long.
   *
   * @throws {JournalError} `busy` when that cannot be done while a run is being written.
   */
  compact(): Promise<Compaction>;
  /** Ends all writing and frees what is held. */
  close(): Promise<void>;
}

/**
 * Whether a writer lives: as the store has it, and where it cannot tell, as `otherwise` has it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const ofEarlierVersion = { id: "engine-1", pid: 1, birth: "" };
 * const lives = livesIn({ lives: () => undefined }, () => true);
 * assert.equal(lives(ofEarlierVersion), true);
 * ```
 */
export function livesIn(
  store: Pick<JournalStore, "lives">,
  otherwise: (writer: Writer) => boolean,
): (writer: Writer) => boolean {
  return (writer) => store.lives?.(writer) ?? otherwise(writer);
}

/** Why a journal would not. */
export class JournalError extends Error {
  /** The error's class as users see it. */
  override readonly name = "JournalError";

  /**
   * Makes one.
   *
   * @param code Which of the reasons.
   * @param message What could not be done, and why.
   */
  constructor(
    readonly code: "exists" | "not-found" | "overtaken" | "busy" | "fenced" | "io" | "closed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
