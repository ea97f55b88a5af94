/**
 * What a process printed, before anybody has asked for it as text.
 *
 * @module
 */

const NEWLINE = 10;

/**
 * Lines as they were printed: a flood of them is counted and kept as bytes, and
 * becomes text only where somebody looks. It is good until whoever was handed
 * it returns: the bytes behind it are used again, so what is to stay is copied.
 *
 * @example
 * ```ts
 * import { PrintedLines } from "./printed_lines.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const lines = new PrintedLines(new TextEncoder().encode("one\r\ntwo\nthree"));
 * deepEqual([lines.count, lines.text, lines.last(2)], [3, "one\ntwo\nthree", ["two", "three"]]);
 * ```
 */
export class PrintedLines {
  /** What was printed, with line breaks between the lines and none at the end. UTF-8 only where its writer kept to that. */
  readonly bytes: Uint8Array;
  #count: number | undefined;
  #text: string | undefined;

  /** Takes bytes that hold whole lines, and stay as they are for as long as this is used. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** How many lines there are. */
  get count(): number {
    return this.#count ??= countOf(this.bytes) + 1;
  }

  /** The lines with `\n` between them; what is not UTF-8 is replaced. */
  get text(): string {
    return this.#text ??= decoded(this.bytes);
  }

  /** The last of them, at most so many; only these become text. */
  last(count: number): readonly string[] {
    let start = this.bytes.length;
    for (let lines = 0; lines < count && start >= 0; lines++) {
      start = start === 0 ? -1 : this.bytes.lastIndexOf(NEWLINE, start - 1);
    }
    return decoded(this.bytes.subarray(start + 1)).split("\n");
  }
}

/** Lines as text, whichever they are. */
export function textOfLines(lines: string | PrintedLines): string {
  return typeof lines === "string" ? lines : lines.text;
}

const RETURN = /\r(?=\n|$)/g;

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

function decoded(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  return text.includes("\r") ? text.replace(RETURN, "") : text;
}

const WORD_BYTES = 4;

/** Fewer are counted one by one. */
const FEW_BYTES = 32;

/** How many line breaks there are. Word by word, as byte by byte takes three times as long. */
function countOf(bytes: Uint8Array): number {
  if (bytes.length < FEW_BYTES) return countIn(bytes);
  const start = -bytes.byteOffset & (WORD_BYTES - 1);
  const words = new Int32Array(
    bytes.buffer,
    bytes.byteOffset + start,
    Math.floor((bytes.length - start) / WORD_BYTES),
  );
  const end = start + words.length * WORD_BYTES;
  return countIn(bytes.subarray(0, start)) + countInWords(words) + countIn(bytes.subarray(end));
}

function countIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEWLINE) count++;
  return count;
}

/** Each byte of a word of counts takes so many before it is full. */
const MAX_ROUND = 255;

const NEWLINES = 0x0a0a0a0a;
const LOW_BITS = 0x7f7f7f7f;
const ONES = 0x01010101;

function countInWords(words: Int32Array): number {
  let count = 0;
  for (let at = 0; at < words.length;) {
    const end = Math.min(words.length, at + MAX_ROUND);
    let counts = 0;
    for (; at < end; at++) {
      // A byte is zero here where there is a line break, and only there its highest bit stays
      // clear: adding to the lower bits carries into it from any other.
      const other = (words[at] ?? 0) ^ NEWLINES;
      const highBits = ((other & LOW_BITS) + LOW_BITS) | other;
      counts = (counts + (~highBits >>> 7 & ONES)) | 0;
    }
    count += (counts & 0xff) + (counts >>> 8 & 0xff) + (counts >>> 16 & 0xff) + (counts >>> 24);
  }
  return count;
}
