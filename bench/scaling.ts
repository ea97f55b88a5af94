/** What something costs against how much of it there is. @module */
import type { Curve, Point } from "./bench.ts";
import { printedBy, runtimeCommand } from "./process.ts";
import type { Subject } from "./subjects.ts";

const MEASURE_SIZE = new URL("./measure_size.ts", import.meta.url);

/** One subject at several sizes, each in a process of its own. */
export async function curveOf(subject: Subject, sizes: readonly number[]): Promise<Curve> {
  const points: Point[] = [];
  for (const size of sizes) points.push(await pointOf(subject, size));
  return { of: subject, points };
}

/** One subject at one size. */
export async function pointOf(subject: Subject, size: number): Promise<Point> {
  return JSON.parse(await printedBy(runtimeCommand(MEASURE_SIZE, [subject, String(size)])));
}

/** Milliseconds of processor time for each one, at the size. */
export function costEach({ processorMs, size }: Point): number {
  return processorMs / size;
}

/**
 * The exponent of a curve: 1 where twice as many cost twice as much, 2 where
 * they cost four times as much. The slope of the line that fits best when both
 * axes are logarithmic.
 */
export function exponentOf({ points }: Curve): number {
  return slopeOf(points.map(({ size, processorMs }) => [size, processorMs]));
}

/** Memory comes in pieces of so many megabytes; less of it tells nothing. */
const TELLING_MEGABYTES = 8;

/** The exponent of what memory is taken; `undefined` where so little is taken that it cannot be told. */
export function memoryExponentOf({ points }: Curve): number | undefined {
  const telling = points.filter(({ megabytes }) => megabytes >= TELLING_MEGABYTES);
  if (telling.length < 2) return undefined;
  return slopeOf(telling.map(({ size, megabytes }) => [size, megabytes]));
}

/** Both exponents, as people read them. */
export function exponentsText(curve: Curve): string {
  const memory = memoryExponentOf(curve)?.toFixed(2) ?? "too little to tell";
  return `exponent ${exponentOf(curve).toFixed(2)}, of memory ${memory}`;
}

function slopeOf(points: readonly (readonly [size: number, cost: number])[]): number {
  const places = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const [x, y] = [mean(places.map(([at]) => at)), mean(places.map(([, at]) => at))];
  const along = places.reduce((sum, [one, other]) => sum + (one - x) * (other - y), 0);
  return along / places.reduce((sum, [one]) => sum + (one - x) ** 2, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
