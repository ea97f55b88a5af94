/**
 * Remembers runs that could not be taken up, so that they are tried less and
 * less often and told of once.
 *
 * @module
 */

/** Milliseconds until such a run is tried again for the first time; then twice as many. */
export const FIRST_REST_MS = 60_000;

/** … but never more than these. */
export const LONGEST_REST_MS = 3_600_000;

interface Refusal {
  readonly message: string;
  readonly restMs: number;
  readonly againMs: number;
}

/** Runs that could not be taken up. */
export class RefusedRuns {
  #refusals: ReadonlyMap<string, Refusal> = new Map();

  /** Forgets all others. */
  keep(runIds: Iterable<string>): void {
    if (this.#refusals.size === 0) return;
    const open = new Set(runIds);
    this.#refusals = new Map([...this.#refusals].filter(([runId]) => open.has(runId)));
  }

  /** Whether a run could not be taken up when that was last tried. */
  has(runId: string): boolean {
    return this.#refusals.has(runId);
  }

  /** Whether a run is to be left alone for now. */
  rests(runId: string, nowMs: number): boolean {
    const { againMs, restMs } = this.#refusals.get(runId) ?? { againMs: -Infinity, restMs: 0 };
    // A clock that was put back makes it rest no longer.
    return nowMs < againMs && nowMs >= againMs - restMs;
  }

  /** Adds one; whether that is news. */
  add(
    runId: string,
    { message, nowMs }: { readonly message: string; readonly nowMs: number },
  ): boolean {
    const known = this.#refusals.get(runId);
    const restMs = known === undefined
      ? FIRST_REST_MS
      : Math.min(known.restMs * 2, LONGEST_REST_MS);
    const refusal = { message, restMs, againMs: nowMs + restMs };
    this.#refusals = new Map([...this.#refusals, [runId, refusal]]);
    return known?.message !== message;
  }
}
