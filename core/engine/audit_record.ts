/**
 * What is kept of a finished run for those who answer for it
 * (REFERENCE C-300, S-124).
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { RunSummary } from "../plugin/journal.ts";
import type { AuditRecord } from "../plugin/sink.ts";
import { runContext } from "../run/contexts.ts";
import { cutShort } from "../run/cut_short.ts";
import { planOf, type RunState } from "../run/state.ts";
import { statusOf } from "../run/status.ts";

/** What a record says besides what the run itself knows. */
export interface RecordFacts {
  /** What lists of runs show of it. */
  readonly summary: RunSummary;
  /** The name it is filed under. @default the workflow's */
  readonly name?: string;
  /** Free metadata to keep. @default none */
  readonly metadata?: ValueObject;
  /** Top-level fields that are not written. @default none */
  readonly excluded?: readonly string[];
  /** Who writes the record: versions, plugins, grants. @default nobody says */
  readonly provenance?: ValueObject;
}

/** The record of a run that has ended. */
export function auditRecord(
  state: RunState,
  facts: RecordFacts,
): AuditRecord {
  const plan = planOf(state);
  const { runId, parentRunId, trigger } = facts.summary;
  const settledAt = state.settledAt ?? state.startedAt;
  return {
    name: facts.name ?? plan.workflow,
    releaseMs: plan.release?.logicalDateMs ?? state.startedAt,
    type: plan.release?.type ?? "execute",
    runId,
    parentRunId: parentRunId ?? null,
    context: runContext(state, { info: true }),
    runsMetadata: {
      ...facts.metadata,
      exec_start: new Date(state.startedAt).toISOString(),
      exec_end: new Date(settledAt).toISOString(),
      exec_latency: (settledAt - state.startedAt) / 1000,
      timeout: (plan.timeoutMs ?? 0) / 1000,
      original_name: plan.workflow,
      trigger,
      workflow_digest: plan.digest,
      engine: plan.engine,
      ...(facts.excluded?.length ? { audit_excluded: facts.excluded } : {}),
      ...(facts.provenance === undefined ? {} : { recorded_by: facts.provenance }),
      ...settledByHand(state),
      ...stagesCutShort(state),
    },
  };
}

/** What was under way when it was told to end; nothing where nothing was. */
function stagesCutShort(state: RunState): ValueObject {
  const stages = cutShort(state).map(({ stage, attempt, startedAt, endedAt }) => ({
    stage,
    attempt,
    exec_start: new Date(startedAt).toISOString(),
    exec_latency: (endedAt - startedAt) / 1000,
  }));
  return stages.length === 0 ? {} : { cut_short: stages };
}

/** The stages whose end somebody gave, with who and why; nothing where nobody did. */
function settledByHand({ given }: RunState): ValueObject {
  const stages = [...given.values()].flatMap(({ stage, outcome, reason }) =>
    reason.kind === "overridden"
      ? [{ stage, status: statusOf(outcome), by: reason.by, why: reason.why }]
      : []
  );
  return stages.length === 0 ? {} : { settled_by_hand: stages };
}
