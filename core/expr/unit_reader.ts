/**
 * Walking over the characters of a script.
 *
 * @module
 */
import { type EmbedProblem, MAX_SCRIPT_DEPTH } from "./embed.ts";
import { type EmbedSource, HOLE, type Placement, type Units } from "./embed_source.ts";

/** What stands behind the end of a script; like a hole, no character at all. */
const NOTHING = "the end";

/** Nesting that all readers of one script share. */
export interface Nesting {
  /** How many levels are open. */
  depth: number;
}

/** Reads the characters of a script in order and says what becomes of each hole. */
export class UnitReader {
  /** The script. */
  readonly source: EmbedSource;
  /** Where it stands. */
  at = 0;
  /** Where it stops. */
  end: number;
  readonly #units: Units;
  readonly #nesting: Nesting;

  /** @param source The script. */
  constructor(
    source: EmbedSource,
    { units = source.units, nesting = { depth: 0 } }: {
      readonly units?: Units;
      readonly nesting?: Nesting;
    } = {},
  ) {
    this.source = source;
    this.#units = units;
    this.#nesting = nesting;
    this.end = units.chars.length;
  }

  /** Whether there is anything left. */
  get more(): boolean {
    return this.at < this.end;
  }

  /** The character here, or so many ahead. */
  char(ahead = 0): string {
    return this.charAt(this.at + ahead);
  }

  /** The character at a position. */
  charAt(at: number): string {
    return at >= 0 && at < this.end ? this.#units.chars[at] ?? NOTHING : NOTHING;
  }

  /** The characters from one position up to another. */
  textBetween(from: number, to: number): string {
    return this.#units.chars.slice(from, Math.min(to, this.end)).join("");
  }

  /** Where a position is in the script as written; behind the last one, its end. */
  originOf(at: number): number {
    const { origins } = this.#units;
    return origins[at] ?? (origins.at(-1) ?? -1) + 1;
  }

  /** Whether the characters here are these. */
  startsWith(text: string): boolean {
    return this.textBetween(this.at, this.at + text.length) === text;
  }

  /** Says what becomes of the hole here, and goes on. */
  place(placement: Placement): void {
    this.source.place(this.originOf(this.at), placement);
    this.at++;
  }

  /** Places the hole here where it cannot be carried, and goes on. */
  refuse(placement: Placement, problem: Omit<EmbedProblem, "start" | "end">): void {
    const from = this.source.count;
    this.place(placement);
    this.source.refuse({ from, to: from + 1 }, problem);
  }

  /** Writes something else instead of the character at a position. */
  replaceAt(at: number, text: string): void {
    const start = this.originOf(at);
    this.source.replace({ start, end: start + 1 }, text);
  }

  /** Leaves the character here out, and goes on. */
  drop(): void {
    this.replaceAt(this.at, "");
    this.at++;
  }

  /** Goes on to the end of the line, over a comment. */
  lineComment(): void {
    while (this.more && this.char() !== "\n") this.commentPart();
  }

  /** Goes on within a comment: a hole there stays as it is written. */
  commentPart(): void {
    if (this.char() === HOLE) this.place({ place: "comment", reference: "" });
    else this.at++;
  }

  /** Reads one level deeper; beyond the bound, nothing more is read. */
  nested(read: () => void): void {
    if (this.#nesting.depth >= MAX_SCRIPT_DEPTH) {
      this.source.abandon(this.originOf(this.at), {
        code: "embed-depth",
        message: `The script is nested more than ${MAX_SCRIPT_DEPTH} levels deep`,
      });
      this.at = this.end;
      return;
    }
    this.#nesting.depth++;
    read();
    this.#nesting.depth--;
  }
}
