/** P8: what a job of many costs. @module */
import type { Bench, Point } from "./bench.ts";
import { costEach, curveOf, exponentOf, pointOf } from "./scaling.ts";
import type { Subject } from "./subjects.ts";

const SIZES = [1_000, 3_000, 10_000];
const [SMALL = NaN, , LARGE = NaN] = SIZES;
const TIMES = 3;

/** Each needs the one before. */
export const chain: Bench = benchOf("P8a", "jobs in a chain");

/** All but two need the first, and the last needs them. */
export const fan: Bench = benchOf("P8b", "jobs in a fan");

/** A square of jobs, each of which needs two of the row above. */
export const layers: Bench = benchOf("P8c", "jobs in layers");

function benchOf(id: string, subject: Subject): Bench {
  return {
    id,
    title: `10,000 ${subject}: cost of each, plan and run`,
    budget: 1.3,
    async measure() {
      const curve = await curveOf(subject, SIZES);
      const [small, large]: [Point[], Point[]] = [[], []];
      for (let i = 0; i < TIMES; i++) {
        small.push(await pointOf(subject, SMALL));
        large.push(await pointOf(subject, LARGE));
      }
      return {
        ours: { what: "a job of 10,000", samplesMs: large.map(costEach) },
        floor: { what: "a job of 1,000", samplesMs: small.map(costEach) },
        note: `in memory, 10 at once; exponent ${exponentOf(curve).toFixed(2)}`,
        curves: [curve],
      };
    },
  };
}
