/**
 * Time that moves when a test says so.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../ports.ts";

interface Sleeper {
  /** Milliseconds until it wakes. */
  readonly leftMs: () => number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until it is told to advance.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const clock = new ManualClock();
 * const slept = clock.sleep(1_000, new AbortController().signal);
 * await clock.advance(1_000);
 * await slept;
 * assert.equal(clock.now(), 1_000);
 * ```
 */
export class ManualClock implements Clock {
  #now: number;
  /** Only {@linkcode ManualClock.advance} moves it. */
  #elapsed = 0;
  readonly #sleepers = new Set<Sleeper>();

  /** Makes a clock that stands at `startMs`, in epoch milliseconds. */
  constructor(startMs = 0) {
    this.#now = startMs;
  }

  /** Where it stands, in epoch milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Where it stands when the next sleeper wakes; `undefined` when nobody sleeps. */
  get nextWake(): number | undefined {
    const left = Array.from(this.#sleepers, ({ leftMs }) => leftMs());
    return left.length === 0 ? undefined : this.#now + Math.min(...left);
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Resolves when the clock has reached `until`; rejects with the signal's reason when aborted. */
  sleep(until: number, signal: AbortSignal): Promise<void> {
    return this.#wait(() => until - this.#now, signal);
  }

  /** Resolves when the clock has moved on by `ms`, wherever it has jumped; rejects with the signal's reason when aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    const end = this.#elapsed + ms;
    return this.#wait(() => end - this.#elapsed, signal);
  }

  #wait(leftMs: () => number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (leftMs() <= 0) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { leftMs, wake };
    const stop = (): void => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason);
    };
    function wake(): void {
      signal.removeEventListener("abort", stop);
      resolve();
    }
    signal.addEventListener("abort", stop, { once: true });
    this.#sleepers.add(sleeper);
    return promise;
  }

  /**
   * Moves on by `ms`. Sleepers wake one after another, each at its own time,
   * and what they do next is done before the clock goes on; so one that sleeps
   * again within that time wakes again.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settled();
    for (let left = this.#leftMs(); this.#elapsed + left <= end; left = this.#leftMs()) {
      this.#moveBy(left);
      this.#wakeAll();
      await settled();
    }
    this.#moveBy(end - this.#elapsed);
  }

  /** Milliseconds until the next sleeper wakes. */
  #leftMs(): number {
    return Math.max(0, Math.min(...Array.from(this.#sleepers, ({ leftMs }) => leftMs())));
  }

  #moveBy(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  /** Jumps, forwards or backwards, as a clock does that is put right: whoever sleeps until a moment does so until it has come, and whoever pauses notices nothing. */
  jump(toMs: number): void {
    this.#now = toMs;
  }

  #wakeAll(): void {
    for (const sleeper of this.#sleepers) {
      if (sleeper.leftMs() > 0) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

/**
 * Resolves when all that can go on without waiting has done so: an immediate
 * comes behind every promise, which a message of Deno's channels does not always.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
