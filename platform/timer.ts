/**
 * Timers that a short run does not feel.
 *
 * @module
 */

/** A process that has come so far lasts long enough for what would be slow at its start. */
const LASTING_TIMERS = 64;

/**
 * Starts timers. The first use of `setTimeout` loads Node's timers on Deno,
 * which takes a fifth of what a bare script takes; the first ones are deadlines of
 * signals. One that was stopped is kept until it is due, so not all are.
 */
class Timers {
  #started = "Bun" in globalThis ? LASTING_TIMERS : 0;

  /** See {@linkcode startTimer}. */
  start(ms: number, act: () => void): Disposable {
    if (this.#started < LASTING_TIMERS) return this.#byDeadline(ms, act);
    const timer = setTimeout(act, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }

  /** Deno waits for the deadline as long as somebody listens; Bun does not. */
  #byDeadline(ms: number, act: () => void): Disposable {
    this.#started++;
    const deadline = AbortSignal.timeout(ms);
    deadline.addEventListener("abort", act, { once: true });
    return { [Symbol.dispose]: () => deadline.removeEventListener("abort", act) };
  }
}

const timers = new Timers();

/** Calls back in so many milliseconds, unless it is disposed of before; the process waits for it. */
export function startTimer(ms: number, act: () => void): Disposable {
  return timers.start(Math.max(0, ms), act);
}
