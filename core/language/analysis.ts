/**
 * What is known of one text while somebody edits it: its document, right or
 * wrong, the workflows in it, and what their expressions see.
 *
 * @module
 */
import { ContextTypes } from "../check/contexts/context_types.ts";
import type { Clockwork } from "../check/next_times.ts";
import { type ReadText, readTexts } from "../check/read_texts.ts";
import { placedStages, type Site } from "../check/site.ts";
import { writtenTexts } from "../check/written_texts.ts";
import type { Located } from "../expr/ast.ts";
import type { FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import { loadDocument } from "../model/load_workflow.ts";
import type { StageSyntax } from "../model/stage_syntax.ts";
import type { Job, ScriptLanguage, Stage, Workflow } from "../model/workflow.ts";
import {
  type LooseDocument,
  parseLoosely,
  type Path,
  type SourceDocument,
} from "../source/document.ts";
import { TextOffsets } from "./text_offsets.ts";

/** What is installed, and what other workflows there are. */
export interface LanguageFacts {
  /** All stage kinds. */
  readonly kinds: readonly StageSyntax[];
  /** What expressions may call. */
  readonly functions: FunctionTable;
  /** What values may be piped through. */
  readonly filters: FilterTable;
  /** The language of `run:` where nothing says otherwise. */
  readonly scriptLang: ScriptLanguage;
  /** The workflows of the conf folder. */
  readonly workflows: readonly Workflow[];
  /** The time, and when schedules fire next. @default nothing is said of that */
  readonly times?: (() => Clockwork) | undefined;
}

/** A longer text is checked, but nothing is offered in it. */
export const MAX_EDITED_CHARS = 1_000_000;

/** A workflow with what its expressions say and see. */
export class EditedWorkflow {
  /** The workflow; what is wrong in it is left out. */
  readonly workflow: Workflow;
  /** What its expressions see. */
  readonly types: ContextTypes;
  readonly #facts: LanguageFacts;
  #texts: readonly ReadText[] | undefined;

  /** Takes the workflow. */
  constructor(workflow: Workflow, facts: LanguageFacts) {
    this.workflow = workflow;
    const { functions, filters, scriptLang, workflows } = facts;
    this.types = new ContextTypes(workflow, {
      ...{ functions, filters, scriptLang },
      workflows: (name) => workflows.find((known) => known.name === name),
    });
    this.#facts = facts;
  }

  /** Its texts that hold expressions, and all code. */
  get texts(): readonly ReadText[] {
    const { scriptLang } = this.#facts;
    return this.#texts ??= readTexts(this.workflow, { scriptLang });
  }

  /** The part of the workflow that a path leads into. */
  partAt(path: Path): Part {
    const own = path.slice(this.workflow.path.length);
    const job = own[0] === "jobs" ? this.workflow.jobs.get(String(own[1] ?? "")) : undefined;
    if (job === undefined) return { rest: own };
    let found: Part = { job, rest: own.slice(2), site: { job } };
    for (const { stage, branch } of placedStages(job)) {
      if (!startsWith(path, stage.path)) continue;
      found = { job, stage, rest: path.slice(stage.path.length), site: { job, branch, stage } };
    }
    return found;
  }

  /** Where an expression at a path stands, for what it can see. */
  siteAt(path: Path): Site {
    const { scriptLang } = this.#facts;
    const part = this.partAt(path);
    const jobs = new Map(part.job === undefined ? [] : [[part.job.id, part.job]]);
    for (const text of writtenTexts({ ...this.workflow, jobs }, { scriptLang })) {
      if (samePath(text.path, path)) return text.site;
    }
    return part.site ?? {};
  }
}

/** A job or stage, and the way on from there. */
export interface Part {
  /** The job. */
  readonly job?: Job;
  /** The innermost stage. */
  readonly stage?: Stage;
  /** What is left of the path behind them. */
  readonly rest: Path;
  /** Where it stands. */
  readonly site?: Site;
}

/** A text with all that is known of it. */
export interface Analysis {
  /** The text. */
  readonly text: string;
  /** The document, right or wrong. */
  readonly document: LooseDocument;
  /** Its workflows. */
  readonly workflows: readonly EditedWorkflow[];
  /** What is installed. */
  readonly facts: LanguageFacts;
  /** Offsets in the text. */
  readonly offsets: TextOffsets;
}

/** Looks at a text. Never throws for what is in it. */
export function analyze(
  text: string,
  { file, facts }: { readonly file: string; readonly facts: LanguageFacts },
): Analysis {
  return analyzeDocument(parseLoosely(text.length > MAX_EDITED_CHARS ? "" : text, file), { facts });
}

/** The same for a text that has been parsed. */
export function analyzeDocument(
  document: LooseDocument,
  { facts }: { readonly facts: LanguageFacts },
): Analysis {
  const { text } = document;
  const workflows = loadDocument(document, { stages: facts.kinds }).workflows
    .map((workflow) => new EditedWorkflow(workflow, facts));
  return { text, document, workflows, facts, offsets: new TextOffsets(text) };
}

/** The workflow that a path of the document leads into. */
export function workflowAt({ workflows }: Analysis, path: Path): EditedWorkflow | undefined {
  return workflows.find(({ workflow }) => startsWith(path, workflow.path));
}

/** Where characters of the text at a path stand; without quotes around them. */
export function rangeInScalar(
  { document, offsets }: Pick<Analysis, "offsets"> & { readonly document: SourceDocument },
  path: Path,
  { start, end }: Located,
): Located {
  return offsets.of(document.placeInScalar(path, start, end));
}

/** Where a key stands, without quotes around it. */
export function rangeOfKey(
  { document, offsets, text }: Pick<Analysis, "offsets" | "text"> & {
    readonly document: SourceDocument;
  },
  path: Path,
): Located {
  const { start, end } = offsets.of(document.locate(path, "key"));
  const isQuoted = end - start >= 2 && /["']/.test(text.charAt(start));
  return isQuoted ? { start: start + 1, end: end - 1 } : { start, end };
}

/** Whether a path begins with another one. */
export function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length &&
    start.every((step, at) => String(step) === String(path[at]));
}

/** Whether two paths lead to the same. */
export function samePath(one: Path, other: Path): boolean {
  return one.length === other.length && startsWith(one, other);
}
