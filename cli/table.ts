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

/** Less of a column than this tells nothing. */
const MIN_SHOWN = 4;

/**
 * Rows below the titles of their columns; each column is as wide as its widest
 * text. Where a line has no room for all of them, the last ones are left out.
 */
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
  const room = { widths: fitting(widths, width), width };
  const lines = cells.map((line, at) => {
    const row = rows[at];
    return aligned(line, room).map((text, column) => {
      const color = row === undefined ? undefined : columns[column]?.color?.(row);
      return color === undefined ? text : paint[color](text);
    });
  });
  const head = aligned(titles, room).map(paint.dim);
  return [head, ...lines].map((line) => line.join(GAP).trimEnd()).join("\n");
}

/** The widths of the columns that are shown: of the last one something, of the others all. */
function fitting(widths: readonly number[], width: number): readonly number[] {
  const shown: number[] = [];
  let left = width;
  for (const wanted of widths) {
    if (shown.length > 0 && left < Math.min(wanted, MIN_SHOWN)) break;
    shown.push(wanted);
    left -= wanted + GAP.length;
  }
  return shown;
}

function aligned(
  cells: readonly string[],
  { widths, width }: { readonly widths: readonly number[]; readonly width: number },
): string[] {
  let left = width;
  return widths.map((wanted, at) => {
    const text = clipped(cells[at] ?? "", Math.max(1, left));
    const isLast = at === widths.length - 1;
    const padded = isLast ? text : text + " ".repeat(Math.max(0, wanted - widthOf(text)));
    left -= widthOf(padded) + GAP.length;
    return padded;
  });
}
