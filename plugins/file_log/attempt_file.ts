/**
 * The file of one attempt, read from any line on. Where its pieces begin is
 * remembered, so that who reads on, or looks at the end of a long file, does
 * not read it from its beginning.
 *
 * @module
 */
import type { Host } from "../../core/plugin/ports.ts";
import type { OutputLine } from "../../core/plugin/sink.ts";
import { type Header, headerIn, type Reading, RowReader } from "./rows.ts";

/** What files are read with. */
export type LogHost = Pick<Host, "listNames" | "readPieces">;

/** A line with the moment by which it stands in line with those of other files. */
export interface FileLine {
  /** The line. */
  readonly line: OutputLine;
  /** Its own moment, or that of a line before it where the clock was set back in between. */
  readonly dueMs: number;
}

/** Some lines of a file. */
export interface FileLines {
  /** Those that are wanted. */
  readonly lines: readonly FileLine[];
  /** How many lines there are up to here, wanted or not. */
  readonly count: number;
}

/** A place at which reading may begin. */
interface Mark {
  readonly byte: number;
  /** How many lines are before it. */
  readonly line: number;
  /** The latest moment before it. */
  readonly dueMs: number;
  readonly reading: Reading;
}

const BEGINNING: Mark = {
  ...{ byte: 0, line: 0, dueMs: 0 },
  reading: { header: undefined, moment: undefined, raw: 0 },
};

/** The file of one attempt. */
export class AttemptFile {
  /** Where it is. */
  readonly path: string;
  /** When its first line was printed; 0 where nobody knows. */
  readonly beganMs: number;
  readonly #host: LogHost;
  /** In order, from the beginning as far as it was ever read. */
  readonly #marks: Mark[] = [BEGINNING];

  private constructor(path: string, beganMs: number, host: LogHost) {
    this.path = path;
    this.beganMs = beganMs;
    this.#host = host;
  }

  /** Finds out when the attempt began. */
  static async open(path: string, host: LogHost): Promise<AttemptFile> {
    return new AttemptFile(path, (await headerOf(path, host))?.at ?? 0, host);
  }

  /** Whether it is what it was, and no other that has its name now. */
  async isSame(): Promise<boolean> {
    return ((await headerOf(this.path, this.#host))?.at ?? 0) === this.beganMs;
  }

  /** The lines from number `from` on, many at a time. */
  linesFrom(from: number): AsyncIterable<FileLines> {
    return this.#lines(this.#markWhere(({ line }) => line <= from), (_, number) => number >= from);
  }

  /** The lines that are due at `ms` or later, many at a time. */
  linesSince(ms: number): AsyncIterable<FileLines> {
    return this.#lines(this.#markWhere(({ dueMs }) => dueMs < ms), ({ dueMs }) => dueMs >= ms);
  }

  /** How many lines there are. */
  async countLines(): Promise<number> {
    let { line: count } = this.#marks.at(-1) ?? BEGINNING;
    for await (const read of this.linesFrom(Infinity)) count = read.count;
    return count;
  }

  async *#lines(
    from: Mark,
    isWanted: (line: FileLine, number: number) => boolean,
  ): AsyncIterable<FileLines> {
    const rows = new RowReader(from.reading);
    let { line: count, dueMs, byte } = from;
    for await (const piece of this.#host.readPieces(this.path, { from: byte })) {
      const lines: FileLine[] = [];
      for (const row of piece.lines) {
        const line = rows.read(row);
        if (line === undefined) continue;
        dueMs = Math.max(dueMs, line.at);
        const due = { line, dueMs };
        if (isWanted(due, count)) lines.push(due);
        count++;
      }
      // A last row that has no end yet may still grow, and is read again then.
      if (piece.endByte > byte) {
        byte = piece.endByte;
        this.#mark({ byte, line: count, dueMs, reading: rows.reading });
      }
      yield { lines, count };
    }
  }

  #mark(mark: Mark): void {
    const last = this.#marks.at(-1) ?? BEGINNING;
    if (mark.byte >= last.byte + MARK_BYTES) this.#marks.push(mark);
  }

  /** The last mark of which something is so that is so of all before it. */
  #markWhere(isSo: (mark: Mark) => boolean): Mark {
    let [low, high] = [0, this.#marks.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const mark = this.#marks[middle];
      if (mark !== undefined && isSo(mark)) low = middle;
      else high = middle;
    }
    return this.#marks[low] ?? BEGINNING;
  }
}

/** Marks are at least so far apart: what is between two of them is read in a moment. */
const MARK_BYTES = 32 * 1024;

async function headerOf(path: string, host: LogHost): Promise<Header | undefined> {
  for await (const { lines: [row = ""] } of host.readPieces(path, { from: 0 })) {
    return headerIn(row);
  }
  return undefined;
}
