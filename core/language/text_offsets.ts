/**
 * Places of a text as offsets, which editors and expressions count in.
 *
 * @module
 */
import type { Located } from "../expr/ast.ts";
import type { Position, Span } from "../source/span.ts";

/** Turns lines and columns into offsets. Only a line feed ends a line, as YAML sees it. */
export class TextOffsets {
  readonly #starts: number[] = [0];

  /** Takes the text that is asked about. */
  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      this.#starts.push(at + 1);
    }
  }

  /** The offset of a position. */
  at({ line, column }: Position): number {
    return (this.#starts[line - 1] ?? 0) + column - 1;
  }

  /** The offsets of a stretch. */
  of({ start, end }: Span): Located {
    return { start: this.at(start), end: this.at(end) };
  }
}

/** Whether an offset is in a stretch or directly behind it, where a cursor still touches it. */
export function touches({ start, end }: Located, offset: number): boolean {
  return start <= offset && offset <= end;
}
