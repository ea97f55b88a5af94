/**
 * Something that only grows, read once for all who follow it.
 *
 * @module
 */
import { Bell } from "./bell.ts";
import { BATCH_LENGTH, END, KEEP_ALIVE, KEEP_ALIVE_MS } from "./event_stream.ts";
import { Ring } from "./ring.ts";

/** What is followed. */
export interface FeedSource {
  /** The items from this number on, as far as they are there. */
  read(from: number): AsyncIterable<string>;
  /** Whether there will never be more than has been read, the latest item in view. */
  isOver(latest: string | undefined): Promise<boolean>;
  /** Items as messages; `from` is the number of the first. */
  messages(items: readonly string[], from: number): string;
  /** Milliseconds until it is looked at again when nobody has rung. */
  restMs(readMs: number): number;
}

/** Characters of a message for who is far behind: fewer messages are sooner through, and who is stuck holds one. */
const CATCH_UP_LENGTH = 2 * BATCH_LENGTH;

/** Reads a source while anybody follows it. */
export class Feed {
  readonly #source: FeedSource;
  readonly #ring = new Ring();
  /** Rung when the source may have more. */
  readonly #woken = new Bell();
  /** Rung when there is more to send, or nothing will come any more. */
  readonly #grown = new Bell();
  #followers = 0;
  #reading = false;
  #stop = new AbortController();
  #over = false;
  #failure: { readonly error: unknown } | undefined;
  #wanted = false;
  #batch = { from: -1, to: -1, text: "" };

  /** @param source What is followed. */
  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** How many follow it. */
  get followers(): number {
    return this.#followers;
  }

  /** Says that there may be more. */
  wake(): void {
    this.#wanted = true;
    this.#woken.ring();
  }

  /**
   * Messages from item `from` on. Whoever is too slow to take them from what is
   * kept for all reads on in the source alone, so nothing is lost and nothing
   * is kept for anybody.
   */
  async *follow(from: number, signal: AbortSignal): AsyncGenerator<string> {
    this.#attach();
    try {
      let at = from;
      while (!signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure.error;
        // A source that gives nothing of what it once had was removed.
        const items = at < this.#ring.base
          ? await this.#behind(at)
          : this.#ring.from(at, BATCH_LENGTH);
        if (items.length > 0) {
          yield this.#messages(items, at);
          at += items.length;
        } else if (this.#over) {
          yield END;
          return;
        } else if (await this.#grown.wait(KEEP_ALIVE_MS, signal)) yield KEEP_ALIVE;
      }
    } finally {
      this.#detach();
    }
  }

  /** Some of what is no longer kept. Nothing of the source is held while its reader takes its time. */
  async #behind(from: number): Promise<readonly string[]> {
    const items: string[] = [];
    let length = 0;
    for await (const item of this.#source.read(from)) {
      items.push(item);
      length += item.length;
      if (length >= CATCH_UP_LENGTH || from + items.length >= this.#ring.base) break;
    }
    return items;
  }

  /** Those who keep up are all sent the same. */
  #messages(items: readonly string[], from: number): string {
    const to = from + items.length;
    if (this.#batch.from !== from || this.#batch.to !== to) {
      this.#batch = { from, to, text: this.#source.messages(items, from) };
    }
    return this.#batch.text;
  }

  #attach(): void {
    this.#followers++;
    this.#failure = undefined;
    this.#start();
  }

  #detach(): void {
    this.#followers--;
    if (this.#followers === 0) this.#stop.abort();
  }

  #start(): void {
    if (this.#reading || this.#over || this.#followers === 0) return;
    this.#reading = true;
    this.#stop = new AbortController();
    // It never rejects.
    void this.#readOn(this.#stop.signal).catch((error: unknown) => {
      this.#failure = { error };
    }).finally(() => {
      this.#reading = false;
      this.#grown.ring();
      // Somebody may have come while the last one was leaving.
      if (this.#failure === undefined) this.#start();
    });
  }

  async #readOn(signal: AbortSignal): Promise<void> {
    let ending = false;
    let latest: string | undefined;
    while (!signal.aborted) {
      this.#wanted = false;
      const startedMs = performance.now();
      const before = this.#ring.end;
      for await (const item of this.#source.read(before)) {
        this.#ring.push(latest = item);
        if (signal.aborted) return;
      }
      if (this.#ring.end > before) {
        this.#grown.ring();
        continue;
      }
      if (ending) {
        this.#over = true;
        return;
      }
      // What came before it was over is read in one more round.
      ending = await this.#source.isOver(latest);
      if (ending || this.#wanted) continue;
      await this.#woken.wait(this.#source.restMs(performance.now() - startedMs), signal);
    }
  }
}
