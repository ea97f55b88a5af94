/**
 * All that a run printed, as one log in order of time.
 *
 * @module
 */
import type { OutputLine } from "../../core/plugin/sink.ts";
import type { AttemptFile, FileLine, FileLines } from "./attempt_file.ts";
import type { RunFiles } from "./run_files.ts";

/** How far somebody has read the log of a run. */
export interface LogCursor {
  /** The moment of the last line that was read, in epoch milliseconds. */
  readonly atMs: number;
  /** How many lines of that moment were read. */
  readonly same: number;
}

/** Which lines to read. */
export interface MergeQuery {
  /** Only what comes behind. @default from the beginning */
  readonly after?: LogCursor;
  /** Only lines that were printed before this moment, in epoch milliseconds. @default all there are */
  readonly untilMs?: number;
}

/** A line with the place behind it. */
export interface MergedLine {
  /** The line. */
  readonly line: OutputLine;
  /** To read on from here. */
  readonly cursor: LogCursor;
}

const START: LogCursor = { atMs: 0, same: 0 };

/**
 * The lines of a run in order of time; of two of one moment that of the attempt
 * goes first that began first. A file is opened when its first line is due.
 */
export async function* mergeLog(
  run: RunFiles,
  { after = START, untilMs = Infinity }: MergeQuery,
): AsyncIterable<MergedLine> {
  const waiting = [...await run.find({})];
  const open: OpenFile[] = [];
  let { atMs, same } = START;
  try {
    for (;;) {
      await openDue(waiting, { open, sinceMs: after.atMs });
      const first = earliest(open);
      if (first === undefined || first.head.dueMs >= untilMs) return;
      const { line, dueMs } = first.head;
      [atMs, same] = dueMs === atMs ? [atMs, same + 1] : [dueMs, 1];
      if (atMs > after.atMs || same > after.same) yield { line, cursor: { atMs, same } };
      if (!await first.goesOn()) open.splice(open.indexOf(first), 1);
    }
  } finally {
    await Promise.all(open.map((file) => file.close()));
  }
}

/** Opens the files whose first line comes before what is at hand. */
async function openDue(
  waiting: AttemptFile[],
  { open, sinceMs }: { readonly open: OpenFile[]; readonly sinceMs: number },
): Promise<void> {
  for (;;) {
    const [next] = waiting;
    const headMs = earliest(open)?.head.dueMs ?? Infinity;
    if (next === undefined || headMs < next.beganMs) return;
    waiting.shift();
    const file = await OpenFile.open(next.linesSince(sinceMs));
    if (file !== undefined) open.push(file);
  }
}

/** The file whose next line is due first; of several the one that was opened first. */
function earliest(open: readonly OpenFile[]): OpenFile | undefined {
  let first: OpenFile | undefined;
  for (const file of open) {
    if (first === undefined || file.head.dueMs < first.head.dueMs) first = file;
  }
  return first;
}

/** A file that is being read, with at least one line left. */
class OpenFile {
  /** Its next line. */
  head: FileLine;
  readonly #pieces: AsyncIterator<FileLines>;
  /** The lines behind it, the last one first. */
  #rest: FileLine[] = [];

  private constructor(head: FileLine, pieces: AsyncIterator<FileLines>) {
    this.head = head;
    this.#pieces = pieces;
  }

  static async open(read: AsyncIterable<FileLines>): Promise<OpenFile | undefined> {
    const pieces = read[Symbol.asyncIterator]();
    const [head, ...rest] = await nextLines(pieces);
    if (head === undefined) return undefined;
    const file = new OpenFile(head, pieces);
    file.#rest = rest.reverse();
    return file;
  }

  /** Goes on to the next line; tells whether there is one. */
  async goesOn(): Promise<boolean> {
    if (this.#rest.length === 0) this.#rest = [...await nextLines(this.#pieces)].reverse();
    const next = this.#rest.pop();
    if (next !== undefined) this.head = next;
    return next !== undefined;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

async function nextLines(pieces: AsyncIterator<FileLines>): Promise<readonly FileLine[]> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return [];
    if (value.lines.length > 0) return value.lines;
  }
}
