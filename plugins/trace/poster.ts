/**
 * Sends texts to an HTTP endpoint beside whatever goes on: never more than one
 * request at a time, so many bytes waiting, so many attempts at each.
 *
 * @module
 */
import type { Clock } from "../../core/plugin/ports.ts";

/** So many items wait at most; beyond that the oldest is dropped and counted. */
export const MAX_WAITING = 10_000;

/** So many items go in one request. */
export const MAX_BATCH = 500;

/** Milliseconds that the end of a run waits for what is still to be sent. */
export const MAX_FLUSH_MS = 5_000;

/** Milliseconds before the second attempt; twice as long before each further one. */
const FIRST_PAUSE_MS = 250;

/** Sends one request; as `fetch` does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where and how to send. */
export interface PosterOptions<Item> {
  /** For messages. */
  readonly name: string;
  /** Where to. */
  readonly url: string;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that a request may take. */
  readonly timeoutMs: number;
  /** Further attempts after the first. */
  readonly maxRetries: number;
  /** A request's body. */
  readonly bodyOf: (items: readonly Item[]) => string;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly warn: (message: string) => void;
}

/** Items on their way to an endpoint. */
export class Poster<Item> {
  readonly #options: PosterOptions<Item>;
  #waiting: Item[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;

  /** @param options Where and how to send. */
  constructor(options: PosterOptions<Item>) {
    this.#options = options;
  }

  /** Takes items, at once; they are sent in the background. */
  add(items: readonly Item[]): void {
    this.#waiting.push(...items);
    const excess = this.#waiting.length - MAX_WAITING;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.#dropped += excess;
    }
    // It never rejects: what cannot be sent is counted.
    this.#sending ??= this.#sendAll().finally(() => this.#sending = undefined);
  }

  /** Waits a while until all is sent, and says what could not be. */
  async flush(): Promise<void> {
    const { clock, name, warn } = this.#options;
    const giveUp = new AbortController();
    const late = clock.pause(MAX_FLUSH_MS, giveUp.signal).catch(() => {}); // It was sent in time.
    await Promise.race([this.#sending, late]);
    giveUp.abort();
    if (this.#dropped === 0) return;
    warn(`Trace "${name}" lost ${this.#dropped} entries: its endpoint does not take them`);
    this.#dropped = 0;
  }

  async #sendAll(): Promise<void> {
    // What comes in the same breath goes in one request.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      if (!await this.#send(this.#options.bodyOf(batch))) this.#dropped += batch.length;
    }
  }

  /** Whether it was taken. */
  async #send(body: string): Promise<boolean> {
    const { clock, maxRetries } = this.#options;
    for (let attempt = 0; attempt <= maxRetries; attempt++) {
      if (attempt > 0) {
        const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1);
        await clock.pause(pauseMs, new AbortController().signal);
      }
      const answer = await this.#post(body);
      if (answer !== "again") return answer === "taken";
    }
    return false;
  }

  async #post(body: string): Promise<"taken" | "refused" | "again"> {
    const { url, headers, timeoutMs, fetch } = this.#options;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      // A redirect would take the headers, and so the key, to somebody else.
      const init: RequestInit = { method: "POST", headers, body, signal, redirect: "error" };
      const response = await fetch(url, init);
      await response.body?.cancel();
      if (response.ok) return "taken";
      return response.status === 429 || response.status >= 500 ? "again" : "refused";
    } catch {
      return "again"; // It cannot be reached now; what is lost in the end is counted and told.
    }
  }
}
