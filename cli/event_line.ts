/**
 * What happened in a run as plain lines: for files, pipes and build logs.
 *
 * @module
 */
import { durationText } from "../core/engine/render/duration_text.ts";
import { stagePath } from "../core/engine/render/part_path.ts";
import { reasonText } from "../core/engine/render/reason_text.ts";
import { countOf, failureLines, jobFailure } from "../core/engine/render/tree_row.ts";
import { RUN } from "../core/run/address.ts";
import type {
  Failure,
  JobRetryScheduled,
  JobSettled,
  RunEvent,
  RunSettled,
  StageRetryScheduled,
  StageSettled,
} from "../core/run/event.ts";
import type { RunState } from "../core/run/state.ts";
import { terminalText } from "./terminal_text.ts";

/** What an event says to people, if anything. The state has taken it in already. */
export function eventLine(event: RunEvent, state: RunState): string | undefined {
  switch (event.type) {
    case "run.started":
      return `${event.plan.workflow}: run ${event.run}`;
    case "cancel.requested":
      return event.target === RUN ? `ending early, ${reasonText(event.reason)}` : undefined;
    case "run.settled":
      return runLine(event, state);
    case "job.kept":
      return `${event.job}: ${event.outcome}, kept from an earlier run`;
    case "job.retry-scheduled":
      return `${event.job}: ${retryText(event)}`;
    case "job.settled":
      return jobLine(event, state);
    case "stage.retry-scheduled":
      return `${pathIn(state, event.stage)}: ${retryText(event)}`;
    case "stage.settled":
      return stageLine(event, state);
    case "permit.requested":
    case "permit.granted":
    case "permit.returned":
    case "stage.given":
    case "job.started":
    case "scope.opened":
    case "branch.started":
    case "branch.settled":
    case "stage.started":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** For what a run waits that has asked for a permit. */
export function waitingLine(state: RunState): string {
  return `${state.plan?.workflow}: waits for room in ${groupsText(state)}`;
}

/** The concurrency groups of a run. */
function groupsText(state: RunState): string {
  const names = (state.plan?.concurrency?.groups ?? []).map(({ name }) => name);
  const quoted = names.map((name) => name === "" ? "the limit on all runs" : `group "${name}"`);
  return quoted.join(" and ");
}

/** A stage by its names. */
export function pathIn(state: RunState, stage: string): string {
  const known = state.stages.get(stage);
  return known === undefined ? stage : stagePath(known);
}

function runLine({ outcome, failure, at }: RunSettled, state: RunState): string {
  const ended = `${state.plan?.workflow}: ${outcome} in ${durationText(at - state.startedAt)}`;
  // What a job failed of has been told.
  const told = [...state.jobs.values()].some(({ outcome }) => outcome === "failed");
  return outcome === "failed" && !told ? withFailure(ended, failure) : ended;
}

function jobLine({ job, outcome, reason, at }: JobSettled, state: RunState): string {
  const known = state.jobs.get(job);
  const { startedAt, scope, planned, kept } = known ?? {};
  const legs = planned?.strategy === undefined || scope === undefined ? "" : ` (${countOf(scope)})`;
  const ended = `${job}: ${outcome}${timeText(startedAt, at)}${legs}`;
  if (kept !== undefined) return ended;
  if (reason !== undefined) return `${ended}: ${reasonText(reason)}`;
  // What a stage failed of has been told.
  return known === undefined ? ended : withFailure(ended, jobFailure(known));
}

function stageLine(event: StageSettled, state: RunState): string {
  const { outcome, attempt, failure, reason, at } = event;
  const stage = state.stages.get(event.stage);
  const time = attempt === 0 ? "" : timeText(stage?.startedAt, at);
  const ended = `${pathIn(state, event.stage)}: ${outcome}${time}`;
  if (outcome === "failed") return withFailure(ended, failure);
  return reason === undefined ? ended : `${ended}: ${reasonText(reason)}`;
}

function retryText(event: StageRetryScheduled | JobRetryScheduled): string {
  const { attempt, failure, dueAt, at } = event;
  const what = "reason" in event && event.reason.kind === "lost" ? "was lost" : "failed";
  const wait = dueAt > at ? `in ${durationText(dueAt - at)}` : "at once";
  return withFailure(`attempt ${attempt} ${what}, tries again ${wait}`, failure);
}

function timeText(from: number | undefined, to: number): string {
  return from === undefined ? "" : ` in ${durationText(to - from)}`;
}

/** The first line of a failure in the same line, the others below and set in. */
function withFailure(text: string, failure: Failure | undefined): string {
  if (failure === undefined) return text;
  const [first, ...rest] = failureLines(failure).map(terminalText);
  return [`${text}: ${first}`, ...rest.map((line) => `    ${line}`)].join("\n");
}
