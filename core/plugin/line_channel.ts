/**
 * Telling what a process reports from what it prints: both come as lines of its
 * standard output, but a message begins with a nonce that what is printed does
 * not know.
 *
 * A message is cut into lines of its JSON text, each behind the nonce and a
 * mark: `+` where more of it follows, `.` at its end. It begins with an end of
 * line, so that it stands alone whatever was printed before.
 *
 * @module
 */

/** The longest message that is taken, in UTF-16 code units. */
export const MAX_MESSAGE_LENGTH: number = 16 * 1024 * 1024;

/** What becomes of the lines of a {@linkcode LineChannel}. */
export interface LineReceiver {
  /** Takes a line that is no message. */
  readonly print: (line: string) => void;
  /** Takes the text of a message. */
  readonly receive: (message: string) => void;
  /** Told once of a message beyond {@linkcode MAX_MESSAGE_LENGTH}; what is left of it is dropped. */
  readonly refuse: () => void;
}

/** A new nonce: nobody guesses it. */
export function newNonce(): string {
  return `sluice-${crypto.randomUUID()}`;
}

/**
 * Passes on what a process prints, and what it reports.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const taken: string[] = [];
 * const channel = new LineChannel("nonce", {
 *   print: (line) => taken.push(line),
 *   receive: (message) => taken.push(JSON.parse(message).a),
 *   refuse: () => taken.push("too long"),
 * });
 * for (const line of ["hello", "", 'nonce+{"a":', 'nonce."b"}']) channel.take(line);
 * channel.end();
 * deepEqual(taken, ["hello", "b"]);
 * ```
 */
export class LineChannel {
  readonly #nonce: string;
  readonly #receiver: LineReceiver;
  readonly #chunks: string[] = [];
  #length = 0;
  #blankHeld = false;

  /**
   * Makes one.
   *
   * @param nonce What the line of a message begins with.
   */
  constructor(nonce: string, receiver: LineReceiver) {
    this.#nonce = nonce;
    this.#receiver = receiver;
  }

  /**
   * Takes the next line. A message ends the line before it, so an empty line in
   * front of it is the message's, and is held back until the next one is known.
   */
  take(line: string): void {
    if (line.startsWith(this.#nonce)) return this.#takeChunk(line);
    this.#releaseBlank();
    this.#blankHeld = line === "";
    if (!this.#blankHeld) this.#receiver.print(line);
  }

  /** Nothing follows. */
  end(): void {
    this.#releaseBlank();
  }

  #releaseBlank(): void {
    if (this.#blankHeld) this.#receiver.print("");
    this.#blankHeld = false;
  }

  #takeChunk(line: string): void {
    this.#blankHeld = false;
    const chunk = line.slice(this.#nonce.length + 1);
    const wasWithin = this.#length <= MAX_MESSAGE_LENGTH;
    this.#length += chunk.length;
    const isWithin = this.#length <= MAX_MESSAGE_LENGTH;
    if (isWithin) this.#chunks.push(chunk);
    else if (wasWithin) this.#receiver.refuse();
    if (line[this.#nonce.length] !== ".") return;
    const message = this.#chunks.splice(0).join("");
    this.#length = 0;
    if (isWithin) this.#receiver.receive(message);
  }
}
