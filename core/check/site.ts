/**
 * Where an expression stands among the parts of a workflow, and so what it can
 * see.
 *
 * @module
 */
import type { Job, Stage } from "../model/workflow.ts";

/** Where an expression stands. */
export interface Site {
  /** The job around it; none for what stands at the workflow itself. */
  readonly job?: Job;
  /** The stages before it; none for the job's own fields. */
  readonly branch?: BranchSite;
  /** The stage that it belongs to. */
  readonly stage?: Stage;
  /** Whether it sees the stage's own outputs, as its declared outputs do. */
  readonly seesOutputs?: boolean;
  /** Whether it stands for all legs of a job with a matrix, as the declared outputs of one do. */
  readonly ofAllLegs?: boolean;
  /** Whether secrets may stand there. */
  readonly takesSecrets?: boolean;
  /** Whether it is read before the run begins, when only its parameters are there. */
  readonly onlyParams?: boolean;
  /** Whether it is read in each of the job's stages, as the job's environment is. */
  readonly everyStage?: boolean;
}

/** A place in a list of stages. */
export interface BranchSite {
  /** The list. */
  readonly stages: readonly Stage[];
  /** How many of them come before. */
  readonly before: number;
  /** The stage that holds the list, and where that one stands; none for the list of a job. */
  readonly around?: { readonly stage: Stage; readonly branch: BranchSite };
}

/** The beginning of a list of stages that a stage holds. */
export function within(around: PlacedStage, stages: readonly Stage[]): BranchSite {
  return { stages, before: 0, around };
}

/** A stage with its place. */
export interface PlacedStage {
  /** The stage. */
  readonly stage: Stage;
  /** Where it stands. */
  readonly branch: BranchSite;
}

/** All stages of a job with their places, outer ones first, in the order in which they were written. */
export function* placedStages(job: Job): Generator<PlacedStage> {
  yield* placedIn({ stages: job.stages, before: 0 });
}

function* placedIn(list: BranchSite): Generator<PlacedStage> {
  for (const [before, stage] of list.stages.entries()) {
    const branch = { ...list, before };
    yield { stage, branch };
    for (const body of Object.values(stage.bodies ?? {})) {
      yield* placedIn(within({ stage, branch }, body));
    }
  }
}
