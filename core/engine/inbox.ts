/**
 * Commands on their way to a run, in the order in which they came.
 *
 * @module
 */

/** A queue that is taken whole, so that what came together is decided and journalled together. */
export class Inbox<Command> {
  #commands: Command[] = [];
  #arrival = Promise.withResolvers<void>();

  /** Adds a command. */
  put(command: Command): void {
    this.#commands.push(command);
    this.#arrival.resolve();
  }

  /** Waits until there is a command, then takes all there are. */
  async takeAll(): Promise<readonly Command[]> {
    await this.#arrival.promise;
    const taken = this.#commands;
    this.#commands = [];
    this.#arrival = Promise.withResolvers();
    return taken;
  }
}
