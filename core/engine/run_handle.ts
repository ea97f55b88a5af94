/**
 * A run that has been started, as its starter holds it.
 *
 * @module
 */
import type { RunEvent } from "../run/event.ts";
import type { Result } from "./result.ts";

/** Events that nobody has taken yet are kept up to this many; older ones are dropped, since the journal has them all. */
export const MAX_UNREAD_EVENTS = 10_000;

/** A run that has been started. */
export interface RunHandle {
  /** The run's id. */
  readonly runId: string;
  /** What it comes to. Rejects only when it cannot be journalled any more; then it can be resumed. */
  readonly result: Promise<Result>;
  /** The run's events from its start, as they become durable, to its end. */
  events(): AsyncIterable<RunEvent>;
  /** Asks for an early end; a second time ends clean-up as well. */
  cancel(by: string, why: string): void;
}

/** Hands events from a run to somebody who iterates over them. */
export class EventFeed implements AsyncIterable<RunEvent> {
  readonly #unread: RunEvent[] = [];
  #arrival = Promise.withResolvers<void>();
  #ended = false;

  /** Adds events. */
  put(events: readonly RunEvent[]): void {
    this.#unread.push(...events);
    const excess = this.#unread.length - MAX_UNREAD_EVENTS;
    if (excess > 0) this.#unread.splice(0, excess);
    this.#arrival.resolve();
  }

  /** Says that there will be no more. */
  end(): void {
    this.#ended = true;
    this.#arrival.resolve();
  }

  /** Yields events until the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent> {
    for (;;) {
      const events = this.#unread.splice(0);
      yield* events;
      if (this.#unread.length > 0) continue;
      if (this.#ended) return;
      this.#arrival = Promise.withResolvers();
      await this.#arrival.promise;
    }
  }
}
