/**
 * Places in a source text.
 *
 * @module
 */

/** A place in a source text. */
export interface Position {
  /** The line, from 1. */
  readonly line: number;
  /** The column, from 1, in UTF-16 code units. */
  readonly column: number;
}

/** A stretch of a source text. */
export interface Span {
  /** Where it starts. */
  readonly start: Position;
  /** Where it ends; exclusive. */
  readonly end: Position;
}

/** A stretch of a named source text. */
export interface Place {
  /** The file as the user named it; `<stdin>` for standard input. */
  readonly file: string;
  /** Where in it. */
  readonly span: Span;
}
