/**
 * How often somebody may ask: a bucket that fills with time.
 *
 * @module
 */

/** How often. */
export interface Rate {
  /** Requests for each second, in the long run. */
  readonly perSecond: number;
  /** How many may come at once. */
  readonly burst: number;
}

/** So many callers are told apart; of more than that the one who came first is forgotten. */
export const MAX_KNOWN_CALLERS = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

/** Counts what callers ask. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param rate How often each caller may ask. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Counts a request; gives the seconds to wait before the next, 0 when this one may go on. */
  take(caller: string): number {
    const { perSecond, burst } = this.#rate;
    const nowMs = this.#now();
    const bucket = this.#bucketOf(caller, nowMs);
    const gained = Math.max(0, nowMs - bucket.atMs) * perSecond / 1_000;
    bucket.left = Math.min(burst, bucket.left + gained);
    bucket.atMs = nowMs;
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perSecond));
    bucket.left--;
    return 0;
  }

  #bucketOf(caller: string, nowMs: number): Bucket {
    const known = this.#buckets.get(caller);
    if (known !== undefined) return known;
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_KNOWN_CALLERS && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    const bucket = { left: this.#rate.burst, atMs: nowMs };
    this.#buckets.set(caller, bucket);
    return bucket;
  }
}
