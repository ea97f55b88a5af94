/**
 * Rows on their way to a file, as bytes.
 *
 * @module
 */

const NOTHING = new Uint8Array();

/** As much as it begins with. */
const LEAST_BYTES = 16 * 1024;

/** One that held more is kept: a flood soon fills it again. */
const KEPT_BYTES = 128 * 1024;

const NEWLINE = 10;

/** At most so many bytes stand for a UTF-16 code unit. */
const UNIT_BYTES = 3;

/** Bytes behind each other, in a buffer that grows and is used again. */
export class RowBuffer {
  readonly #encoder = new TextEncoder();
  #bytes = NOTHING;
  #size = 0;

  /** How many bytes there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds text. */
  addText(text: string): void {
    const room = this.#roomFor(text.length * UNIT_BYTES);
    this.#size += this.#encoder.encodeInto(text, room).written;
  }

  /** Adds lines that are UTF-8, and the end of the last. */
  addLines(lines: Uint8Array): void {
    const room = this.#roomFor(lines.length + 1);
    room.set(lines);
    room[lines.length] = NEWLINE;
    this.#size += lines.length + 1;
  }

  /** All there is, good until more is added. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#size);
    if (this.#size < KEPT_BYTES) this.#bytes = NOTHING;
    this.#size = 0;
    return taken;
  }

  #roomFor(length: number): Uint8Array {
    const size = this.#size + length;
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, LEAST_BYTES, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    return this.#bytes.subarray(this.#size);
  }
}
