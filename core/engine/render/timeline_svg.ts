/**
 * A run over time as an SVG picture: a bar for each attempt, hatched where
 * something had to wait.
 *
 * @module
 */
import { durationText } from "./duration_text.ts";
import { element, label, statusSign, svgDocument, type SvgOptions, svgText } from "./svg.ts";
import type { Timeline, TimelineBar, TimelineRow } from "./timeline.ts";

/** How wide the names are, in pixels. */
export const LABEL_WIDTH = 260;
/** How wide the time is. */
export const CHART_WIDTH = 720;
/** How high a row is. */
export const TIMELINE_ROW_HEIGHT = 22;

/**
 * A run over time. The same data gives the same text.
 *
 * @example
 * ```ts
 * import { timelineSvg } from "./timeline_svg.ts";
 *
 * const svg = timelineSvg({
 *   title: "etl run-1",
 *   status: "succeeded",
 *   from: 0,
 *   to: 4_000,
 *   marks: [],
 *   rows: [{
 *     kind: "job",
 *     address: "load",
 *     depth: 0,
 *     label: "load",
 *     status: "succeeded",
 *     bars: [{ kind: "work", from: 500, to: 4_000, status: "succeeded", attempt: 1 }],
 *   }],
 * });
 * console.assert(svg.startsWith("<svg "));
 * ```
 */
export function timelineSvg(timeline: Timeline, options: SvgOptions = {}): string {
  const { rows, marks, status } = timeline;
  const prefix = options.idPrefix ?? "timeline";
  const scale = scaleOf(timeline);
  const height = TOP + rows.length * TIMELINE_ROW_HEIGHT + MARGIN;
  const title = `${timeline.title}, ${status}, ${durationText(timeline.to - timeline.from)}`;
  const place = {
    x: MARGIN,
    y: MARGIN + 12,
    width: LABEL_WIDTH + CHART_WIDTH,
    className: "strong",
  };
  return svgDocument({
    ...options,
    idPrefix: prefix,
    ...{ width: 2 * MARGIN + LABEL_WIDTH + CHART_WIDTH, height, title },
    description: descriptionOf(rows),
    elements: [
      hatch(prefix),
      label(title, place),
      ...ticksOf(timeline).flatMap((ms) =>
        tickElements(ms, { x: scale(timeline.from + ms), height })
      ),
      ...rows.flatMap((row, at) =>
        rowElements(row, TOP + at * TIMELINE_ROW_HEIGHT, { scale, prefix })
      ),
      ...marks.map(({ at, label }) => markElement(label, { x: scale(at), height })),
    ],
  });
}

const MARGIN = 16;
const TOP = 72;

type Scale = (at: number) => number;

function scaleOf({ from, to }: Timeline): Scale {
  const whole = Math.max(1, to - from);
  const left = MARGIN + LABEL_WIDTH;
  return (at) => left + Math.min(1, Math.max(0, (at - from) / whole)) * CHART_WIDTH;
}

/** Of so many rows the description tells. */
const MAX_DESCRIBED_ROWS = 50;

function descriptionOf(rows: readonly TimelineRow[]): string {
  if (rows.length === 0) return "Nothing has begun";
  const told = rows.slice(0, MAX_DESCRIBED_ROWS).map(({ label, status, bars }) => {
    const work = bars.filter(({ kind }) => kind === "work");
    const ms = work.reduce((sum, { from, to }) => sum + to - from, 0);
    const tries = work.length > 1 ? ` in ${work.length} attempts` : "";
    return `${label}, ${status}${work.length === 0 ? "" : `, ${durationText(ms)}${tries}`}`;
  });
  const hidden = rows.length - told.length;
  return [...told, ...(hidden > 0 ? [`and ${hidden} more rows`] : [])].join("; ");
}

/** Lines across waits; their colour is that of the text. */
function hatch(prefix: string): string {
  const line = element("path", { class: "grid", d: "M0 6L6 0" });
  const pattern = { id: `${prefix}-wait`, width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  return element("defs", {}, { content: [element("pattern", pattern, { content: [line] })] });
}

const MAX_TICKS = 8;
const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1_000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600_000),
];
const DAY_MS = 86_400_000;

/** Round times from the beginning on, at most {@linkcode MAX_TICKS} and one. */
function ticksOf({ from, to }: Timeline): readonly number[] {
  const whole = Math.max(1, to - from);
  const step = STEPS_MS.find((ms) => whole / ms <= MAX_TICKS) ??
    Math.ceil(whole / MAX_TICKS / DAY_MS) * DAY_MS;
  return Array.from({ length: Math.floor(whole / step) + 1 }, (_, at) => at * step);
}

function tickElements(
  ms: number,
  { x, height }: { readonly x: number; readonly height: number },
): readonly string[] {
  return [
    element("path", { class: "grid", d: `M${x.toFixed(1)} ${TOP - 6}V${height - MARGIN}` }),
    element("text", { x, y: TOP - 12, class: "small soft", "text-anchor": "middle" }, {
      content: [
        svgText(ms === 0 ? "0" : durationText(ms)),
      ],
    }),
  ];
}

const INDENT = 14;
const MAX_INDENTS = 6;

interface Drawing {
  readonly scale: Scale;
  readonly prefix: string;
}

function rowElements(row: TimelineRow, y: number, drawing: Drawing): readonly string[] {
  const { kind, depth, status, address } = row;
  const x = MARGIN + 6 + Math.min(depth, MAX_INDENTS) * INDENT;
  const middle = y + TIMELINE_ROW_HEIGHT / 2;
  return [
    element(
      "g",
      { class: `row ${kind}`, "data-part": address || undefined, "data-status": status },
      {
        content: [
          statusSign(status, { x, y: middle }),
          label(row.label, {
            x: x + 12,
            y: middle + 4,
            width: LABEL_WIDTH - (x - MARGIN) - 20,
            className: depth === 0 ? "strong" : "small",
          }),
          ...row.bars.flatMap((bar) => barElements(bar, { row, middle, ...drawing })),
        ],
      },
    ),
  ];
}

/** So that a moment can still be seen. */
const MIN_BAR_WIDTH = 2;

function barElements(
  bar: TimelineBar,
  { row, middle, scale, prefix }: Drawing & {
    readonly row: TimelineRow;
    readonly middle: number;
  },
): readonly string[] {
  const height = row.kind === "stage" ? 10 : 14;
  const right = MARGIN + LABEL_WIDTH + CHART_WIDTH;
  const x = Math.min(scale(bar.from), right - MIN_BAR_WIDTH);
  const width = Math.max(MIN_BAR_WIDTH, scale(bar.to) - x);
  const box = { x, y: middle - height / 2, width, height, rx: 2 };
  const tip = element("title", {}, { content: [svgText(tipOf(bar, row))] });
  if (bar.kind !== "work") {
    return [
      element("rect", { ...box, fill: `url(#${prefix}-wait)`, class: "wait" }, { content: [tip] }),
    ];
  }
  // What holds others steps back behind them.
  const scope = row.kind === "job" || row.kind === "branch" ? "scope " : "";
  return [element("rect", { ...box, class: `${scope}fill-${bar.status}` }, { content: [tip] })];
}

function tipOf({ kind, from, to, status, attempt }: TimelineBar, row: TimelineRow): string {
  const took = durationText(to - from);
  switch (kind) {
    case "work":
      return `${row.label}${attempt > 1 ? `, attempt ${attempt}` : ""}: ${status}, ${took}`;
    case "delay":
      return `${row.label}: waited ${took} after attempt ${attempt}`;
    case "queue":
      return `${row.label}: waited ${took} for its turn`;
    default:
      return kind satisfies never;
  }
}

function markElement(
  text: string,
  { x, height }: { readonly x: number; readonly height: number },
): string {
  const line = { class: "mark idle", d: `M${x.toFixed(1)} ${TOP - 6}V${height - MARGIN}` };
  return element("path", line, { content: [element("title", {}, { content: [svgText(text)] })] });
}
