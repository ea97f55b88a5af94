/**
 * A journal in memory: for runs that need not survive their process, and for
 * simulations of a disk that fails.
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
import type { PermitTable } from "../core/schedule/permits.ts";

/** How many requests are kept, as in a file: whoever polls has long seen older ones. */
export const MAX_REQUESTS = 10_000;

/** An append that is about to be kept, as {@linkcode MemoryJournalOptions.fault} sees it. */
export interface AttemptedAppend {
  /** Which append of the whole store, from 1; refused ones do not count. */
  readonly nth: number;
  /** The run. */
  readonly runId: string;
  /** What is to be added. */
  readonly records: readonly string[];
}

/** Options for {@linkcode memoryJournal}. */
export interface MemoryJournalOptions {
  /**
   * Makes an append fail with `io`: `"before"` loses it, `"after"` keeps it and
   * says that it failed all the same, as a disk does that dies on its way back.
   */
  readonly fault?: (append: AttemptedAppend) => "before" | "after" | undefined;
}

/**
 * A store that forgets everything with its process.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const store = memoryJournal();
 * const summary = { runId: "etl-1", workflow: "etl", status: "RUNNING", startedAt: 0, trigger: "manual" };
 * const journal = await store.create(summary, { id: "me", pid: 1, birth: "" });
 * await journal.append(["first", "second"]);
 * assert.deepEqual(await Array.fromAsync(store.read("etl-1")), ["first", "second"]);
 * ```
 */
export function memoryJournal(options: MemoryJournalOptions = {}): JournalStore {
  return new MemoryJournalStore(options.fault ?? (() => undefined));
}

const DEFAULT_LIMIT = 50;

interface StoredRun {
  readonly records: string[];
  /** Raised by each opening, so that an earlier writer can be told from the present one. */
  epoch: number;
  summary: RunSummary;
  writer: Writer | undefined;
}

class MemoryJournalStore implements JournalStore {
  /** In order of creation. */
  readonly #runs = new Map<string, StoredRun>();
  #requests: readonly RunRequest[] = [];
  #lastSeq = 0;
  readonly #cursors = new Map<string, number>();
  #permits: PermitTable = [];
  readonly #fault: NonNullable<MemoryJournalOptions["fault"]>;
  #appends = 0;
  #closed = false;

  constructor(fault: NonNullable<MemoryJournalOptions["fault"]>) {
    this.#fault = fault;
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async create(
    summary: RunSummary,
    writer: Writer,
    records: readonly string[] = [],
    { newest }: NewRunOptions = {},
  ): Promise<RunJournal> {
    this.#assertOpen();
    const { runId } = summary;
    if (newest !== undefined && newest !== this.#newestOf(summary.workflow)) {
      throw new JournalError("overtaken", `Cannot make run "${runId}": another was quicker`);
    }
    if (this.#runs.has(runId)) {
      throw new JournalError("exists", `Cannot make run "${runId}": there is one already`);
    }
    const fault = records.length === 0 ? undefined : this.#faultAt(runId, records);
    const run: StoredRun = { records: [...records], epoch: 1, summary, writer };
    if (fault !== "before") this.#runs.set(runId, run);
    if (fault === undefined) return this.#journal(run);
    // Whoever was not told that it is there does not hold it either.
    run.writer = undefined;
    throw new JournalError("io", `Cannot make run "${runId}": the disk failed`);
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async open(
    runId: string,
    writer: Writer,
    lives: (other: Writer) => boolean,
  ): Promise<RunJournal> {
    this.#assertOpen();
    const run = this.#runs.get(runId);
    if (run === undefined) {
      throw new JournalError("not-found", `Cannot open run "${runId}": there is none`);
    }
    if (run.writer !== undefined && lives(run.writer)) {
      const holder = `process ${run.writer.pid}`;
      throw new JournalError("busy", `Cannot open run "${runId}": ${holder} is writing it`);
    }
    run.epoch++;
    run.writer = writer;
    return this.#journal(run);
  }

  async *read(runId: string, from = 0): AsyncIterable<string> {
    this.#assertOpen();
    yield* this.#runs.get(runId)?.records.slice(from) ?? [];
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async find(runId: string): Promise<RunSummary | undefined> {
    this.#assertOpen();
    return this.#runs.get(runId)?.summary;
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async list(query: RunQuery = {}): Promise<readonly RunSummary[]> {
    this.#assertOpen();
    const { settledFrom } = query;
    const all = Array.from(this.#runs.values(), ({ summary }) => summary);
    const inOrder = settledFrom === undefined ? all.reverse() : inOrderOfEnd(all);
    return startingBehind(inOrder, query.after)
      .filter(({ settledAt = -Infinity }) => settledFrom === undefined || settledAt >= settledFrom)
      .filter(({ runId }) => !query.held || this.#runs.get(runId)?.writer !== undefined)
      .filter(({ workflow }) => query.workflow === undefined || workflow === query.workflow)
      .filter(({ status }) => query.statuses?.includes(status) ?? true)
      .slice(0, query.limit ?? DEFAULT_LIMIT);
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async remove(runId: string, lives: (other: Writer) => boolean): Promise<void> {
    this.#assertOpen();
    const run = this.#runs.get(runId);
    if (run?.writer !== undefined && lives(run.writer)) {
      const holder = `process ${run.writer.pid}`;
      throw new JournalError("busy", `Cannot remove run "${runId}": ${holder} is writing it`);
    }
    this.#runs.delete(runId);
    if (run !== undefined) run.epoch++; // Whoever still has it open is fenced off.
    this.#requests = this.#requests.filter((request) => request.runId !== runId);
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async writerOf(runId: string): Promise<Writer | undefined> {
    this.#assertOpen();
    return this.#runs.get(runId)?.writer;
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async request(request: Omit<RunRequest, "seq">): Promise<void> {
    this.#assertOpen();
    const asked = { ...request, seq: ++this.#lastSeq };
    this.#requests = [...this.#requests, asked].slice(-MAX_REQUESTS);
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async requests(afterSeq: number): Promise<readonly RunRequest[]> {
    this.#assertOpen();
    return this.#requests.filter(({ seq }) => seq > afterSeq);
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async cursors(prefix: string): Promise<ReadonlyMap<string, number>> {
    this.#assertOpen();
    return new Map([...this.#cursors].filter(([key]) => key.startsWith(prefix)));
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async advance(cursors: ReadonlyMap<string, number>): Promise<void> {
    this.#assertOpen();
    for (const [key, at] of cursors) {
      this.#cursors.set(key, Math.max(at, this.#cursors.get(key) ?? at));
    }
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async permits(): Promise<PermitTable> {
    this.#assertOpen();
    return this.#permits;
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async changePermits(change: (table: PermitTable) => PermitTable): Promise<PermitTable> {
    this.#assertOpen();
    return this.#permits = change(this.#permits);
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async compact(): Promise<Compaction> {
    this.#assertOpen();
    return { freedBytes: 0 };
  }

  // deno-lint-ignore require-await -- the contract is asynchronous
  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new JournalError("closed", "Cannot use the journal: it is closed");
  }

  #newestOf(workflow: string): string | null {
    const own = [...this.#runs.values()].filter(({ summary }) => summary.workflow === workflow);
    return own.at(-1)?.summary.runId ?? null;
  }

  #journal(run: StoredRun): RunJournal {
    return new MemoryRunJournal(run, (records) => {
      this.#assertOpen();
      return this.#faultAt(run.summary.runId, records);
    });
  }

  #faultAt(runId: string, records: readonly string[]): "before" | "after" | undefined {
    return this.#fault({ nth: ++this.#appends, runId, records });
  }
}

function inOrderOfEnd(oldestFirst: readonly RunSummary[]): RunSummary[] {
  return oldestFirst
    .filter(({ settledAt }) => settledAt !== undefined)
    .sort((one, other) => (one.settledAt ?? 0) - (other.settledAt ?? 0));
}

function startingBehind(runs: readonly RunSummary[], after: string | undefined): RunSummary[] {
  if (after === undefined) return [...runs];
  const index = runs.findIndex(({ runId }) => runId === after);
  return index < 0 ? [] : runs.slice(index + 1);
}

class MemoryRunJournal implements RunJournal {
  readonly #run: StoredRun;
  readonly #epoch: number;
  readonly #fault: (records: readonly string[]) => "before" | "after" | undefined;
  #length: number;
  #closed = false;

  constructor(
    run: StoredRun,
    fault: (records: readonly string[]) => "before" | "after" | undefined,
  ) {
    this.#run = run;
    this.#epoch = run.epoch;
    this.#fault = fault;
    this.#length = run.records.length;
  }

  get length(): number {
    return this.#length;
  }

  // deno-lint-ignore require-await -- a refusal is a rejected promise
  async append(records: readonly string[], summary?: RunSummary): Promise<void> {
    this.#assertMine();
    const fault = this.#fault(records);
    if (fault === "before") throw this.#failure("lost before it was kept");
    for (const record of records) this.#run.records.push(record);
    if (summary !== undefined) this.#run.summary = summary;
    // The caller is not told, so the next append meets more records than it knows of.
    if (fault === "after") throw this.#failure("kept, but nobody was told");
    this.#length = this.#run.records.length;
  }

  // deno-lint-ignore require-await -- the contract is asynchronous
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#run.epoch === this.#epoch) this.#run.writer = undefined;
  }

  #assertMine(): void {
    const { runId } = this.#run.summary;
    if (this.#closed) {
      throw new JournalError("closed", `Cannot append to run "${runId}": its journal is closed`);
    }
    if (this.#run.epoch !== this.#epoch || this.#run.records.length !== this.#length) {
      throw new JournalError(
        "fenced",
        `Cannot append to run "${runId}": another writer took it over`,
      );
    }
  }

  #failure(what: string): JournalError {
    return new JournalError("io", `Cannot append to run "${this.#run.summary.runId}": ${what}`);
  }
}
