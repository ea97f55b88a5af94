/**
 * Measures one row in a process of its own, so that no row inherits the heap
 * of another.
 *
 * `measure_row.ts P7` prints a row as JSON.
 *
 * @module
 */
import process from "node:process";
import { CannotMeasure } from "./bench.ts";
import { rowWith } from "./rows.ts";

const { id, title, budget, only, measure } = await rowWith(process.argv[2] ?? "");
const runtime = "Bun" in globalThis ? "bun" : "deno";
const row = { id, title, budget };
if (only !== undefined && only !== runtime) {
  console.log(JSON.stringify({ ...row, skipped: `it is measured on ${only} alone` }));
} else {
  try {
    console.log(JSON.stringify({ ...row, measured: await measure() }));
  } catch (error) {
    if (!(error instanceof CannotMeasure)) throw error;
    console.log(JSON.stringify({ ...row, skipped: error.message }));
  }
}
process.exit(0);
