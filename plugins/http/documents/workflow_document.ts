/**
 * Workflows as documents.
 *
 * @module
 */
import { toJson } from "../../../core/expr/json.ts";
import type { Param, Range } from "../../../core/model/param.ts";
import type { Workflow } from "../../../core/model/workflow.ts";
import type { Diagnostic } from "../../../core/source/diagnostic.ts";
import type { RunDocument } from "../api/runs.ts";
import type {
  ParamDocument,
  SourceDocument,
  WorkflowDetail,
  WorkflowDocument,
} from "../api/workflows.ts";
import { diagnosticDocument } from "./diagnostic_document.ts";
import { isoOrNull, jsonMapping } from "./run_document.ts";

/** What is known of a workflow besides its text. */
export interface WorkflowFacts {
  /** All that is wrong with it. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether its schedules are paused. */
  readonly paused: boolean;
  /** When it starts next. */
  readonly nextMs: number | undefined;
  /** Its newest run. */
  readonly last: RunDocument | undefined;
}

/** A workflow in a list. */
export function workflowDocument(workflow: Workflow, facts: WorkflowFacts): WorkflowDocument {
  const { name, description, tags, document, jobs, triggers } = workflow;
  const { diagnostics, paused, nextMs, last } = facts;
  return {
    ...{ name, description, tags, file: document.file, jobs: jobs.size },
    errors: countOf(diagnostics, "error"),
    warnings: countOf(diagnostics, "warning"),
    schedules: triggers.schedules.map(({ text, timezone }) => ({ cron: text, timezone })),
    follows: triggers.releases.map(({ workflow }) => workflow),
    paused,
    next: paused ? null : isoOrNull(nextMs),
    last: last ?? null,
  };
}

/** One workflow, with what was written. */
export function workflowDetail(workflow: Workflow, facts: WorkflowFacts): WorkflowDetail {
  const { definition, description, digest } = workflow;
  const jobs = Object.entries(jsonMapping(definition.jobs ?? {}));
  return {
    ...workflowDocument(workflow, facts),
    type: "Workflow",
    desc: description,
    on: toJson(definition.on ?? null),
    params: jsonMapping(definition.params ?? {}),
    jobs: Object.fromEntries(jobs.map(([id, job]) => [id, { id, ...jsonMapping(job) }])),
    digest,
  };
}

/** A parameter, for a form. */
export function paramDocument(name: string, param: Param): ParamDocument {
  const { type, description, required } = param;
  const range: Range = "range" in param ? param.range : {};
  return {
    ...{ name, type, description, required },
    default: param.default === undefined ? null : toJson(param.default),
    options: param.type === "choice" ? param.options : null,
    min: range.min ?? null,
    max: range.max ?? null,
    above: range.above ?? null,
    below: range.below ?? null,
    precision: "precision" in param ? param.precision : null,
    pattern: param.type === "str" ? param.pattern?.text ?? null : null,
  };
}

/** The text of a workflow, with what is wrong with it. */
export function sourceDocument(
  { document, digest, path }: Workflow,
  diagnostics: readonly Diagnostic[],
): SourceDocument {
  const { file, text } = document;
  return {
    ...{ file, text, digest, line: document.locate(path, "key").start.line },
    diagnostics: diagnostics.map(diagnosticDocument),
  };
}

function countOf(diagnostics: readonly Diagnostic[], severity: Diagnostic["severity"]): number {
  return diagnostics.filter((found) => found.severity === severity).length;
}
