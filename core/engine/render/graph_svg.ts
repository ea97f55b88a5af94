/**
 * A graph of jobs as an SVG picture.
 *
 * @module
 */
import {
  BOX_WIDTH,
  COLUMN_GAP,
  drawable,
  HEAD_HEIGHT,
  layoutOf,
  MARGIN,
  type PlacedBox,
  type PlacedEdge,
  ROW_HEIGHT,
} from "./graph_layout.ts";
import type { GraphPicture, PictureJob, PictureRow } from "./graph_picture.ts";
import {
  element,
  label,
  rounded,
  statusSign,
  svgDocument,
  type SvgOptions,
  svgText,
  widthOf,
} from "./svg.ts";

/**
 * The jobs as boxes in columns, with edges from what they wait for. The same
 * data gives the same text.
 *
 * @example
 * ```ts
 * import { graphSvg } from "./graph_svg.ts";
 *
 * const svg = graphSvg({
 *   title: "etl",
 *   jobs: [
 *     { id: "extract", label: "extract", needs: [], status: "succeeded", rows: [] },
 *     { id: "load", label: "load", needs: ["extract"], status: "running", rows: [] },
 *   ],
 * });
 * console.assert(svg.startsWith("<svg "));
 * ```
 */
export function graphSvg(picture: GraphPicture, options: SvgOptions = {}): string {
  const { width, height, boxes, edges } = layoutOf(picture);
  const status = picture.status === undefined ? [] : [picture.status];
  const title = [picture.title, ...status].join(", ");
  return svgDocument({
    ...options,
    ...{ width, height, title },
    idPrefix: options.idPrefix ?? "graph",
    description: descriptionOf(picture),
    elements: [
      label(title, { x: MARGIN, y: MARGIN + 12, width: width - 2 * MARGIN, className: "strong" }),
      ...edges.map(edgeElement),
      ...edges.filter(({ hasTip }) => hasTip).map(tipElement),
      ...boxes.map(boxElement),
    ],
  });
}

/** Of so many jobs the description tells. */
const MAX_DESCRIBED_JOBS = 50;

function descriptionOf({ jobs }: GraphPicture): string {
  if (jobs.length === 0) return "No jobs";
  const drawn = drawable(jobs);
  if (drawn.length < jobs.length) return `${jobs.length} jobs, too many to draw each by itself`;
  const told = jobs.slice(0, MAX_DESCRIBED_JOBS).map(sentenceOf);
  const hidden = jobs.length - told.length;
  return [...told, ...(hidden > 0 ? [`and ${hidden} more jobs`] : [])].join("; ");
}

function sentenceOf({ label, status, needs }: PictureJob): string {
  return [
    label,
    ...(status === undefined ? [] : [status]),
    ...(needs.length === 0 ? [] : [`after ${needs.join(" and ")}`]),
  ].join(", ");
}

/** How far the tip of an edge is from the box. */
const TIP = 7;

function edgeElement({ from, to, hasTip, dashed }: PlacedEdge): string {
  const end = hasTip ? to.x - TIP : to.x;
  const bend = rounded(from.x + COLUMN_GAP / 2);
  const isStraight = from.y === to.y;
  const way = isStraight
    ? `H${rounded(end)}`
    : `C${bend} ${rounded(from.y)} ${bend} ${rounded(to.y)} ${rounded(end)} ${rounded(to.y)}`;
  return element("path", {
    class: dashed ? "edge maybe" : "edge",
    d: `M${rounded(from.x)} ${rounded(from.y)}${way}`,
  });
}

function tipElement({ to: { x, y } }: PlacedEdge): string {
  const half = TIP / 2;
  return element("path", {
    class: "tip",
    d: `M${rounded(x - TIP)} ${rounded(y - half)}L${rounded(x)} ${rounded(y)}L${rounded(x - TIP)} ${
      rounded(y + half)
    }Z`,
  });
}

const PADDING = 12;
const STACK = 4;

function boxElement({ job, x, y, width, height }: PlacedBox): string {
  const { id, status, detail = "", stacked = false, rows } = job;
  const kind = status === undefined ? "card" : `card is-${status}`;
  const card = (offset: number, className: string) =>
    element("rect", { class: className, x: x + offset, y: y + offset, width, height, rx: 6 });
  const sign = status === undefined ? 0 : 20;
  const aside = detail === "" ? 0 : widthOf(detail) + PADDING;
  const content = [
    ...(stacked ? [card(STACK, "under")] : []),
    card(0, kind),
    ...(status === undefined
      ? []
      : [statusSign(status, { x: x + PADDING + 4, y: y + HEAD_HEIGHT / 2 })]),
    label(job.label, {
      x: x + PADDING + sign,
      y: y + HEAD_HEIGHT / 2 + 4,
      width: width - 2 * PADDING - sign - aside,
      className: "strong",
    }),
    ...detailElement(detail, x, y + HEAD_HEIGHT / 2 + 4),
    ...rows.flatMap((row, at) => rowElements(row, x, y + HEAD_HEIGHT + at * ROW_HEIGHT)),
  ];
  const name = [id, ...(status === undefined ? [] : [status])].join(", ");
  return element("g", { class: "job", "data-job": id, "data-status": status }, {
    content: [
      element("title", {}, { content: [svgText(name)] }),
      ...content,
    ],
  });
}

const INDENT = 12;

function rowElements(row: PictureRow, x: number, y: number): readonly string[] {
  const { depth, status, detail = "" } = row;
  const left = PADDING + Math.min(depth, 4) * INDENT;
  const sign = status === undefined ? 0 : 14;
  const aside = detail === "" ? 0 : widthOf(detail) + PADDING;
  const dot = status === undefined ? [] : [
    element(
      "circle",
      { class: `fill-${status}`, cx: x + left + 4, cy: y + ROW_HEIGHT / 2, r: 3.5 },
      {
        content: [
          element("title", {}, { content: [svgText(status)] }),
        ],
      },
    ),
  ];
  return [
    ...dot,
    label(row.label, {
      x: x + left + sign,
      y: y + ROW_HEIGHT / 2 + 4,
      width: BOX_WIDTH - left - sign - PADDING - aside,
      className: "small soft",
    }),
    ...detailElement(detail, x, y + ROW_HEIGHT / 2 + 4),
  ];
}

function detailElement(detail: string, x: number, y: number): readonly string[] {
  if (detail === "") return [];
  const place = { x: x + BOX_WIDTH - PADDING, y, "text-anchor": "end", class: "small soft" };
  return [element("text", place, { content: [svgText(detail)] })];
}
