/**
 * What a rule of the checker is.
 *
 * @module
 */
import type { FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import type { Finding } from "../model/finding.ts";
import type { ScriptLanguage, Workflow } from "../model/workflow.ts";
import type { Type, TypeProblem } from "./types/mod.ts";
import type { ReadText } from "./read_texts.ts";
import type { Site } from "./site.ts";

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
  /** What expressions may call. @default the built-in functions */
  readonly functions?: FunctionTable | undefined;
  /** What values may be piped through. @default the built-in filters */
  readonly filters?: FilterTable | undefined;
}

/** Something that a rule found; its code is the rule's where it has none of its own. */
export type RuleFinding = Omit<Finding, "code"> & { readonly code?: string };

/** Finds types of texts and of names. */
export interface Typing {
  /** What a text gives, with all that is wrong on the way, by offsets in the text. */
  typeOf(text: ReadText, report: (problem: TypeProblem) => void): Type;
  /** What a text with templates gives that stands at a site. */
  templateType(text: string, site: Site): Type;
}

/** What a rule works with. */
export interface Inspection {
  /** What is known. */
  readonly facts: CheckFacts;
  /** All texts that hold expressions, in the order of the workflow's parts. */
  readonly texts: readonly ReadText[];
  /** What they give. */
  readonly types: Typing;
  /** Takes each thing that is wrong. */
  readonly report: (finding: RuleFinding) => void;
}

/** Something that may be wrong with a workflow that can be loaded. */
export interface Rule {
  /** Stable and documented in `docs/diagnostics.md`. */
  readonly code: string;
  /** What it finds, in one sentence. */
  readonly summary: string;
  /** Whether no run can be planned with what it finds, so that it cannot be ignored. @default false */
  readonly vital?: boolean;
  /** Looks for it. */
  check(workflow: Workflow, inspection: Inspection): void;
}
