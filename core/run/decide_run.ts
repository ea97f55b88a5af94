/**
 * What a run does next: hands free slots to jobs, and ends once all have.
 *
 * @module
 */
import { beginJob, mayBegin } from "./decide_job.ts";
import { askForPermit, type Decision } from "./decision.ts";
import type { Failure, Outcome, Reason, RunEvent } from "./event.ts";
import { foldOutcomes } from "./fold.ts";
import { type JobState, mayAct, planOf, type RunState } from "./state.ts";

/** Gives free slots to jobs that wait for one, or ends the run. */
export function decideRun(decision: Decision): RunEvent[] {
  const { state, at } = decision;
  if (state.unsettledJobs === 0) return [{ type: "run.settled", at, ...verdictOf(state) }];
  if (!mayAct(state)) return state.ready.isEmpty() ? [] : askForPermit(decision);
  const begun: RunEvent[] = [];
  while (begun.length < planOf(state).maxParallel - state.runningJobs) {
    const job = state.ready.take();
    if (job === undefined) break;
    if (mayBegin(decision, job)) begun.push(beginJob(decision, job));
  }
  return begun;
}

function verdictOf(state: RunState): { outcome: Outcome; failure?: Failure } {
  const { cancel, failure } = state;
  if (cancel?.kind === "no-room") return { outcome: cancel.outcome, failure: noRoom(cancel) };
  if (cancel?.kind === "timeout") return { outcome: "failed", failure: timeoutFailure(state) };
  if (cancel !== undefined) return { outcome: "cancelled", failure: cancelFailure(state) };
  if (failure !== undefined) return { outcome: "failed", failure };
  const jobs = [...state.jobs.values()];
  const outcome = foldOutcomes(jobs.flatMap((job) => job.outcome ?? []), "succeeded");
  const cancelled = jobs.find((job) => job.outcome === "cancelled");
  return cancelled === undefined ? { outcome } : { outcome, failure: cancelFailureOf(cancelled) };
}

function timeoutFailure(state: RunState): Failure {
  const { workflow, timeoutMs = 0 } = planOf(state);
  const message = `'${workflow}' was timeout because it use exec time more than ${
    timeoutMs / 1000
  } seconds.`;
  return { name: "WorkflowTimeoutError", message, retryable: true };
}

function noRoom({ group }: Extract<Reason, { readonly kind: "no-room" }>): Failure {
  const message = `Concurrency group "${group}" had no room for another run`;
  return { name: "WorkflowSkipError", message, retryable: true };
}

function cancelFailure({ cancel }: RunState): Failure {
  const asked = cancel?.kind === "requested" ? ` by ${cancel.by}: ${cancel.why}` : "";
  return {
    name: "WorkflowCancelError",
    message: `Execution was cancelled${asked}`,
    retryable: false,
  };
}

/** What it means for the run that a job was cancelled though the run was not (REFERENCE C-030). */
function cancelFailureOf({ planned: { id } }: JobState): Failure {
  const message = `Job execution, '${id}', was canceled from the event after end job execution.`;
  return { name: "WorkflowCancelError", message, retryable: false };
}
