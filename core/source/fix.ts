/**
 * Putting right what is wrong, where it is plain what was meant.
 *
 * @module
 */
import type { Diagnostic, Fix } from "./diagnostic.ts";
import type { Position } from "./span.ts";

/** A text with its fixes made. */
export interface FixedText {
  /** The text. */
  readonly text: string;
  /** How many fixes were made. */
  readonly count: number;
}

/**
 * Makes the fixes that diagnostics of a text offer. Of two that overlap, the
 * first is made.
 *
 * @example
 * ```ts
 * import type { Diagnostic } from "./diagnostic.ts";
 * import { applyFixes } from "./fix.ts";
 * import { equal } from "node:assert/strict";
 *
 * const span = { start: { line: 1, column: 9 }, end: { line: 1, column: 15 } };
 * const place = { file: "etl.yml", span };
 * const found: Diagnostic = {
 *   ...{ code: "need-unknown", severity: "error", message: "No such job", place },
 *   fix: { text: "extract", place },
 * };
 * equal(applyFixes("needs: [extrct]", [found]).text, "needs: [extract]");
 * ```
 */
export function applyFixes(text: string, diagnostics: readonly Diagnostic[]): FixedText {
  const lines = lineStarts(text);
  const edits = diagnostics.flatMap(({ fix }) => fix === undefined ? [] : [editOf(fix, lines)])
    .toSorted((one, other) => one.start - other.start);
  const pieces: string[] = [];
  let [from, count] = [0, 0];
  for (const { start, end, text: replacement } of edits) {
    if (start < from) continue;
    pieces.push(text.slice(from, start), replacement);
    from = end;
    count++;
  }
  return { text: pieces.join("") + text.slice(from), count };
}

/** The text between two places; empty for places that are not in it. */
export function textAt(
  text: string,
  { start, end }: { readonly start: Position; readonly end: Position },
): string {
  const lines = lineStarts(text);
  return text.slice(offsetOf(start, lines), offsetOf(end, lines));
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function editOf({ text, place: { span } }: Fix, lines: readonly number[]): Edit {
  return { start: offsetOf(span.start, lines), end: offsetOf(span.end, lines), text };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function offsetOf({ line, column }: Position, lines: readonly number[]): number {
  return (lines[line - 1] ?? 0) + column - 1;
}
