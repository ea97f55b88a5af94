/**
 * Taking away the indentation that a text owes to where it is written.
 *
 * @module
 */

/** A stretch of a text. */
export interface Range {
  /** Offset where it starts. */
  readonly start: number;
  /** Offset behind it. */
  readonly end: number;
}

/**
 * The text without the white space that all its lines begin with; lines of
 * nothing but white space become empty and do not count.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(dedent("  one\n    two\n"), "one\n  two\n");
 * ```
 */
export function dedent(text: string): string {
  let result = "";
  let from = 0;
  for (const { start, end } of marginOf(text)) {
    result += text.slice(from, start);
    from = end;
  }
  return result + text.slice(from);
}

/** The stretches that {@linkcode dedent} takes away. */
export function marginOf(text: string): readonly Range[] {
  const lines = text.matchAll(/^[ \t]*/gm).map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
    blank: text[index + length] === undefined || text[index + length] === "\n",
  })).toArray();
  const written = lines.filter(({ blank }) => !blank);
  const width = commonPrefix(written.map(({ start, end }) => text.slice(start, end))).length;
  return lines
    .map(({ start, end, blank }) => ({ start, end: blank ? end : start + width }))
    .filter(({ start, end }) => end > start);
}

function commonPrefix(texts: readonly string[]): string {
  return texts.reduce((common, text) => {
    let length = 0;
    while (length < common.length && common[length] === text[length]) length++;
    return common.slice(0, length);
  }, texts[0] ?? "");
}
