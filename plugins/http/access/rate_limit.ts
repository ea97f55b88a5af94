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

/**
 * Who is counted for an address. Whoever has one of IPv6 has a whole network of
 * them, so they are counted by network (/64).
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(callerAt("192.0.2.7"), "192.0.2.7");
 * equal(callerAt("::ffff:192.0.2.7"), "192.0.2.7");
 * equal(callerAt("2001:db8::7"), callerAt("2001:db8:0:0:1::"));
 * ```
 */
export function callerAt(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  if (!plain.includes(":")) return plain;
  const [front = "", back] = plain.split("::", 2);
  const before = front === "" ? [] : front.split(":");
  const after = back === undefined || back === "" ? [] : back.split(":");
  const between = back === undefined ? 0 : Math.max(0, IPV6_GROUPS - before.length - after.length);
  const groups = [...before, ...Array.from({ length: between }, () => "0"), ...after];
  return groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}

const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;

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
