/**
 * Where a part stands in its run, in the words that its author used.
 *
 * @module
 */
import type { BranchState, JobState, StageState } from "../../run/state.ts";

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

/**
 * Where a stage stands, in the form of its address but with names instead of
 * keys: `measure[city=Seattle]/Read the file`, `load/each[1]/echo`.
 */
export function stagePath({ branch, name }: StageState): string {
  return `${branchPath(branch)}/${name}`;
}

function branchPath({ scope, key }: BranchState): string {
  const { owner, expansion } = scope;
  const above = owner.kind === "job" ? owner.planned.id : stagePath(owner);
  return isAlone(owner, expansion.noun) ? above : `${above}[${key}]`;
}

/** Whether a branch is the only one there can be, so that naming it tells nothing. */
function isAlone(owner: JobState | StageState, noun: string): boolean {
  return owner.kind === "job" ? owner.planned.strategy === undefined : noun === "case";
}
