/**
 * Ctrl-C: the first asks a run to end, the second ends its clean-up as well,
 * the third leaves at once. Being told to terminate counts the same.
 *
 * @module
 */
import { onSignal } from "../platform/process.ts";

/** What interrupts lead to. */
export interface Interrupted {
  /** Asks the run to end; again, its clean-up. */
  readonly cancel: (by: string, why: string) => void;
  /** Leaves at once. */
  readonly leave: () => void;
}

const MOST_REQUESTS = 2;

/** Answers interrupts until it is disposed of. */
export class Interrupts implements Disposable {
  readonly #handlers: readonly Disposable[];
  readonly #interrupted: Interrupted;
  #count = 0;

  /** @param interrupted What they lead to. */
  constructor(interrupted: Interrupted) {
    this.#interrupted = interrupted;
    this.#handlers = [
      onSignal("SIGINT", () => this.#answer("user", "interrupted")),
      onSignal("SIGTERM", () => this.#answer("system", "told to terminate")),
      onSignal("SIGHUP", () => this.#answer("system", "the terminal was closed")),
    ];
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** Leaves interrupts to the runtime again. */
  [Symbol.dispose](): void {
    for (const handler of this.#handlers) handler[Symbol.dispose]();
  }

  #answer(by: string, why: string): void {
    this.#count++;
    if (this.#count > MOST_REQUESTS) this.#interrupted.leave();
    else this.#interrupted.cancel(by, why);
  }
}
