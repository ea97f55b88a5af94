/**
 * Runs that are new or have changed, for lists of runs.
 *
 * @module
 */
import type { Engine } from "../../../core/engine/engine.ts";
import { OPEN_STATUSES } from "../../../core/plugin/journal.ts";
import type { RunDocument } from "../api/runs.ts";
import type { RunReader } from "../run_reader.ts";
import { Bell } from "./bell.ts";
import { BATCH_LENGTH, KEEP_ALIVE, KEEP_ALIVE_MS, type StreamSource } from "./event_stream.ts";
import { Ring } from "./ring.ts";

/** Milliseconds between two looks at the runs of other processes. */
export const LIST_POLL_MS = 1_000;

/** Milliseconds between two looks at most, however many runs begin and end. */
export const LIST_REST_MS = 100;

/** So many of the newest runs are looked at, and as many that have not ended. */
export const MAX_WATCHED_RUNS = 200;

/** Says that a reader was too slow: it reads the list again. */
export const GAP = "event: gap\ndata: {}\n\n";

/** A stream of changes that has begun. */
export interface OpenChanges {
  /** The messages. */
  readonly source: StreamSource;
  /** Called once nobody reads them any more. */
  readonly close: () => void;
}

/** Watches the list of runs while anybody follows it. */
export class ChangeFeed {
  readonly #engine: Engine;
  readonly #reader: RunReader;
  readonly #ring = new Ring();
  readonly #woken = new Bell();
  readonly #grown = new Bell();
  /** Nobody rings it. */
  readonly #undisturbed = new Bell();
  /** How each run was when it was last told of. */
  #told = new Map<string, string>();
  #followers = 0;
  #watching = false;
  #stop = new AbortController();
  #wanted = false;

  /** @param engine Whose runs. */
  constructor(engine: Engine, reader: RunReader) {
    this.#engine = engine;
    this.#reader = reader;
  }

  /** Says that a run that is driven here has begun or ended. */
  wake(): void {
    this.#wanted = true;
    this.#woken.ring();
  }

  /**
   * Begins to follow: what changes from now on is told, whenever the messages
   * are read. So whoever has the stream can read the list without a gap.
   */
  async open(): Promise<OpenChanges> {
    this.#followers++;
    const close = () => {
      if (--this.#followers === 0) this.#stop.abort();
    };
    try {
      if (!this.#watching) await this.#begin();
    } catch (error) {
      close();
      throw error;
    }
    const from = this.#ring.end;
    return { source: (signal) => this.#follow(from, signal), close };
  }

  async *#follow(from: number, signal: AbortSignal): AsyncGenerator<string> {
    let at = from;
    while (!signal.aborted) {
      if (at < this.#ring.base) {
        yield GAP;
        at = this.#ring.base;
      }
      const items = this.#ring.from(at, BATCH_LENGTH);
      at += items.length;
      if (items.length > 0) yield items.map((item) => `data: ${item}\n\n`).join("");
      else if (await this.#grown.wait(KEEP_ALIVE_MS, signal)) yield KEEP_ALIVE;
    }
  }

  /** Whoever follows reads the list once the stream is open, so how things are now need not be told. */
  async #begin(): Promise<void> {
    this.#stop = new AbortController();
    this.#told = new Map((await this.#look()).map((run) => [run.run_id, JSON.stringify(run)]));
    // Somebody else may have been as quick.
    if (this.#watching) return;
    this.#watching = true;
    void this.#watch(this.#stop.signal); // It never rejects.
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#undisturbed.wait(LIST_REST_MS, signal);
      if (!this.#wanted) await this.#woken.wait(LIST_POLL_MS, signal);
      this.#wanted = false;
      // A store that cannot be read now is asked again.
      const runs = await this.#look().catch(() => undefined);
      if (runs !== undefined && !signal.aborted) this.#tell(runs);
    }
    this.#watching = false;
    if (this.#followers === 0) return;
    this.#watching = true;
    this.#stop = new AbortController();
    void this.#watch(this.#stop.signal); // Somebody came while the last one was leaving.
  }

  #tell(runs: readonly RunDocument[]): void {
    const now = new Map(runs.map((run) => [run.run_id, JSON.stringify(run)]));
    // The oldest first, as they began.
    for (const [runId, text] of [...now].reverse()) {
      if (this.#told.get(runId) !== text) this.#ring.push(text);
    }
    this.#told = now;
    this.#grown.ring();
  }

  /** The newest runs, those that have not ended, and those that had not when they were last looked at. */
  async #look(): Promise<readonly RunDocument[]> {
    const store = await this.#engine.store();
    const limit = MAX_WATCHED_RUNS;
    const found = new Map(
      [
        ...await store.list({ limit }),
        ...await store.list({ limit, statuses: OPEN_STATUSES }),
      ].map((run) => [run.runId, run]),
    );
    for (const [runId, text] of this.#told) {
      if (found.has(runId) || !text.includes('"ended_at":null')) continue;
      const run = await store.find(runId);
      if (run !== undefined) found.set(runId, run);
    }
    return await Promise.all([...found.values()].map((run) => this.#reader.document(run)));
  }
}
