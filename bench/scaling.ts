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
  const [xs, ys] = [
    points.map(({ size }) => Math.log(size)),
    points.map(({ processorMs }) => Math.log(processorMs)),
  ];
  const [x, y] = [mean(xs), mean(ys)];
  const along = xs.reduce((sum, at, i) => sum + (at - x) * ((ys[i] ?? y) - y), 0);
  return along / xs.reduce((sum, at) => sum + (at - x) ** 2, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
