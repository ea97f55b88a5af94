/**
 * A release whose time has come, and how its run is started.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Overlap } from "../model/schedule_policy.ts";
import type { Workflow } from "../model/workflow.ts";
import type { FollowedRun } from "../plan/plan.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import type { Calendar } from "../schedule/slots.ts";
import type { StartOptions } from "./engine_options.ts";

/** Loads the whole of a workflow as it was when somebody last looked at its file. */
export type WorkflowLoader = (workflow: ScheduledWorkflow) => Promise<Workflow>;

/** In view of what it is noted that a release was missed. */
export interface MissedFacts {
  /** The cursors of the store under `MISSED_CURSORS`. */
  readonly known: ReadonlyMap<string, number>;
  /** Knows when cron texts fire. */
  readonly calendar: Calendar;
}

/** A release whose time has come. */
export interface DueRelease {
  /** The workflow, as it is now. */
  readonly workflow: ScheduledWorkflow;
  /** The id of the run; it follows from what the release is for. */
  readonly runId: string;
  /** What the run stands for. */
  readonly slotMs: number;
  /** What starts it: `schedule`, `release`, or the name of a trigger. */
  readonly trigger: string;
  /** The parameters of the run. */
  readonly params: ValueObject;
  /** The run that it follows. */
  readonly followed?: FollowedRun;
  /** What becomes of it while another run is under way. */
  readonly overlap: Overlap;
  /** Moved on once it has been decided, and its run has begun. */
  readonly cursors: ReadonlyMap<string, number>;
  /** What is moved on as well when no run can be started. */
  readonly missed: (facts: MissedFacts) => ReadonlyMap<string, number>;
}

/** How the run of a release is started. */
export function startOptionsOf(
  { runId, trigger, params, slotMs, followed }: DueRelease,
): StartOptions {
  return {
    ...{ runId, trigger, params },
    release: { type: "normal", logicalDateMs: slotMs, ...(followed && { followed }) },
    ...(followed && { parentRunId: followed.runId }),
  };
}
