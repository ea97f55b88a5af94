/**
 * The next turn of the event loop.
 *
 * @module
 */

/** A process that has come so far lasts long enough for what would be slow at its start. */
const LASTING_TURNS = 64;

/**
 * Calls back behind everything that is ready now. `setImmediate` does that, but
 * its first use costs Deno 7 ms for loading Node's timers, which a short run
 * would feel: there a message to oneself does it, which takes ten times as long.
 */
export class NextTurn {
  #turns = 0;

  /** Calls back in the next turn. */
  call(callback: () => void): void {
    if (this.#turns < LASTING_TURNS) this.#byMessage(callback);
    else setImmediate(callback);
  }

  #byMessage(callback: () => void): void {
    this.#turns++;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(null);
  }
}
