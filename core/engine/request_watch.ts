/**
 * Looks now and then whether another process has asked something of a run
 * that this engine drives: `sluice cancel`, or the endpoint.
 *
 * @module
 */
import type { JournalStore, RunRequest } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";

/** Milliseconds between two looks. */
export const REQUEST_POLL_MS = 200;

/** What a watch is made of. */
export interface RequestWatchOptions {
  readonly clock: Clock;
  readonly store: () => Promise<JournalStore>;
  /** Called at each look, for whoever waits for another process besides. */
  readonly beat: () => Promise<void>;
  /** Called with each request, once. */
  readonly answer: (request: RunRequest) => void;
}

/** Watches for requests while there is somebody to answer them. */
export class RequestWatch {
  readonly #options: RequestWatchOptions;
  #controller: AbortController | undefined;
  #watching: Promise<void> = Promise.resolve();
  #seen = 0;

  /**
   * Makes one.
   *
   * @param options What the watch is made of.
   */
  constructor(options: RequestWatchOptions) {
    this.#options = options;
  }

  /** Goes on watching, or stops. */
  keep(wanted: boolean): void {
    if (!wanted) this.#controller?.abort();
    else if (this.#controller === undefined || this.#controller.signal.aborted) {
      this.#controller = new AbortController();
      this.#watching = this.#watch(this.#controller.signal);
    }
  }

  /** Looks at all requests once more, for a run that was taken up only now. */
  startOver(): void {
    this.#seen = 0;
  }

  /** Stops, and waits until the last look is over. */
  async stop(): Promise<void> {
    this.#controller?.abort();
    await this.#watching;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, store, answer, beat } = this.#options;
    while (!signal.aborted) {
      // A store that cannot be read now is asked again; the run itself will meet the trouble.
      const requests = await store().then((store) => store.requests(this.#seen)).catch(() => []);
      for (const request of requests) {
        this.#seen = Math.max(this.#seen, request.seq);
        answer(request);
      }
      await beat();
      await clock.pause(REQUEST_POLL_MS, signal).catch(() => {}); // Aborted: the loop ends.
    }
  }
}
