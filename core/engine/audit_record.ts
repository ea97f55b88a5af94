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
import { planOf, type RunState } from "../run/state.ts";

/** The record of a run that has ended. */
export function auditRecord(
  state: RunState,
  facts: { readonly summary: RunSummary; readonly name?: string; readonly metadata?: ValueObject },
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
    },
  };
}
