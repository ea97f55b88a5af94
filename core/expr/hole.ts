/**
 * Finding the end of a `${{ … }}`.
 *
 * @module
 */
import type { Located } from "./ast.ts";

/** What begins a hole. */
export const HOLE_START = "${{";

/** What ends a hole. */
export const HOLE_END = "}}";

/**
 * Finds holes one after another, in time that is linear in the text however
 * its quotes are arranged.
 */
export class HoleScanner {
  readonly #text: string;
  readonly #limit: number;
  /** Set once a quote was never closed: looking for its end again and again would be quadratic. */
  #ignoresQuotes = false;

  /** @param limit Where the text ends. */
  constructor(text: string, limit: number = text.length) {
    this.#text = text;
    this.#limit = limit;
  }

  /** Offset of the next hole from `from` on, or `undefined`. */
  startFrom(from: number): number | undefined {
    const start = this.#text.indexOf(HOLE_START, from);
    return start < 0 || start + HOLE_START.length > this.#limit ? undefined : start;
  }

  /**
   * Offset behind the `}}` of the hole at `start`; a `}}` in quotes is none.
   * `undefined` when the hole is never closed.
   */
  endOf(start: number): number | undefined {
    const from = start + HOLE_START.length;
    const end = this.#ignoresQuotes ? undefined : this.#endOutsideQuotes(from);
    if (end !== undefined) return end;
    const first = this.#text.indexOf(HOLE_END, from);
    return first < 0 || first + HOLE_END.length > this.#limit ? undefined : first + HOLE_END.length;
  }

  /** Braces are counted, because a mapping's own may stand before those of the hole: `${{ {'a': {}}}}`. */
  #endOutsideQuotes(from: number): number | undefined {
    let open = 0;
    for (let at = from; at < this.#limit; at++) {
      const char = this.#text[at];
      if (char === "'" || char === '"') {
        const close = endOfQuoted(this.#text, { start: at, end: this.#limit });
        if (close === undefined) break;
        at = close - 1;
      } else if (char === "{") open++;
      else if (char === "}" && open > 0) open--;
      else if (char === "}" && this.#text[at + 1] === "}") return at + 2;
    }
    this.#ignoresQuotes = true;
    return undefined;
  }
}

/** Offset behind the quote that closes the one at `start`; `undefined` when none before `end` does. */
export function endOfQuoted(text: string, { start, end }: Located): number | undefined {
  const quote = text[start];
  for (let at = start + 1; at < end; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at + 1;
  }
  return undefined;
}
