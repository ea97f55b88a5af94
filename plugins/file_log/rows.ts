/**
 * Lines of output as rows of a file.
 *
 * @module
 */
import type { OutputLine } from "../../core/plugin/sink.ts";
import type { Address } from "../../core/run/event.ts";

/** Whose output follows, and since when it is counted. */
export interface Header {
  /** The run. */
  readonly runId: string;
  /** The stage. */
  readonly stage: Address;
  /** Which attempt of it. */
  readonly attempt: number;
  /** Epoch milliseconds of the first line. */
  readonly at: number;
}

/** When and where lines were printed. */
export interface Moment extends Pick<OutputLine, "at" | "stream"> {
  /** Since when to count. */
  readonly header: Header;
}

const VERSION = 1;
const CONTINUED = " ";
const ROW = /^(-?\d+) ([12])(?: (.*)|\+(\d+))$/s;

/** A header as a row: the only one that begins with a brace. */
export function headerRow({ runId, stage, attempt, at }: Header): string {
  return `${JSON.stringify({ log: VERSION, run: runId, stage, attempt, at })}\n`;
}

/** Lines with line breaks between them, as rows of one moment behind its first. */
export function continued(lines: string): string {
  return lines.includes("\n") ? lines.replaceAll("\n", `\n${CONTINUED}`) : lines;
}

/** Rows of one moment: the first says when and where, the others begin with a space. */
export function rowsOf(texts: readonly string[], { at, stream, header }: Moment): string {
  const prefix = `${at - header.at} ${stream === "stdout" ? 1 : 2} `;
  return `${prefix}${texts.join(`\n${CONTINUED}`)}\n`;
}

/** The row in front of so many lines that follow as they were printed. */
export function rawRow(count: number, { at, stream, header }: Moment): string {
  return `${at - header.at} ${stream === "stdout" ? 1 : 2}+${count}\n`;
}

/** Where a {@linkcode RowReader} is: what the rows behind it need to be read. */
export interface Reading {
  /** Whose output it is. */
  readonly header: Header | undefined;
  /** What a row stands for that has nothing of its own. */
  readonly moment: Omit<OutputLine, "text"> | undefined;
  /** How many rows are lines as they were printed. */
  readonly raw: number;
}

/** Makes lines of rows, one after another. */
export class RowReader {
  #header: Header | undefined;
  #moment: Omit<OutputLine, "text"> | undefined;
  #raw: number;

  /** Reads from the beginning of a file, or goes on where another one was. */
  constructor(reading?: Reading) {
    this.#header = reading?.header;
    this.#moment = reading?.moment;
    this.#raw = reading?.raw ?? 0;
  }

  /** Where it is. */
  get reading(): Reading {
    return { header: this.#header, moment: this.#moment, raw: this.#raw };
  }

  /** The line in the next row; `undefined` for one without, and for what cannot be read. */
  read(row: string): OutputLine | undefined {
    if (this.#raw > 0) return this.#rawLine(row);
    if (row.startsWith(CONTINUED)) return this.#line(row.slice(CONTINUED.length));
    if (row.startsWith("{")) return this.#begin(headerIn(row));
    const [, ms, stream, text, raw] = ROW.exec(row) ?? [];
    this.#moment = stream === undefined || this.#header === undefined ? undefined : {
      at: this.#header.at + Number(ms),
      stage: this.#header.stage,
      attempt: this.#header.attempt,
      stream: stream === "1" ? "stdout" : "stderr",
    };
    this.#raw = Number(raw ?? 0);
    return text === undefined ? undefined : this.#line(text);
  }

  /** Its end may be written as on other systems. */
  #rawLine(row: string): OutputLine | undefined {
    this.#raw--;
    return this.#line(row.endsWith("\r") ? row.slice(0, -1) : row);
  }

  #begin(header: Header | undefined): undefined {
    this.#header = header;
    this.#moment = undefined;
  }

  #line(text: string): OutputLine | undefined {
    return this.#moment && { ...this.#moment, text };
  }
}

/** The header in a row; `undefined` for a torn one, or one of a later version. */
export function headerIn(row: string): Header | undefined {
  const json = parsed(row);
  if (typeof json !== "object" || json === null) return undefined;
  if (!("log" in json && "run" in json && "stage" in json && "attempt" in json && "at" in json)) {
    return undefined;
  }
  const { log, run, stage, attempt, at } = json;
  if (log !== VERSION || typeof run !== "string" || typeof stage !== "string") return undefined;
  if (typeof attempt !== "number" || typeof at !== "number") return undefined;
  return { runId: run, stage, attempt, at };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A process that was killed leaves half a row behind.
  }
}
