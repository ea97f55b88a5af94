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
}

/** The samples of one thing, in milliseconds. */
export interface Series {
  readonly what: string;
  readonly samplesMs: readonly number[];
}

/** One line of PERFORMANCE. */
export interface Bench {
  /** `P1`, `P2`, … */
  readonly id: string;
  /** What it measures. */
  readonly title: string;
  /** The largest ratio of medians that holds. */
  readonly budget: number;
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
  return median(ours.samplesMs) / median(floor.samplesMs);
}
