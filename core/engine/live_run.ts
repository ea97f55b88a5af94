/**
 * A run that an engine drives, as its starter holds it.
 *
 * @module
 */
import type { JournalStore } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";
import { decodeEvent } from "../run/codec.ts";
import type { RunCommand } from "../run/command.ts";
import type { RunEvent } from "../run/event.ts";
import { Inbox } from "./inbox.ts";
import type { Result } from "./result.ts";
import type { RunHandle } from "./run_handle.ts";

/** What {@linkcode LiveRun} is made of. */
export interface LiveRunOptions {
  /** Where its journal is. */
  readonly store: () => Promise<JournalStore>;
  /** Time, for what is asked of the run. */
  readonly clock: Clock;
  /** Requests up to here an earlier engine has answered. */
  readonly answeredSeq: number;
  /** Carries the run out, and says what it comes to; begins at once. */
  readonly drive: (run: LiveRun) => Promise<Result>;
}

/** A run that an engine drives. */
export class LiveRun implements RunHandle {
  readonly runId: string;
  readonly result: Promise<Result>;
  begunMs: number | undefined;
  /** Where commands wait for it. */
  readonly inbox: Inbox<RunCommand> = new Inbox<RunCommand>();
  /** Requests up to here have been answered. */
  answeredSeq: number;
  readonly #store: () => Promise<JournalStore>;
  readonly #clock: Clock;
  #over = false;
  /** Rung when there is more in the journal, or when there will be no more; made when somebody waits. */
  #bell: PromiseWithResolvers<void> | undefined;

  /**
   * Begins to drive it.
   *
   * @param runId Its id.
   * @param options What it is made of.
   */
  constructor(runId: string, { store, clock, answeredSeq, drive }: LiveRunOptions) {
    this.runId = runId;
    this.answeredSeq = answeredSeq;
    this.#store = store;
    this.#clock = clock;
    this.result = drive(this).finally(() => {
      this.#over = true;
      this.ring();
    });
    // Whoever holds the handle may never ask for the result.
    this.result.catch(() => {});
  }

  cancel(by: string, why: string): void {
    this.inbox.put({ type: "cancel", at: this.#clock.now(), by, why });
  }

  /** Says that there is more in the journal. */
  ring(): void {
    this.#bell?.resolve();
    this.#bell = undefined;
  }

  /** Follows the journal, so that nothing is missed however late or slowly somebody reads. */
  async *events(): AsyncGenerator<RunEvent> {
    const store = await this.#store();
    let seen = 0;
    for (;;) {
      const wasOver = this.#over;
      // Before the journal is read: what comes meanwhile rings it.
      const bell = this.#bell ??= Promise.withResolvers();
      for await (const record of store.read(this.runId, seen)) {
        seen++;
        yield decodeEvent(record);
      }
      if (wasOver) return;
      if (!this.#over) await bell.promise;
    }
  }
}
