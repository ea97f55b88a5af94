/**
 * The stages around a place in a list of stages.
 *
 * @module
 */
import type { BranchSite } from "../site.ts";

/** The most stages that are nested in one another. */
const MAX_NESTING = 100;

/** The stages around a place, the innermost first. */
export function* aroundSite(
  branch: BranchSite | undefined,
): Generator<NonNullable<BranchSite["around"]>> {
  let outer = branch?.around;
  for (let depth = 0; outer !== undefined && depth < MAX_NESTING; depth++) {
    yield outer;
    outer = outer.branch.around;
  }
}
