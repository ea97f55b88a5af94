/**
 * A run over time for a terminal: a line for each part, with bars of characters.
 *
 * @module
 */
import { durationText } from "./duration_text.ts";
import type { PartStatus } from "./tree_row.ts";
import type { Timeline, TimelineBar, TimelineRow } from "./timeline.ts";

/** One line of the chart. */
export interface TimelineLine {
  /** How far the part has come. */
  readonly status: PartStatus;
  /** Its name, indented and filled up to one width. */
  readonly label: string;
  /** Its bars: `█` for work, `▒` for work that failed, `░` for waits. */
  readonly chart: string;
  /** How long its attempts took, all together. */
  readonly took: string;
}

/** How wide names are at most, and how narrow at least. */
const MAX_LABEL_CHARS = 40;

/** The narrowest and the widest chart. */
const MIN_CHART_CHARS = 10;
const MAX_CHART_CHARS = 120;

/** Between the columns, and for how long something took. */
const OTHER_CHARS = 14;

/** The run as lines that are at most `columns` wide. */
export function timelineLines(
  timeline: Timeline,
  { columns }: { readonly columns: number },
): readonly TimelineLine[] {
  const labels = timeline.rows.map(({ depth, label }) => `${"  ".repeat(depth)}${oneLine(label)}`);
  const longest = labels.reduce((most, label) => Math.max(most, label.length), 0);
  const width = Math.min(MAX_LABEL_CHARS, longest, Math.max(8, Math.floor(columns / 2)));
  const room = columns - width - OTHER_CHARS;
  const chart = Math.max(MIN_CHART_CHARS, Math.min(MAX_CHART_CHARS, room));
  return timeline.rows.map((row, at) => ({
    status: row.status,
    label: filled(labels[at] ?? "", width),
    chart: chartOf(row, { timeline, width: chart }),
    took: tookText(row),
  }));
}

function chartOf(
  { bars }: TimelineRow,
  { timeline: { from, to }, width }: { readonly timeline: Timeline; readonly width: number },
): string {
  const cells = Array.from({ length: width }, () => " ");
  const whole = Math.max(1, to - from);
  const cellAt = (at: number) => Math.floor(Math.min(1, Math.max(0, (at - from) / whole)) * width);
  for (const bar of bars) {
    const first = Math.min(width - 1, cellAt(bar.from));
    const last = Math.max(first + 1, cellAt(bar.to));
    cells.fill(signOf(bar), first, last);
  }
  return cells.join("");
}

function signOf({ kind, status }: TimelineBar): string {
  if (kind !== "work") return "░";
  return status === "failed" || status === "cancelled" ? "▒" : "█";
}

function tookText({ bars }: TimelineRow): string {
  const work = bars.filter(({ kind }) => kind === "work");
  if (work.length === 0) return "";
  return durationText(work.reduce((sum, { from, to }) => sum + to - from, 0));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

function filled(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}
