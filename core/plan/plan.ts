/**
 * The plan: all that a run will do, fixed before it starts and kept in its
 * journal, so that editing the file never changes a run that has begun.
 *
 * A plan is JSON. Expressions are kept as the text that the author wrote; what
 * depends on a run's own results (conditions, computed matrices, nested lists)
 * is decided while it runs.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { OnOverflow, Rate } from "../model/concurrency.ts";
import type { DeclaredOutputs } from "../model/declared_output.ts";
import type { JobRule, Retry, Runner, Strategy, WrittenCount } from "../model/workflow.ts";

/** Names a job within a workflow. */
export type JobId = string;

/** A whole number, or a template that gives one when the place is reached. */
export type Count = WrittenCount;

/** How often a failed stage or job is tried again, and after which waits. */
export type RetryRule = Retry;

/** The longest wait between two attempts: a day. */
export const MAX_RETRY_DELAY_MS = 86_400_000;

/** When a job runs, seen from the jobs that it needs (REFERENCE §1.15). */
export type TriggerRule = JobRule;

/** One stage of a planned job, or one nested in another stage. */
export interface PlannedStage {
  /** Names the stage among its siblings: its `id`, else its `name` as written. */
  readonly key: string;
  /** The `id` as written; what `stages.<id>` finds. May hold `${{ matrix.… }}`. */
  readonly id?: string;
  /** The `name` as written; may hold templates. */
  readonly name: string;
  /** Which stage kind carries it out: `"bash"`, `"foreach"`, … */
  readonly kind: string;
  /** The `if` as written. */
  readonly condition?: string | boolean;
  /** The fields of the kind, as written: templates are not yet rendered. */
  readonly input: ValueObject;
  /** How it is retried; absent means one attempt. */
  readonly retry?: RetryRule;
  /** Milliseconds one attempt may take, or a template that gives seconds. */
  readonly timeoutMs?: Count;
  /** What becomes of an attempt that died with its engine. @default "rerun" */
  readonly onLost?: "rerun" | "fail";
  /** For a stage that holds stages: its lists by name, e.g. `{ stages: […] }` or one per branch. */
  readonly bodies?: Readonly<Record<string, readonly PlannedStage[]>>;
  /** Declared outputs: name to template, evaluated when the stage has succeeded. */
  readonly outputs?: DeclaredOutputs;
}

/** How a job is multiplied (REFERENCE §1.14). Lists may be templates. */
export type PlannedStrategy = Strategy;

/** Where a job's stages are carried out. */
export type RunsOn = Runner;

/** One job of the plan. */
export interface PlannedJob {
  /** Its key under `jobs`. */
  readonly id: JobId;
  /** The jobs it waits for. */
  readonly needs: readonly JobId[];
  /** The `if` as written. */
  readonly condition?: string | boolean;
  /** When it runs. */
  readonly rule: TriggerRule;
  /** Whether the author wrote `trigger-rule`; then it is looked at before the condition (REFERENCE §2). */
  readonly ruleExplicit: boolean;
  /** How it is multiplied, if it is. */
  readonly strategy?: PlannedStrategy;
  /** Its stages, in order. */
  readonly stages: readonly PlannedStage[];
  /** How the whole job is retried. */
  readonly retry?: RetryRule;
  /** Milliseconds one attempt of the job may take, or a template that gives seconds. */
  readonly timeoutMs?: Count;
  /** Where its stages run. */
  readonly runsOn: RunsOn;
  /** Environment for all its stages, as written. */
  readonly env: ValueObject;
  /** Declared outputs: name to template, evaluated when the job has succeeded. */
  readonly outputs?: DeclaredOutputs;
}

/** The slot that a release stands for. */
export interface PlannedRelease {
  /** `normal`, `rerun`, `event`, `force` or `dryrun` (REFERENCE S-060). */
  readonly type: "normal" | "rerun" | "event" | "force" | "dryrun";
  /** The logical date, in epoch milliseconds. */
  readonly logicalDateMs: number;
  /** The run of another workflow that this one follows; absent means none. */
  readonly followed?: FollowedRun;
}

/** A run whose end started another one: `on: release`. */
export interface FollowedRun {
  /** The workflow that it was a run of. */
  readonly workflow: string;
  /** Its id. */
  readonly runId: string;
  /** How it ended: `SUCCESS`, `FAILED` or `CANCEL`. */
  readonly status: string;
}

/** A group of runs of which only so many may go on at once. */
export interface PlannedGroup {
  /** Its name, the same for all workflows; `""` is the limit on all runs. */
  readonly name: string;
  /** How many may go on at once. */
  readonly limit: number;
  /** How many may begin within a time. */
  readonly rate?: Rate;
  /** What becomes of a run for which there is no room. */
  readonly onOverflow: OnOverflow;
}

/** The permits that a run needs before it may go on. */
export interface PlannedConcurrency {
  /** The groups that it takes part in; may be none. */
  readonly groups: readonly PlannedGroup[];
  /** Groups in which the runs that led here hold places for it. */
  readonly covered: readonly string[];
  /** Higher ones go first. */
  readonly priority: number;
  /** Whether the run keeps its permits while it only waits for time to pass. @default false */
  readonly holdsWhileWaiting?: boolean;
}

/** A validated, acyclic plan. */
export interface Plan {
  /** The workflow's name. */
  readonly workflow: string;
  /** SHA-256 of the workflow's source text, hexadecimal. */
  readonly digest: string;
  /** The way from the folder of the runs to the file that the workflow came from. @default it was found by its name, or came without a file */
  readonly file?: string;
  /** The engine's version that made the plan. */
  readonly engine: string;
  /** Whether foreign code ran without isolation, since the settings said so. @default it was isolated */
  readonly isolation?: "none";
  /** The workflow's jobs, in the order in which they were written. */
  readonly jobs: readonly PlannedJob[];
  /** How many jobs may run at once, at least 1. */
  readonly maxParallel: number;
  /** Milliseconds the whole run may take; absent means no limit. */
  readonly timeoutMs?: number;
  /** Converted parameters. */
  readonly params: ValueObject;
  /** Environment for all stages, as written. */
  readonly env: ValueObject;
  /** The release this run stands for, if it is one. */
  readonly release?: PlannedRelease;
  /** The permits that it needs; absent means none. */
  readonly concurrency?: PlannedConcurrency;
  /** Whether a stage without an id leaves its outputs under the hash of its name (REFERENCE C-160). */
  readonly stageDefaultId: boolean;
  /** The language of `run:` where a stage names none. */
  readonly scriptLang: "ts" | "js" | "python";
  /** What the caller handed to this run besides parameters (REFERENCE C-040). */
  readonly extras: ValueObject;
  /** Names of the workflows whose trigger stages led here, outermost first. */
  readonly ancestry: readonly string[];
}
