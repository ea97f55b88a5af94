/**
 * Rows in columns.
 *
 * @module
 */
import type { Paint } from "./paint.ts";
import { clipped, terminalText, widthOf } from "./terminal_text.ts";

/** A column. */
export interface Column<Row> {
  /** What stands above it. */
  readonly title: string;
  /** What it shows of a row. */
  readonly text: (row: Row) => string;
  /** Its colour in a row. */
  readonly color?: (row: Row) => keyof Paint | undefined;
}

/** How a table is drawn. */
export interface TableStyle {
  /** The colours. */
  readonly paint: Paint;
  /** How wide a line may be; without it lines are as long as they are. */
  readonly columns?: number;
}

const GAP = "  ";

/** Rows below the titles of their columns; each column is as wide as its widest text. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, columns: width = Infinity }: TableStyle,
): string {
  const cells = rows.map((row) => columns.map(({ text }) => terminalText(text(row))));
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, at) =>
    [titles, ...cells].reduce((most, line) => Math.max(most, widthOf(line[at] ?? "")), 0)
  );
  const lines = cells.map((line, at) => {
    const row = rows[at];
    return aligned(line, { widths, width }).map((text, column) => {
      const color = row === undefined ? undefined : columns[column]?.color?.(row);
      return color === undefined ? text : paint[color](text);
    });
  });
  const head = aligned(titles, { widths, width }).map(paint.dim);
  return [head, ...lines].map((line) => line.join(GAP).trimEnd()).join("\n");
}

function aligned(
  cells: readonly string[],
  { widths, width }: { readonly widths: readonly number[]; readonly width: number },
): string[] {
  let left = width;
  return cells.map((cell, at) => {
    const text = clipped(cell, Math.max(1, left));
    const isLast = at === cells.length - 1;
    const padded = isLast
      ? text
      : text + " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text)));
    left -= widthOf(padded) + GAP.length;
    return padded;
  });
}
