/**
 * Pages of what runs printed.
 *
 * @module
 */
import type { OutputLine } from "../../../core/plugin/sink.ts";
import type { FileLog, LogCursor } from "../../file_log.ts";
import { MAX_PAGE_LENGTH } from "../api/names.ts";
import type { LogLine, LogPage } from "../api/runs.ts";
import { logLine } from "./log_line.ts";

/** How many lines a page has where nobody says. */
export const DEFAULT_PAGE_LINES = 1_000;

/** Which page. */
interface PageQuery {
  /** The run. */
  readonly run: string;
  /** Whether nothing more is printed. */
  readonly over: boolean;
  /** The number of the first line. @default 0 */
  readonly from?: number | undefined;
  /** The most lines. @default {@linkcode DEFAULT_PAGE_LINES} */
  readonly limit?: number | undefined;
}

/** A page of what one stage printed. */
export async function stagePage(
  log: Pick<FileLog, "read">,
  { run, over, from = 0, limit, stage, attempt }: PageQuery & {
    readonly stage?: string | undefined;
    readonly attempt?: number | undefined;
  },
): Promise<LogPage> {
  const page = new Page({ first: from, limit });
  const query = {
    ...{ from },
    ...(stage === undefined ? {} : { stage }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  for await (const line of log.read(run, query)) if (!page.takes(line)) break;
  return { lines: page.lines, next: page.next, cursor: null, end: over && !page.isFull };
}

/** A page of what a whole run printed, in order of time. */
export async function mergedPage(
  log: Pick<FileLog, "merged">,
  { run, over, from = 0, limit, after, untilMs }: PageQuery & {
    /** What the page before said. */
    readonly after?: string | undefined;
    /** Only lines that were printed before this moment. */
    readonly untilMs: number;
  },
): Promise<LogPage> {
  let place = after === undefined ? START : placeIn(after);
  const page = new Page({ first: Math.max(from, place.number), limit });
  for await (const { line, cursor } of log.merged(run, { after: place.cursor, untilMs })) {
    if (place.number >= from && !page.takes(line)) break;
    place = { cursor, number: place.number + 1 };
  }
  const cursor = textOf(place);
  return { lines: page.lines, next: page.next, cursor, end: over && !page.isFull };
}

interface PageBounds {
  /** The number of the first line. */
  readonly first: number;
  readonly limit: number | undefined;
}

/** Lines up to what a page holds. */
class Page {
  readonly lines: LogLine[] = [];
  readonly #limit: number;
  /** Whether there was no room for another line. */
  isFull = false;
  /** The number of the line behind it. */
  next: number;
  #length = 0;

  constructor({ first, limit = DEFAULT_PAGE_LINES }: PageBounds) {
    this.next = first;
    this.#limit = limit;
  }

  /** Whether there was room for a line. */
  takes(line: OutputLine): boolean {
    this.isFull = this.lines.length === this.#limit || this.#length >= MAX_PAGE_LENGTH;
    if (this.isFull) return false;
    this.lines.push(logLine(line, this.next++));
    this.#length += line.text.length;
    return true;
  }
}

/** How far a run was read, and how many lines that were. */
interface Place {
  readonly cursor: LogCursor;
  readonly number: number;
}

const START: Place = { cursor: { atMs: 0, same: 0 }, number: 0 };

/** The text was found to be three numbers. */
function placeIn(text: string): Place {
  const [atMs = 0, same = 0, number = 0] = text.split(".").map(Number);
  return { cursor: { atMs, same }, number };
}

function textOf({ cursor: { atMs, same }, number }: Place): string {
  return `${atMs}.${same}.${number}`;
}
