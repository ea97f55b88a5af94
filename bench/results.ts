/**
 * What was measured, kept in the repository so that one row can be measured
 * anew, anywhere, without the loss of the others.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import type { Curve, Measured } from "./bench.ts";

/** What came of one row. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly budget: number;
  /** What was found; absent where it could not be measured. */
  readonly measured?: Measured;
  /** Why it could not be measured. */
  readonly skipped?: string;
  /** How many processes wanted to run at once when it began: above the number of cores the figures are rough. */
  readonly load?: number;
  /** The day on which it was measured, as 2026-11-24. */
  readonly day?: string;
}

/** All that was measured with one runtime. */
export interface Findings {
  /** The runtime and its version. */
  readonly runtime: string;
  /** The system, its processors, and what it costs to flush the disk. */
  readonly machine: string;
  /** The rows, by id. */
  readonly rows: Readonly<Record<string, Row>>;
  /** Scaling curves, by subject. */
  readonly curves: Readonly<Record<string, Curve>>;
}

/** What was measured with each runtime. */
export type Results = Readonly<Record<string, Findings>>;

const FILE = new URL("./results.json", import.meta.url);

/** What was measured before; nothing where there is nothing. */
export async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(FILE, "utf8").catch(() => "{}"));
}

/** Keeps what was measured. */
export async function writeResults(results: Results): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(results, null, 2)}\n`);
}
