/**
 * What all pictures are made of: elements, text that cannot break out of them,
 * and colours for light and dark.
 *
 * @module
 */
import type { PartStatus } from "./tree_row.ts";

/** How a picture is written. */
export interface SvgOptions {
  /**
   * Whether the picture carries its own colours. A page that puts pictures into
   * itself serves {@linkcode PICTURE_STYLE} once instead. @default true
   */
  readonly standalone?: boolean;
  /** Begins the ids in the picture, which must be unique in a page. @default "picture" */
  readonly idPrefix?: string;
}

/** A picture without its frame. */
export interface SvgBody extends SvgOptions {
  /** How wide it is, in pixels. */
  readonly width: number;
  /** How high it is. */
  readonly height: number;
  /** What it shows, in a few words. */
  readonly title: string;
  /** What it shows, for those who cannot see it. */
  readonly description: string;
  /** Its elements. */
  readonly elements: readonly string[];
}

/** The attributes of an element; numbers are rounded to hundredths. */
export type SvgAttributes = Readonly<Record<string, string | number | undefined>>;

const STATUSES = [
  "pending",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "skipped",
  "cancelled",
] as const satisfies readonly PartStatus[];

/** The colours and fonts of all pictures, by class; dark where the reader prefers that. */
export const PICTURE_STYLE: string = `
.sluice-picture{color-scheme:light dark;--paper:#fff;--card:#f7f8fa;--line:#c4cad3;--ink:#1d2430;--soft:#5b6675;
--succeeded:#1f7a3d;--failed:#c0282d;--running:#1769c2;--waiting:#9a6700;--skipped:#6b7480;--cancelled:#7a4bb0;--pending:#8a93a0;
font:12px ui-sans-serif,system-ui,sans-serif}
@media (prefers-color-scheme:dark){.sluice-picture{--paper:#11151b;--card:#1b212a;--line:#3d4756;--ink:#e7ebf1;--soft:#9aa6b5;
--succeeded:#4cc274;--failed:#ff7b7b;--running:#6cb2ff;--waiting:#e0b04b;--skipped:#8e99a8;--cancelled:#c09af0;--pending:#77828f}}
.sluice-picture .paper{fill:var(--paper)}
.sluice-picture .card{fill:var(--card);stroke:var(--line)}
.sluice-picture .under{fill:var(--card);stroke:var(--line)}
.sluice-picture text{fill:var(--ink)}
.sluice-picture .strong{font-weight:600}
.sluice-picture .soft{fill:var(--soft)}
.sluice-picture .small{font-size:11px}
.sluice-picture .edge{fill:none;stroke:var(--line);stroke-width:1.5}
.sluice-picture .maybe{stroke-dasharray:4 3}
.sluice-picture .tip{fill:var(--line)}
.sluice-picture .grid{stroke:var(--line);stroke-width:1;opacity:.6}
.sluice-picture .mark{fill:none;stroke:var(--ink);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.sluice-picture .idle{opacity:.35}
.sluice-picture .scope{opacity:.55}
${statusRules()}`.trim();

/** A whole picture as text; the same data gives the same text. */
export function svgDocument(body: SvgBody): string {
  const { width, height, title, description, elements } = body;
  const prefix = body.idPrefix ?? "picture";
  const frame = {
    xmlns: "http://www.w3.org/2000/svg",
    class: "sluice-picture",
    width,
    height,
    viewBox: `0 0 ${rounded(width)} ${rounded(height)}`,
    role: "img",
    "aria-labelledby": `${prefix}-title ${prefix}-desc`,
  };
  const head = [
    element("title", { id: `${prefix}-title` }, { content: [svgText(title)] }),
    element("desc", { id: `${prefix}-desc` }, { content: [svgText(description)] }),
    ...(body.standalone ?? true
      ? [element("style", {}, { content: [`\n${PICTURE_STYLE}\n`] })]
      : []),
    element("rect", { class: "paper", width, height }),
  ];
  return element("svg", frame, { content: [`\n${[...head, ...elements].join("\n")}\n`] });
}

/** An element; what stands in it must be elements or escaped text. */
export function element(
  name: string,
  attributes: SvgAttributes,
  { content = [] }: { readonly content?: readonly string[] } = {},
): string {
  const written = Object.entries(attributes).map(([key, value]) =>
    value === undefined
      ? ""
      : ` ${key}="${typeof value === "number" ? rounded(value) : svgText(value)}"`
  ).join("");
  return content.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${content.join("")}</${name}>`;
}

/** A line of text that takes at most `width` pixels; what does not fit is shown by a tool tip. */
export function label(
  text: string,
  { x, y, width, className = "" }: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly className?: string;
  },
): string {
  const line = oneLine(text);
  const shown = fitted(line, width);
  const tip = shown === line ? [] : [element("title", {}, { content: [svgText(line)] })];
  const kind = className === "" ? undefined : className;
  return element("text", { x, y, class: kind }, { content: [svgText(shown), ...tip] });
}

/** Text as it may stand in an element or in an attribute. */
export function svgText(text: string): string {
  return text.replaceAll(UNWRITABLE, "\uFFFD").replaceAll(
    /[&<>"']/g,
    (sign) => ESCAPES[sign] ?? "",
  );
}

/** How wide a text is at most, in pixels. Nothing measures it here, so it is guessed generously. */
export function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += WIDE.test(sign) ? WIDE_SIGN_WIDTH : SIGN_WIDTH;
  return width;
}

/** A sign for a status, in a square of 12 by 12 around a point: told apart by its form, not by colour alone. */
export function statusSign(
  status: PartStatus,
  { x, y }: { readonly x: number; readonly y: number },
): string {
  const circle = element("circle", { cx: x, cy: y, r: 6, class: `fill-${status}` });
  const sign = SIGNS[status];
  const drawn = sign === "" ? [] : [
    element("path", {
      d: sign,
      class: "mark on",
      transform: `translate(${rounded(x)} ${rounded(y)})`,
    }),
  ];
  return element("g", { class: "status" }, { content: [circle, ...drawn] });
}

/** A number as it is written in a picture. */
export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function statusRules(): string {
  const rules = STATUSES.map((status) =>
    `.sluice-picture .fill-${status}{fill:var(--${status})}` +
    `.sluice-picture .card.is-${status}{stroke:var(--${status});stroke-width:1.5}`
  );
  return [...rules, ".sluice-picture .mark.on{stroke:var(--paper)}"].join("\n");
}

const SIGNS: Readonly<Record<PartStatus, string>> = {
  pending: "",
  running: "M-1.5 -2.5L2.5 0L-1.5 2.5Z",
  waiting: "M0 -3V0H2.5",
  succeeded: "M-2.8 .2L-.8 2.2L2.8 -1.8",
  failed: "M-2.2 -2.2L2.2 2.2M2.2 -2.2L-2.2 2.2",
  skipped: "M-2.8 0H2.8",
  cancelled: "M-2 -2H2V2H-2Z",
};

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What XML cannot hold at all, not even escaped. */
// deno-lint-ignore no-control-regex -- these are what it is to find
const UNWRITABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu;

const SIGN_WIDTH = 7;
const WIDE_SIGN_WIDTH = 13;
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Extended_Pictographic}/u;

/** The longest line that a picture keeps of a text, for its tool tips. */
const MAX_LINE_CHARS = 400;

function oneLine(text: string): string {
  const line = text.slice(0, MAX_LINE_CHARS).replaceAll(/\s+/g, " ").trim();
  return text.length > MAX_LINE_CHARS ? `${line}…` : line;
}

function fitted(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let [shown, used] = ["", SIGN_WIDTH];
  for (const sign of line) {
    used += widthOf(sign);
    if (used > width) break;
    shown += sign;
  }
  return `${shown.trimEnd()}…`;
}
