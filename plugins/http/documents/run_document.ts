/**
 * Runs as documents.
 *
 * @module
 */
import { partFailures } from "../../../core/engine/render/part_failures.ts";
import { reasonText } from "../../../core/engine/render/reason_text.ts";
import { type JsonObject, toJson } from "../../../core/expr/json.ts";
import type { RunSummary } from "../../../core/plugin/journal.ts";
import { jobOfBranch, runContext } from "../../../core/run/contexts.ts";
import { wantsPermit } from "../../../core/run/demand.ts";
import type { RunState } from "../../../core/run/state.ts";
import { statusOf } from "../../../core/run/status.ts";
import type {
  RunAnswer,
  RunDetail,
  RunDocument,
  RunError,
  RunOutputs,
  RunStatus,
} from "../api/runs.ts";

/** So many errors of a run are told. */
export const MAX_TOLD_ERRORS = 100;

/** A run in a list. */
export function runDocument(
  run: RunSummary,
  { interrupted }: { readonly interrupted: boolean },
): RunDocument {
  const { runId, workflow, status, startedAt, settledAt, trigger, parentRunId } = run;
  return {
    ...{ run_id: runId, workflow, status: statusNamed(status), interrupted },
    started_at: isoText(startedAt),
    ended_at: isoOrNull(settledAt),
    trigger,
    parent_run_id: parentRunId ?? null,
  };
}

/** A run with all that is small about it. */
export function runDetail(
  document: RunDocument,
  { state, position }: { readonly state: RunState; readonly position: number },
): RunDetail {
  const { plan, phase, cancel } = state;
  const release = plan?.release;
  return {
    ...document,
    position,
    ending: phase === "cancelling",
    reason: cancel === undefined ? null : reasonText(cancel),
    params: jsonMapping(plan?.params ?? {}),
    release: release === undefined
      ? null
      : { type: release.type, logical_date: isoText(release.logicalDateMs) },
    digest: plan?.digest ?? "",
    engine: plan?.engine ?? "",
    errors: runErrors(state),
    failures: partFailures(state),
    exit_code: exitCodeOf(document.status),
  };
}

/** How a run stands, and what it came to. */
export function runAnswer(document: RunDocument, state: RunState): RunAnswer {
  const over = state.phase === "settled";
  return {
    ...document,
    errors: runErrors(state),
    failures: partFailures(state),
    context: over ? jsonMapping(runContext(state, { info: true })) : null,
    exit_code: exitCodeOf(document.status),
  };
}

/** What a run left behind. */
export function runOutputs(state: RunState): RunOutputs {
  const context = state.plan === undefined ? {} : runContext(state, { info: true });
  return { run_id: state.id, status: stateStatus(state), context: jsonMapping(context) };
}

/** How a run stands, as its events tell. */
export function stateStatus(state: RunState): RunStatus {
  if (state.outcome !== undefined) return statusOf(state.outcome);
  return wantsPermit(state) ? "WAIT" : "RUNNING";
}

/** What went wrong in a run: its own failure first, then those of jobs, each where it happened. */
export function runErrors(state: RunState): readonly RunError[] {
  const errors: RunError[] = [];
  const add = ({ name, message }: Omit<RunError, "where">, where: string) => {
    if (errors.length < MAX_TOLD_ERRORS) errors.push({ name, message, where });
  };
  if (state.failure !== undefined) add(state.failure, "");
  for (const { planned, failure, outcome } of state.jobs.values()) {
    if (failure !== undefined && outcome === "failed") add(failure, planned.id);
  }
  for (const { outcome, failure, scope, branch, id, name } of state.stages.values()) {
    if (outcome !== "failed" || failure === undefined || scope !== undefined) continue;
    add(failure, `${jobOfBranch(branch).planned.id}.${id ?? name}`);
  }
  return errors;
}

/** What the command would end with. */
export function exitCodeOf(status: RunStatus): number | null {
  switch (status) {
    case "RUNNING":
    case "WAIT":
      return null;
    case "SUCCESS":
    case "SKIP":
      return 0;
    case "FAILED":
      return 1;
    case "CANCEL":
      return 130;
    default:
      return status satisfies never;
  }
}

/** A value that is a mapping, as JSON. */
export function jsonMapping(value: Parameters<typeof toJson>[0]): JsonObject {
  const json = toJson(value);
  return isMapping(json) ? json : {};
}

/** A time as documents have it. */
export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same, or nothing. */
export function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoText(ms);
}

function isMapping(json: ReturnType<typeof toJson>): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

const STATUSES: readonly RunStatus[] = ["RUNNING", "WAIT", "SUCCESS", "FAILED", "SKIP", "CANCEL"];

function statusNamed(text: string): RunStatus {
  return STATUSES.find((status) => status === text) ?? "WAIT";
}
