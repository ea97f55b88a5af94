/**
 * What a measurement is: ours and a floor or peer, taken in turns within one
 * run, so that the ratio holds on any machine.
 *
 * @module
 */

/** What a measurement found. */
export interface Measured {
  /** The name of what is measured, e.g. `sluice run`. */
  readonly ours: Series;
  /** What it is measured against. */
  readonly floor: Series;
  /** What must be known to read the figure: fsyncs, sizes. */
  readonly note: string;
  /** What it costs at several sizes, where that is the question. */
  readonly curves?: readonly Curve[];
}

/** The samples of one thing. */
export type Series = Times | Sizes;

/** How long something took, each time. */
export interface Times {
  readonly what: string;
  readonly samplesMs: readonly number[];
}

/** How much memory something took, each time. */
export interface Sizes {
  readonly what: string;
  readonly samplesMegabytes: readonly number[];
}

/** What something costs, against how much of it there is. */
export interface Curve {
  /** What there is more and more of: `legs`, `runs`. */
  readonly of: string;
  readonly points: readonly Point[];
}

/** What so much of something costs. */
export interface Point {
  readonly size: number;
  readonly ms: number;
  /** Processor time: the same whether or not the machine is shared. */
  readonly processorMs: number;
  /** The most memory that was taken, above what was taken before it began. */
  readonly megabytes: number;
}

/** Says why a figure cannot be had here: a peer that cannot be installed, a program that is absent. */
export class CannotMeasure extends Error {
  override readonly name = "CannotMeasure";
}

/** One line of PERFORMANCE. */
export interface Bench {
  /** `P1`, `P2`, … */
  readonly id: string;
  /** What it measures. */
  readonly title: string;
  /** The largest ratio of medians that holds. */
  readonly budget: number;
  /** The one runtime that it is measured on. @default each */
  readonly only?: "deno" | "bun";
  /** Takes the samples. */
  measure(): Promise<Measured>;
}

/** Times two things in turns, A B A B, after one warm-up of each. */
export async function inTurns(
  runs: number,
  things: { readonly ours: () => Promise<void>; readonly floor: () => Promise<void> },
): Promise<{ readonly ours: number[]; readonly floor: number[] }> {
  await things.ours();
  await things.floor();
  const taken = { ours: new Array<number>(), floor: new Array<number>() };
  for (let run = 0; run < runs; run++) {
    taken.ours.push(await timed(things.ours));
    taken.floor.push(await timed(things.floor));
  }
  return taken;
}

/** Milliseconds that something takes. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** The middle of some samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle] ?? NaN
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The ratio of medians. */
export function ratioOf({ ours, floor }: Measured): number {
  return median(samplesOf(ours)) / median(samplesOf(floor));
}

/** The middle of a series, with its unit. */
export function medianText(series: Series): string {
  const middle = median(samplesOf(series));
  if ("samplesMegabytes" in series) return `${middle.toFixed(1)} MB`;
  return middle < 1 ? `${(middle * 1_000).toFixed(1)} µs` : `${middle.toFixed(1)} ms`;
}

function samplesOf(series: Series): readonly number[] {
  return "samplesMs" in series ? series.samplesMs : series.samplesMegabytes;
}
