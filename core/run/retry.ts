/**
 * How long to wait before something is tried again.
 *
 * @module
 */
import { MAX_RETRY_DELAY_MS } from "../plan/plan.ts";
import type { ResolvedRetry } from "./event.ts";

/** The growth of the waits where none is stated (REFERENCE C-096). */
const DEFAULT_GROWTH = 1.2;

/**
 * Milliseconds to wait after the `failures`th failure.
 *
 * Without a stated delay the waits are the reference's: none before the second
 * attempt, then 1.2^k seconds after the k-th failure.
 *
 * @example
 * ```ts
 * import { retryDelayMs } from "./retry.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(retryDelayMs({ attempts: 3, delayMs: 100, backoff: 2 }, 3), 400);
 * ```
 */
export function retryDelayMs(retry: ResolvedRetry, failures: number): number {
  const { delayMs, backoff = 1, maxDelayMs = MAX_RETRY_DELAY_MS } = retry;
  const growth = Math.min(backoff ** (failures - 1), Number.MAX_VALUE);
  const wanted = delayMs === undefined
    ? (failures <= 1 ? 0 : 1000 * DEFAULT_GROWTH ** failures)
    : delayMs * growth;
  return Math.round(Math.min(wanted, maxDelayMs, MAX_RETRY_DELAY_MS));
}
