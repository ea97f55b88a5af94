/**
 * How the outcomes of parts make the outcome of a whole (REFERENCE C-261).
 *
 * @module
 */
import type { Outcome } from "./event.ts";

/**
 * Any failed part makes the whole failed, else any cancelled one makes it
 * cancelled; all skipped makes it skipped; a mixture of succeeded and skipped
 * has succeeded. `none` is the outcome of a whole without parts.
 */
export function foldOutcomes(parts: Iterable<Outcome>, none: Outcome): Outcome {
  const seen = new Set(parts);
  for (const outcome of ["failed", "cancelled", "succeeded", "skipped"] as const) {
    if (seen.has(outcome)) return outcome;
  }
  return none;
}
