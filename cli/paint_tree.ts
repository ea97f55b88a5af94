/**
 * The rows of a run as lines of a terminal.
 *
 * @module
 */
import {
  elapsedText,
  type PartRow,
  type PartStatus,
  type TextRow,
  type TreeRow,
} from "../core/engine/render/tree_row.ts";
import type { Paint } from "./paint.ts";
import { clipped, terminalText, widthOf } from "./terminal_text.ts";

/** How rows are drawn. */
export interface TreeStyle {
  /** The colours. */
  readonly paint: Paint;
  /** How wide a line may be. */
  readonly columns: number;
  /** Which picture of the moving sign is shown. @default a sign that stands still */
  readonly frame?: number;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

const SIGNS: Readonly<Record<PartStatus, string>> = {
  pending: "○",
  running: "●",
  waiting: "↻",
  succeeded: "✓",
  failed: "✗",
  skipped: "-",
  cancelled: "■",
};

const COLORS: Readonly<Record<PartStatus, keyof Paint>> = {
  pending: "dim",
  running: "cyan",
  waiting: "yellow",
  succeeded: "green",
  failed: "red",
  skipped: "dim",
  cancelled: "yellow",
};

/** The rows, one line each. */
export function paintTree(rows: readonly TreeRow[], style: TreeStyle): readonly string[] {
  return rows.map((row) => row.kind === "part" ? paintPart(row, style) : paintText(row, style));
}

/** The sign of a status in its colour. */
export function paintStatus(status: PartStatus, paint: Paint): string {
  return paint[COLORS[status]](SIGNS[status]);
}

const LEAST_LABEL_COLUMNS = 12;

function paintPart(row: PartRow, { paint, columns, frame }: TreeStyle): string {
  const { depth, status } = row;
  const spins = status === "running" && frame !== undefined;
  const sign = spins ? SPINNER[frame % SPINNER.length] ?? SIGNS.running : SIGNS[status];
  const indent = "  ".repeat(depth);
  const elapsed = elapsedText(row);
  const taken = indent.length + 2 + (elapsed === "" ? 0 : elapsed.length + 2);
  const label = clipped(terminalText(row.label), Math.max(LEAST_LABEL_COLUMNS, columns - taken));
  const left = columns - taken - widthOf(label) - 2;
  const detail = left < LEAST_LABEL_COLUMNS ? "" : clipped(terminalText(row.detail), left);
  return [
    `${indent}${paint[COLORS[status]](sign)} ${paintLabel(label, row, paint)}`,
    ...[detail, elapsed].filter((text) => text !== "").map(paint.dim),
  ].join("  ");
}

function paintLabel(label: string, { depth, status }: PartRow, paint: Paint): string {
  if (depth === 0) return paint.bold(label);
  return status === "pending" || status === "skipped" ? paint.dim(label) : label;
}

function paintText({ depth, tone, text }: TextRow, { paint, columns }: TreeStyle): string {
  const indent = "  ".repeat(depth);
  const line = clipped(terminalText(text), columns - indent.length - 2);
  switch (tone) {
    case "output":
      return `${indent}${paint.dim("│")} ${line}`;
    case "error":
      return `${indent}${paint.red(line)}`;
    case "more":
      return `${indent}${paint.dim(line)}`;
    default:
      return tone satisfies never;
  }
}
