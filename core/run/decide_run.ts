/**
 * What a run does next: hands free slots to jobs, and ends once all have.
 *
 * @module
 */
import type { Decision } from "./decision.ts";
import type { Failure, Outcome, RunEvent } from "./event.ts";
import { foldOutcomes } from "./fold.ts";
import { planOf, type RunState } from "./state.ts";

/** Gives free slots to jobs that wait for one, or ends the run. */
export function decideRun({ state, at }: Decision): RunEvent[] {
  if (state.unsettledJobs === 0) return [{ type: "run.settled", at, ...verdictOf(state) }];
  for (let free = freeSlots(state); free > 0; free--) {
    const job = state.ready.take();
    if (job === undefined) break;
    state.agenda.add(job);
  }
  return [];
}

/** How many more jobs may begin. */
export function freeSlots(state: RunState): number {
  return planOf(state).maxParallel - state.runningJobs;
}

function verdictOf(state: RunState): { outcome: Outcome; failure?: Failure } {
  const { cancel } = state;
  if (cancel?.kind === "timeout") return { outcome: "failed", failure: timeoutFailure(state) };
  if (cancel !== undefined) return { outcome: "cancelled", failure: cancelFailure(state) };
  const outcomes = [...state.jobs.values()].flatMap((job) => job.outcome ?? []);
  const outcome = state.failure === undefined ? foldOutcomes(outcomes, "succeeded") : "failed";
  return state.failure === undefined ? { outcome } : { outcome, failure: state.failure };
}

function timeoutFailure(state: RunState): Failure {
  const { workflow, timeoutMs = 0 } = planOf(state);
  const message = `'${workflow}' was timeout because it use exec time more than ${
    timeoutMs / 1000
  } seconds.`;
  return { name: "WorkflowTimeoutError", message, retryable: true };
}

function cancelFailure({ cancel }: RunState): Failure {
  const asked = cancel?.kind === "requested" ? ` by ${cancel.by}: ${cancel.why}` : "";
  return {
    name: "WorkflowCancelError",
    message: `Execution was cancelled${asked}`,
    retryable: false,
  };
}
