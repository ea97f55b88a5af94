/** Pictures of scaling curves. @module */
import type { Curve, Point } from "./bench.ts";
import { costEach, exponentOf } from "./scaling.ts";

const WIDTH = 520;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 20;
const TOP = 44;
const BOTTOM = 40;

/** What each runtime is drawn in. */
const COLORS: Readonly<Record<string, string>> = { deno: "#1f6feb", bun: "#b35900" };

/** The same subject with one runtime or several. */
export interface Drawn {
  readonly runtime: string;
  readonly curve: Curve;
}

/** The cost of each against how many there are, as SVG; a level line is a cost that does not grow. */
export function plotOf(subject: string, drawn: readonly Drawn[]): string {
  const points = drawn.flatMap(({ curve }) => curve.points);
  const [x, y] = [
    axisOf(points.map(({ size }) => size), { from: LEFT, to: WIDTH - RIGHT }),
    axisOf(points.map(microsecondsEach), { from: HEIGHT - BOTTOM, to: TOP }),
  ];
  const frame = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(`${subject}: microseconds for each, against how many there are`, { x: LEFT, y: 20 }),
    ...x.ticks.map((tick) => vertical(x.at(tick), countText(tick))),
    ...y.ticks.map((tick) => horizontal(y.at(tick), countText(tick))),
  ];
  const lines = drawn.map(({ runtime, curve }, at) => {
    const color = COLORS[runtime] ?? "#555";
    const path = curve.points.map((point) =>
      `${x.at(point.size).toFixed(1)},${y.at(microsecondsEach(point)).toFixed(1)}`
    );
    const dots = path.map((place) => {
      const [cx, cy] = place.split(",");
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`;
    });
    const label = `${runtime}: exponent ${exponentOf(curve).toFixed(2)}`;
    return [
      `<polyline points="${path.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...dots,
      text(label, { x: LEFT + 6 + at * 160, y: 36, color }),
    ].join("\n");
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`;
  const font = 'font-family="sans-serif" font-size="12"';
  const title = `<title>Cost of ${subject} against how many there are</title>`;
  return `${svg} ${font}>\n${[title, ...frame, ...lines].join("\n")}\n</svg>\n`;
}

interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** A logarithmic axis in whole powers of ten. */
function axisOf(
  values: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
    at: (value) => from + (to - from) * (Math.log10(value) - low) / (high - low),
  };
}

function microsecondsEach(point: Point): number {
  return costEach(point) * 1_000;
}

function vertical(x: number, label: string): string {
  const line = `<path d="M${x} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/>`;
  return line + text(label, { x, y: HEIGHT - BOTTOM + 18, anchor: "middle" });
}

function horizontal(y: number, label: string): string {
  return `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#ddd"/>` +
    text(label, { x: LEFT - 8, y: y + 4, anchor: "end" });
}

function countText(count: number): string {
  return count >= 1 ? String(Math.round(count)) : String(count);
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly color?: string;
}

function text(label: string, { x, y, anchor = "start", color = "#333" }: Label): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${color}">${label}</text>`;
}
