/**
 * The file of one attempt, written in large pieces.
 *
 * @module
 */
import type { OutputBlock } from "../../core/plugin/sink.ts";
import type { PrintedLines } from "../../core/plugin/printed_lines.ts";
import { continued, type Header, headerRow, rawRow, rowsOf } from "./rows.ts";
import { RowBuffer } from "./row_buffer.ts";

/** As much as is written at once, in UTF-16 code units: smaller pieces cost more than their bytes. */
export const CHUNK_LENGTH: number = 256 * 1024;

/** From so many bytes on, lines are kept as they were printed: fewer are easier to read as rows. */
export const RAW_BYTES: number = 4 * 1024;

/** What a row takes beside its text: its end, and the space in front of it. */
const ROW_LENGTH = 2;

/** What it takes at most to say when and where rows were printed. */
const MOMENT_LENGTH = 20;

/** Where the output of an attempt goes, and how much of it. */
export interface AttemptLogOptions {
  /** Adds to its file; tells whether that went well, and never throws. */
  readonly append: (text: string | Uint8Array) => boolean;
  /** The most that is kept, in UTF-16 code units. */
  readonly maxLength: number;
}

/** The output of one attempt, on its way to its file. */
export class AttemptLog {
  readonly #header: Header;
  readonly #options: AttemptLogOptions;
  /** Rows that are ready to be written, if there was a flood. */
  readonly #flood = new RowBuffer();
  /** Rows that are ready to be written, behind those. */
  #rows: string;
  /** Lines of one moment, behind those rows; most lines come many at a time. */
  #texts: string[] = [];
  #moment: Pick<OutputBlock, "at" | "stream"> | undefined;
  /** How long all that waits is. */
  #waitingLength = 0;
  /** How much may still come. */
  #room: number;
  #ended = false;

  /** Begins the file of the attempt that `header` names; nothing is written yet. */
  constructor(header: Header, options: AttemptLogOptions) {
    this.#header = header;
    this.#options = options;
    this.#room = options.maxLength;
    this.#rows = headerRow(header);
  }

  /** Whether lines belong here. */
  takes(runId: string, { stage, attempt }: OutputBlock): boolean {
    const header = this.#header;
    return stage === header.stage && attempt === header.attempt && runId === header.runId;
  }

  /** Takes lines. What is between them is written as in front of a row, or it could pass for one. */
  add(block: OutputBlock): void {
    if (!this.#add(block)) this.#fill(block);
  }

  /** Writes out what is waiting. */
  write(): void {
    const rows = this.takeRows();
    // Half a piece may have been written, so nothing can follow in good order.
    if (rows.length > 0 && !this.#options.append(rows)) this.#ended = true;
  }

  /** What is waiting, for whoever writes it out instead, and before anything is added. */
  takeRows(): string | Uint8Array {
    this.#closeMoment();
    this.#waitingLength = 0;
    if (this.#flood.size > 0) this.#flood.addText(this.#takeText());
    return this.#flood.size > 0 ? this.#flood.take() : this.#takeText();
  }

  #takeText(): string {
    const rows = this.#rows;
    this.#rows = "";
    return rows;
  }

  /** Whether there was room for all of it. */
  #add(block: OutputBlock): boolean {
    if (this.#ended) return true;
    const { printed } = block;
    return printed !== undefined && printed.bytes.length >= RAW_BYTES
      ? this.#addRaw(printed, block)
      : this.#addRows(block);
  }

  #addRaw(printed: PrintedLines, { at, stream }: OutputBlock): boolean {
    const length = printed.bytes.length + MOMENT_LENGTH;
    if (length > this.#room) return false;
    this.#closeMoment();
    this.#flood.addText(this.#takeText());
    this.#flood.addText(rawRow(printed.count, { at, stream, header: this.#header }));
    this.#flood.addLines(printed.bytes);
    this.#moment = undefined;
    this.#take(length);
    return true;
  }

  #addRows(block: OutputBlock): boolean {
    if (block.at !== this.#moment?.at || block.stream !== this.#moment.stream) this.#open(block);
    const rows = continued(block.text);
    const length = rows.length + ROW_LENGTH;
    if (length > this.#room) return false;
    this.#texts.push(rows);
    this.#take(length);
    return true;
  }

  #take(length: number): void {
    this.#room -= length;
    this.#waitingLength += length;
    if (this.#waitingLength >= CHUNK_LENGTH) this.write();
  }

  /** As many lines as there is room for. */
  #fill(block: OutputBlock): void {
    const { at, stage, attempt, stream } = block;
    for (const text of block.text.split("\n")) {
      if (!this.#add({ at, stage, attempt, stream, text })) return this.#cut(block);
    }
  }

  #open({ at, stream }: OutputBlock): void {
    this.#closeMoment();
    this.#moment = { at, stream };
    this.#room -= MOMENT_LENGTH;
  }

  #closeMoment(): void {
    if (this.#texts.length === 0 || this.#moment === undefined) return;
    this.#rows += rowsOf(this.#texts, { ...this.#moment, header: this.#header });
    this.#texts = [];
  }

  #cut({ at }: OutputBlock): void {
    this.#closeMoment();
    const text =
      `[sluice] Output is cut here: no more than ${this.#options.maxLength} characters are kept`;
    this.#rows += rowsOf([text], { at, stream: "stderr", header: this.#header });
    this.#ended = true;
  }
}
