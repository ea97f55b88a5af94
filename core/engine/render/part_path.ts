/**
 * Where a part stands in its run, in the words that its author used.
 *
 * @module
 */
import type { BranchState, StageState } from "../../run/state.ts";

/**
 * The parts that lead to a stage and the stage itself, outermost first: the
 * job, its leg if there are several, the stages and branches in between. It
 * looks like the stage's address, with names instead of keys.
 */
export function pathOfStage(stage: StageState): readonly string[] {
  return [...pathOfBranch(stage.branch), stage.name];
}

/** The same for a leg or a branch. */
export function pathOfBranch({ scope, key }: BranchState): readonly string[] {
  const { owner, expansion } = scope;
  const above = owner.kind === "job" ? [owner.planned.id] : pathOfStage(owner);
  const alone = owner.kind === "job"
    ? owner.planned.strategy === undefined
    : expansion.noun === "case";
  return alone ? above : [...above, key];
}

/** A path in one line: `measure › city=Seattle,year=2012 › Read the file`. */
export function pathText(path: readonly string[]): string {
  return path.join(" › ");
}
