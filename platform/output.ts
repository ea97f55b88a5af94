/**
 * What becomes of the bytes that a process prints.
 *
 * @module
 */
import { MAX_LINE_LENGTH } from "../core/plugin/ports.ts";

const NEWLINE = 10;

/**
 * Cuts a stream of bytes into blocks of whole lines, with line breaks between
 * them. A chunk is decoded as a whole and handed on as a whole, since a flood of
 * short lines would spend its time in one call for each.
 */
export class BlockSplitter {
  readonly #onLines: (lines: string) => void;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #unfinished = "";

  /** @param onLines Called with one line or several, without the end of the last. */
  constructor(onLines: (lines: string) => void) {
    this.#onLines = onLines;
  }

  /** Takes the next bytes. */
  add(chunk: Uint8Array): void {
    const text = this.#unfinished + this.#decoder.decode(chunk, { stream: true });
    const lastEnd = chunk.includes(NEWLINE) ? text.lastIndexOf("\n") : -1;
    if (lastEnd >= 0) this.#emit(text.slice(0, lastEnd));
    this.#unfinished = this.#emitFull(text.slice(lastEnd + 1));
  }

  /** The stream has ended: what is left is a line, too. */
  end(): void {
    const rest = this.#unfinished + this.#decoder.decode();
    this.#unfinished = "";
    if (rest !== "") this.#emit(rest);
  }

  #emit(lines: string): void {
    const ended = lines.includes("\r") ? lines.replace(RETURN, "") : lines;
    this.#onLines(hasLongLine(ended) ? ended.split("\n").map(cutLine).join("\n") : ended);
  }

  /** Emits what is too long for one line; returns what is left. */
  #emitFull(line: string): string {
    if (line.length <= MAX_LINE_LENGTH) return line;
    const parts = partsOf(line);
    const rest = parts.pop() ?? "";
    this.#onLines(parts.join("\n"));
    return rest;
  }
}

/** Cuts a stream of bytes into lines of text. */
export class LineSplitter extends BlockSplitter {
  /** @param onLine Called with each line, without its end. */
  constructor(onLine: (line: string) => void) {
    super((lines) => lines.split("\n").forEach((line) => onLine(line)));
  }
}

const RETURN = /\r(?=\n|$)/g;

/** Looks where a line that is too long would have no end, and nowhere else. */
function hasLongLine(lines: string): boolean {
  for (let start = 0; lines.length - start > MAX_LINE_LENGTH;) {
    const end = lines.lastIndexOf("\n", start + MAX_LINE_LENGTH);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
}

function cutLine(line: string): string {
  return line.length <= MAX_LINE_LENGTH ? line : partsOf(line).join("\n");
}

/** A line as pieces that are short enough. */
function partsOf(line: string): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > MAX_LINE_LENGTH) {
    const length = MAX_LINE_LENGTH - (isHighSurrogate(rest, MAX_LINE_LENGTH - 1) ? 1 : 0);
    parts.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...parts, rest];
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
