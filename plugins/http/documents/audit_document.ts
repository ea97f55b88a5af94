/**
 * Audit records as documents.
 *
 * @module
 */
import type { AuditRecord } from "../../../core/plugin/sink.ts";
import type { AuditDocument } from "../api/server.ts";
import { isoText, jsonMapping } from "./run_document.ts";

/** A record as an answer has it. */
export function auditDocument(record: AuditRecord): AuditDocument {
  const { name, releaseMs, type, runId, parentRunId, context, runsMetadata } = record;
  return {
    ...{ name, release: isoText(releaseMs), type, run_id: runId, parent_run_id: parentRunId },
    context: jsonMapping(context),
    runs_metadata: jsonMapping(runsMetadata),
  };
}
