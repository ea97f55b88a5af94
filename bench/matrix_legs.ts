/** P7: what a leg of a large matrix costs. @module */
import type { Bench, Point } from "./bench.ts";
import { costEach, curveOf, exponentOf, pointOf } from "./scaling.ts";

const SIZES = [1_000, 10_000, 100_000];
const [SMALL = NaN] = SIZES;
const SMALL_TIMES = 3;
const BYTES_PER_MEGABYTE = 1_048_576;

/** A hundred thousand legs against our own figure at a thousand. */
export const matrixLegs: Bench = {
  id: "P7",
  title: "matrix of 100,000 legs, durable: cost of each",
  budget: 1.3,
  async measure() {
    const curve = await curveOf("legs", SIZES);
    const small: Point[] = curve.points.slice(0, 1);
    while (small.length < SMALL_TIMES) small.push(await pointOf("legs", SMALL));
    const large = curve.points.slice(-1);
    const bytes = large.map(({ megabytes, size }) => megabytes * BYTES_PER_MEGABYTE / size);
    const each = `${bytes.map((count) => count.toFixed(0)).join()} B a leg at its peak`;
    return {
      ours: { what: "a leg of 100,000", samplesMs: large.map(costEach) },
      floor: { what: "a leg of 1,000", samplesMs: small.map(costEach) },
      note: `9 at once; exponent ${exponentOf(curve).toFixed(2)}; ${each}, budget 2,048 B`,
      curves: [curve],
    };
  },
};
