/**
 * A workflow as its author meant it: read from a document, with every form of
 * writing made into one, and each part knowing where it stands.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Path, SourceDocument } from "../source/document.ts";
import type { Concurrency } from "./concurrency.ts";
import type { DeclaredOutputs } from "./declared_output.ts";
import type { Param } from "./param.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import type { Triggers } from "./triggers.ts";
import type { UnreadParts } from "./unread.ts";

/** A language of `run:`. */
export type ScriptLanguage = "ts" | "js" | "python";

/** When a job runs, seen from the jobs that it needs (REFERENCE §1.15). */
export type JobRule =
  | "all_success"
  | "all_failed"
  | "all_done"
  | "one_success"
  | "one_failed"
  | "none_failed"
  | "none_skipped";

/** A whole number, or a template that gives one. */
export type WrittenCount = number | string;

/** How often something is tried again, and after which waits. */
export interface Retry {
  /** Further attempts after the first, 0 to 1,000; a template is resolved when the first attempt begins. */
  readonly attempts: WrittenCount;
  /** Milliseconds before the second attempt. Without it: none before the second, then 1.2^k seconds (REFERENCE C-096). */
  readonly delayMs?: number;
  /** What the wait is multiplied by after each failure. @default 1 */
  readonly backoff?: number;
  /** The longest wait in milliseconds. @default a day */
  readonly maxDelayMs?: number;
}

/** How a job is multiplied; lists may be templates. */
export interface Strategy {
  /** Axis name to list or template, or one template for all of it. */
  readonly matrix: ValueObject | string;
  /** Combinations to add. */
  readonly include: readonly ValueObject[] | string;
  /** Combinations to leave out. */
  readonly exclude: readonly ValueObject[] | string;
  /** How many legs may run at once. */
  readonly maxParallel: WrittenCount;
  /** Whether the first failed leg cancels the others. */
  readonly failFast: boolean;
}

/** Where a job's stages are carried out. */
export interface Runner {
  /** `local`, or what a plugin adds. */
  readonly type: string;
  /** What it is told. */
  readonly with: ValueObject;
}

/** One stage of a job, or one nested in another stage. */
export interface Stage {
  /** Names it among its siblings: its id, else its name; with a number behind it where siblings share a name. */
  readonly key: string;
  /** Its id as written. */
  readonly id?: string;
  /** Its name as written, else its id. */
  readonly name: string;
  /** What it is for. */
  readonly description: string;
  /** How its kind is written. */
  readonly syntax: StageSyntax;
  /** Its `if`; absent when there is none or it is empty. */
  readonly condition?: string | boolean;
  /** The fields of its kind, as written; lists of stages are empty here and stand in `bodies`. */
  readonly input: ValueObject;
  /** How it is retried. */
  readonly retry?: Retry;
  /** Milliseconds that an attempt may take, or a template that gives seconds. */
  readonly timeoutMs?: WrittenCount;
  /** What becomes of an attempt whose engine died. */
  readonly onLost?: "rerun" | "fail";
  /** Declared outputs: name to template. */
  readonly outputs?: DeclaredOutputs;
  /** The lists of stages that it holds, by name. */
  readonly bodies?: Readonly<Record<string, readonly Stage[]>>;
  /** Where it stands. */
  readonly path: Path;
}

/** One job. */
export interface Job {
  /** Its key under `jobs`. */
  readonly id: string;
  /** What it is called for people, else its id. */
  readonly name: string;
  /** What it is for. */
  readonly description: string;
  /** The jobs that it waits for. */
  readonly needs: readonly string[];
  /** Its `if`; absent when there is none or it is empty. */
  readonly condition?: string | boolean;
  /** When it runs. */
  readonly rule: JobRule;
  /** Whether the author wrote the rule. */
  readonly ruleExplicit: boolean;
  /** How it is multiplied, if it is. */
  readonly strategy?: Strategy;
  /** Its stages, in order. */
  readonly stages: readonly Stage[];
  /** How it is retried as a whole. */
  readonly retry?: Retry;
  /** Milliseconds that an attempt may take, or a template that gives seconds. */
  readonly timeoutMs?: WrittenCount;
  /** Where its stages run. */
  readonly runsOn: Runner;
  /** Environment for all its stages. */
  readonly env: ValueObject;
  /** Declared outputs: name to template. */
  readonly outputs?: DeclaredOutputs;
  /** Where it stands. */
  readonly path: Path;
}

/** A workflow. */
export interface Workflow {
  /** Its name, unique among all that the engine knows. */
  readonly name: string;
  /** What it is for. */
  readonly description: string;
  /** What it wants to be told. */
  readonly params: ReadonlyMap<string, Param>;
  /** What starts it. */
  readonly triggers: Triggers;
  /** Its jobs by id, in the order in which they were written. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** Words to find it by. */
  readonly tags: readonly string[];
  /** Settings for its runs alone (REFERENCE C-040). */
  readonly extras: ValueObject;
  /** Milliseconds that a run may take. */
  readonly timeoutMs?: number;
  /** How many jobs may run at once. */
  readonly maxParallel?: number;
  /** The group of its runs, if they have one. */
  readonly concurrency?: Concurrency;
  /** The language of `run:` where neither job nor stage names one. */
  readonly scriptLang?: ScriptLanguage;
  /** Environment for all stages. */
  readonly env: ValueObject;
  /** When it was made, as written. */
  readonly createdAt?: string;
  /** When it was last changed, as written. */
  readonly updatedAt?: string;
  /** The whole of it as written. */
  readonly definition: ValueObject;
  /** SHA-256 of the text that it was read from, hexadecimal. */
  readonly digest: string;
  /** The document that it was read from. */
  readonly document: SourceDocument;
  /** Where it stands in the document. */
  readonly path: Path;
  /** What of it could not be read; of a workflow that runs, nothing. */
  readonly unread: UnreadParts;
}

/**
 * All stages of a job: its own and those nested in them, outer ones first, in
 * the order in which they were written.
 */
export function* stagesOf(stages: readonly Stage[]): Generator<Stage> {
  for (const stage of stages) {
    yield stage;
    for (const body of Object.values(stage.bodies ?? {})) yield* stagesOf(body);
  }
}
