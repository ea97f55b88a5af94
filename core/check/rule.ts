/**
 * What a rule of the checker is.
 *
 * @module
 */
import type { Finding } from "../model/finding.ts";
import type { ScriptLanguage, Workflow } from "../model/workflow.ts";

/** What the checker knows besides the workflow. What is unknown is not checked. */
export interface CheckFacts {
  /** Finds another workflow; `undefined` when there is none of that name. */
  readonly workflows?: ((name: string) => Workflow | undefined) | undefined;
  /** The names of all workflows, for messages. @default [] */
  readonly workflowNames?: readonly string[] | undefined;
  /** The types of `runs-on` that are installed. @default only `local` */
  readonly runners?: readonly string[] | undefined;
  /** The language of `run:` where nothing says otherwise. @default "ts" */
  readonly scriptLang?: ScriptLanguage | undefined;
}

/** Something that a rule found; its code is the rule's where it has none of its own. */
export type RuleFinding = Omit<Finding, "code"> & { readonly code?: string };

/** What a rule works with. */
export interface Inspection {
  /** What is known. */
  readonly facts: CheckFacts;
  /** Takes each thing that is wrong. */
  readonly report: (finding: RuleFinding) => void;
}

/** Something that may be wrong with a workflow that can be loaded. */
export interface Rule {
  /** Stable and documented in `docs/diagnostics.md`. */
  readonly code: string;
  /** What it finds, in one sentence. */
  readonly summary: string;
  /** Looks for it. */
  check(workflow: Workflow, inspection: Inspection): void;
}
