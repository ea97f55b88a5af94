/**
 * Loading in few words, for tests.
 *
 * @module
 */
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { SAMPLE_KINDS } from "./sample_kinds.ts";

/** The only workflow of a text that must be right; its warnings do not matter. */
export function workflowIn(text: string): Workflow {
  const { workflows: [workflow], diagnostics } = loadFile(text, "w.yml", { stages: SAMPLE_KINDS });
  if (workflow === undefined) throw new Error(diagnostics.map(said).join("\n") || "no workflow");
  return workflow;
}

/** What loading a text says, one line each: `3:5 key-unknown …`. */
export function saidOf(text: string): readonly string[] {
  return loadFile(text, "w.yml", { stages: SAMPLE_KINDS }).diagnostics.map(said);
}

/** A diagnostic in one line. */
export function said({ severity, code, message, place: { span: { start } } }: Diagnostic): string {
  const level = severity === "error" ? "" : `${severity} `;
  return `${start.line}:${start.column} ${level}${code} ${message}`;
}
