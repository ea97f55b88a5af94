/**
 * Tells those who wait that there is something to look at.
 *
 * @module
 */

/** Rings for everybody who waits at that moment. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  /** Ends all waits. */
  ring(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Waits until it rings, `ms` have passed, or the signal is aborted; says whether the time ran out. */
  wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (ranOut: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve(ranOut);
      };
      const wake = () => end(false);
      const timer = setTimeout(() => end(true), ms);
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.add(wake);
    });
  }
}
