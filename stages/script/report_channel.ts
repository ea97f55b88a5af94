/**
 * Telling a script's report from what it prints: both come on standard output,
 * but a report begins with a nonce that the script does not know.
 *
 * @module
 */
import { StageError } from "../../core/plugin/stage_kind.ts";
import type { Report } from "./payload.ts";

/** The longest report that is taken, in UTF-16 code units. */
export const MAX_REPORT_LENGTH: number = 16 * 1024 * 1024;

/** Passes on what a script prints, and keeps its report. */
export class ReportChannel {
  readonly #nonce: string;
  readonly #print: (line: string) => void;
  readonly #chunks: string[] = [];
  #length = 0;
  #done = false;
  #blankHeld = false;

  /** @param nonce What a line of the report begins with. */
  constructor(nonce: string, print: (line: string) => void) {
    this.#nonce = nonce;
    this.#print = print;
  }

  /**
   * Takes the next line. A report ends the line before it, so an empty line in
   * front of it is the report's, and is held back until the next one is known.
   */
  take(line: string): void {
    if (line.startsWith(this.#nonce) && !this.#done) return this.#takeReport(line);
    if (this.#blankHeld) this.#print("");
    this.#blankHeld = line === "";
    if (!this.#blankHeld) this.#print(line);
  }

  /** Nothing follows: says what was reported, if anything was. */
  end(): Report | undefined {
    if (this.#blankHeld) this.#print("");
    if (this.#length > MAX_REPORT_LENGTH) {
      throw new StageError(`The script's outputs have more than ${MAX_REPORT_LENGTH} characters`, {
        name: "ValueError",
        retryable: false,
      });
    }
    return this.#done ? JSON.parse(this.#chunks.join("")) : undefined;
  }

  #takeReport(line: string): void {
    this.#blankHeld = false;
    const chunk = line.slice(this.#nonce.length + 1);
    this.#length += chunk.length;
    if (this.#length <= MAX_REPORT_LENGTH) this.#chunks.push(chunk);
    this.#done = line[this.#nonce.length] === ".";
  }
}
