/**
 * What a rule of the checker is.
 *
 * @module
 */
import type { Finding } from "../model/finding.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Type, TypeProblem } from "./types/mod.ts";
import type { CheckFacts } from "./check_facts.ts";
import type { ReadText } from "./read_texts.ts";
import type { Site } from "./site.ts";

export type { CheckFacts };

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
