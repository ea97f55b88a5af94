/**
 * What becomes of the bytes that a process prints.
 *
 * @module
 */
import { MAX_LINE_LENGTH } from "../core/plugin/ports.ts";

const NEWLINE = 10;

/** Cuts a stream of bytes into lines of text. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #unfinished = "";

  /** @param onLine Called with each line, without its end. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /**
   * Takes the next bytes. A chunk is decoded and split as a whole, since a
   * flood of short lines would spend its time in one call for each.
   */
  add(chunk: Uint8Array): void {
    const text = this.#unfinished + this.#decoder.decode(chunk, { stream: true });
    const lastEnd = chunk.includes(NEWLINE) ? text.lastIndexOf("\n") : -1;
    if (lastEnd >= 0) text.slice(0, lastEnd).split("\n").forEach(this.#emit);
    this.#unfinished = this.#emitFull(text.slice(lastEnd + 1));
  }

  /** The stream has ended: what is left is a line, too. */
  end(): void {
    const rest = this.#unfinished + this.#decoder.decode();
    this.#unfinished = "";
    if (rest !== "") this.#emit(rest);
  }

  readonly #emit = (line: string): void => {
    const rest = this.#emitFull(line);
    this.#onLine(rest.endsWith("\r") ? rest.slice(0, -1) : rest);
  };

  /** Emits what is too long for one line; returns what is left. */
  #emitFull(line: string): string {
    let rest = line;
    while (rest.length > MAX_LINE_LENGTH) {
      const length = MAX_LINE_LENGTH - (isHighSurrogate(rest, MAX_LINE_LENGTH - 1) ? 1 : 0);
      this.#onLine(rest.slice(0, length));
      rest = rest.slice(length);
    }
    return rest;
  }
}

function isHighSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800;
}

/** Keeps the beginning of a stream of bytes. */
export class KeptOutput {
  readonly #chunks: Uint8Array[] = [];
  readonly #limit: number;
  #size = 0;
  /** Whether there was more than is kept. */
  truncated = false;

  /** @param limit How many bytes are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes the next bytes. */
  add(chunk: Uint8Array): void {
    const room = this.#limit - this.#size;
    if (chunk.length > room) this.truncated = true;
    if (room === 0) return;
    // A copy: the chunk may be a small part of a large buffer.
    const kept = chunk.slice(0, room);
    this.#chunks.push(kept);
    this.#size += kept.length;
  }

  /** What was kept, as text; a character that the limit cut is left out. */
  text(): string {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return decoder.decode(joined(this.#chunks, this.#size), { stream: this.truncated });
  }
}

/** Chunks as one. */
export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
