/**
 * What becomes of the bytes that a process prints.
 *
 * @module
 */
import { MAX_LINE_LENGTH } from "../core/plugin/ports.ts";
import { PrintedLines } from "../core/plugin/printed_lines.ts";

const NEWLINE = 10;

/**
 * Cuts a stream of bytes into blocks of whole lines. A flood stays bytes, and
 * in place: to make text of it, or only a new buffer for each block, takes
 * longer than to bring it here.
 */
export class BlockSplitter {
  readonly #onLines: (lines: PrintedLines) => void;
  /** The beginning of a line, and room for what belongs to it. */
  #buffer: Uint8Array = new Uint8Array();
  #size = 0;

  /** @param onLines Called with one line or several, which are there until it returns. */
  constructor(onLines: (lines: PrintedLines) => void) {
    this.#onLines = onLines;
  }

  /** Takes the next bytes. */
  add(chunk: Uint8Array): void {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end >= 0) this.#emit(this.#completed(chunk.subarray(0, end)));
    this.#keep(chunk.subarray(end + 1));
    if (this.#size > MAX_LINE_LENGTH) this.#emitFull(this.#taken());
  }

  /** The stream has ended: what is left is a line, too. */
  end(): void {
    if (this.#size > 0) this.#emit(this.#taken());
  }

  #completed(lines: Uint8Array): Uint8Array {
    if (this.#size === 0) return lines;
    this.#keep(lines);
    return this.#taken();
  }

  #emit(lines: Uint8Array): void {
    this.#onLines(new PrintedLines(hasLongLine(lines) ? cutLines(lines) : lines));
  }

  /** Emits what is too long for one line, and keeps what is left. */
  #emitFull(line: Uint8Array): void {
    const end = wholeCharacters(line);
    const parts = partsOf(decoded(line.subarray(0, end)));
    const begun = line.slice(end);
    const rest = parts.pop() ?? "";
    if (parts.length > 0) this.#onLines(new PrintedLines(encoded(parts.join("\n"))));
    this.#keep(encoded(rest));
    this.#keep(begun);
  }

  #keep(part: Uint8Array): void {
    const size = this.#size + part.length;
    if (size > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#size);
    this.#size = size;
  }

  /** What is kept, until something else is. */
  #taken(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    return taken;
  }
}

/** Cuts a stream of bytes into lines of text. */
export class LineSplitter extends BlockSplitter {
  /** @param onLine Called with each line, without its end. */
  constructor(onLine: (line: string) => void) {
    super(({ text }) => text.split("\n").forEach((line) => onLine(line)));
  }
}

/** Whether a line may be too long: looks where one would have no end, and nowhere else. */
function hasLongLine(lines: Uint8Array): boolean {
  for (let start = 0; lines.length - start > MAX_LINE_LENGTH;) {
    const end = lines.lastIndexOf(NEWLINE, start + MAX_LINE_LENGTH);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
}

/** A line has no more UTF-16 code units than bytes, but it may have fewer. */
function cutLines(lines: Uint8Array): Uint8Array {
  return encoded(decoded(lines).split("\n").flatMap(partsOf).join("\n"));
}

/** Where the last character ends that is there as a whole. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back < MAX_CHARACTER_BYTES; back++) {
    const byte = bytes.at(-back) ?? 0;
    if (isContinuation(byte)) continue;
    return bytesBegunBy(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

const MAX_CHARACTER_BYTES = 4;

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** How many bytes a character has that begins with this one. */
function bytesBegunBy(byte: number): number {
  if (byte < 0xc0) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
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
