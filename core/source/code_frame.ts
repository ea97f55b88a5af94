/**
 * Diagnostics as people see them.
 *
 * @module
 */
import type { Diagnostic, Severity } from "./diagnostic.ts";
import type { Place } from "./span.ts";

/** Options for {@linkcode codeFrame}. */
export interface CodeFrameOptions {
  /** Whether to colour it for a terminal. @default false */
  readonly color?: boolean;
}

/** Of a longer source line only a window of this width around the place is shown. */
export const MAX_FRAME_COLUMNS = 160;

/**
 * A diagnostic with the line it is about and carets under the place; notes
 * follow, and related places in the same form.
 *
 * @example
 * ```ts
 * import { codeFrame } from "./code_frame.ts";
 *
 * const span = { start: { line: 2, column: 5 }, end: { line: 2, column: 11 } };
 * const frame = codeFrame({
 *   code: "need-unknown",
 *   severity: "error",
 *   message: "Cannot find job \"extrct\"",
 *   place: { file: "etl.yml", span },
 * }, "jobs:\n  - extrct\n");
 * console.assert(frame.includes("2 |   - extrct"));
 * ```
 */
export function codeFrame(
  diagnostic: Diagnostic,
  text: string,
  options: CodeFrameOptions = {},
): string {
  const paint = options.color === true ? painted : plain;
  const { code, severity, message, place } = diagnostic;
  const kind = paint(`${severity}[${code}]`, COLORS[severity]);
  const frames = [
    `${positionOf(place)} ${kind} ${printable(message)}`,
    ...excerpt(place, text, paint),
  ];
  for (const note of diagnostic.notes ?? []) {
    frames.push(`  = ${paint("note:", "36")} ${printable(note)}`);
  }
  for (const related of diagnostic.related ?? []) {
    frames.push(
      `${positionOf(related.place)} ${paint("note", "36")} ${printable(related.message)}`,
    );
    if (related.place.file === place.file) frames.push(...excerpt(related.place, text, paint));
  }
  return frames.join("\n");
}

const COLORS: Readonly<Record<Severity, string>> = { error: "31", warning: "33", info: "36" };

type Paint = (text: string, color: string) => string;

function plain(text: string): string {
  return text;
}

function painted(text: string, color: string): string {
  return `\x1b[${color}m${text}\x1b[0m`;
}

function positionOf({ file, span }: Place): string {
  return `${printable(file)}:${span.start.line}:${span.start.column}`;
}

/** The source line and the carets; nothing where the text has no such line, or nothing is in it. */
function excerpt({ span }: Place, text: string, paint: Paint): readonly string[] {
  const source = lineOf(text, span.start.line);
  if (source === undefined || source.trim() === "") return [];
  const column = Math.min(span.start.column, source.length + 1);
  const end = span.end.line === span.start.line ? span.end.column : source.length + 1;
  const { shown, before } = windowAround(source, column);
  const carets = Math.max(1, Math.min(end, before + shown.length + 1) - column);
  const number = String(span.start.line);
  const gutter = " ".repeat(number.length);
  const indent = shown.slice(0, column - 1 - before).replace(/[^\t]/g, " ");
  return [
    `${paint(`${number} |`, "2")} ${printable(shown)}`,
    `${paint(`${gutter} |`, "2")} ${indent}${paint("^".repeat(carets), "31")}`,
  ];
}

function windowAround(source: string, column: number): { shown: string; before: number } {
  if (source.length <= MAX_FRAME_COLUMNS) return { shown: source, before: 0 };
  const before = Math.max(0, column - 1 - MAX_FRAME_COLUMNS / 4);
  return { shown: source.slice(before, before + MAX_FRAME_COLUMNS), before };
}

function lineOf(text: string, line: number): string | undefined {
  let start = 0;
  for (let at = 1; at < line; at++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return undefined;
  }
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
}

/** Control characters would let a file write to the terminal, or show a line in another order; each becomes one mark. */
function printable(text: string): string {
  return text.replace(/(?!\t)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
