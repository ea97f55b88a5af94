/**
 * Real time.
 *
 * @module
 */
import type { Clock } from "../core/plugin/ports.ts";
import { startTimer } from "./timer.ts";

/**
 * A timer stands still while the machine sleeps and knows nothing of a clock
 * that is put right, so a long wait looks at the clock this often.
 */
const LONGEST_TIMER_MS = 60_000;

/**
 * The machine's clock.
 *
 * @example
 * ```ts
 * await systemClock.sleep(systemClock.now() + 1, new AbortController().signal);
 * ```
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(until, signal) {
    signal.throwIfAborted();
    for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
      await wait(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  },
  async pause(ms, signal) {
    signal.throwIfAborted();
    // A timer takes what is longer than it can be for nothing.
    for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
      await wait(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  },
};

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = startTimer(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });

    function stop() {
      timer[Symbol.dispose]();
      reject(signal.reason);
    }
  });
}
