/**
 * Answers of runs that have ended: made once and handed out again, before
 * anything is looked up or checked but who asks.
 *
 * @module
 */

/** So many answers are kept. */
export const MAX_KEPT_ANSWERS = 1_000;

/** Milliseconds for which a kept answer is given without a look whether it still holds: another process may prune the run. */
export const KEPT_MS = 1_000;

interface Kept {
  readonly path: string;
  readonly answer: Response;
  readonly sinceMs: number;
}

/** Keeps answers for those who may read. */
export class KeptAnswers {
  readonly #now: () => number;
  /** By the run, which is the end of their path. */
  readonly #kept = new Map<string, Kept>();

  /** @param now Says what time it is. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The answer to whoever asks for this path, if it was kept a moment ago. */
  find(path: string): Response | undefined {
    const kept = this.#kept.get(path.slice(path.lastIndexOf("/") + 1));
    if (kept?.path !== path || Math.abs(this.#now() - kept.sinceMs) >= KEPT_MS) return undefined;
    // A copy costs a tenth of one that is made anew, as its headers are known to be right. (Of an
    // answer that says its type and nothing else Deno makes a copy without it; ours say more.)
    return kept.answer.clone();
  }

  /** Keeps what is answered for a run at a path that ends with its id; nobody may have read its body. */
  keep(runId: string, answer: Omit<Kept, "sinceMs">): void {
    this.#kept.delete(runId); // Behind the others: the first in line is the first to go.
    this.#kept.set(runId, { ...answer, sinceMs: this.#now() });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT_ANSWERS && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** A run is no longer what it was. */
  forget(runId: string): void {
    this.#kept.delete(runId);
  }
}
