/**
 * What happened in a run. Events are facts: past tense, serialisable, never
 * edited. Everything else about a run is derived from them.
 *
 * Addresses name things within a run:
 *
 * ```text
 * load                        a job
 * load~2                      its second attempt
 * load[os=linux]              a leg of it (`load[]` without a matrix)
 * load[os=linux]/fan          a stage
 * load[os=linux]/fan[1]       a branch of that stage
 * load[os=linux]/fan[1]/echo  a stage in that branch
 * ```
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";
import type { Expansion } from "../plan/expansion.ts";
import type { JobId, Plan } from "../plan/plan.ts";

/** Names a job attempt, leg, stage or branch within a run; `""` is the run. */
export type Address = string;

/** How a stage, a branch, a job or a run ended. */
export type Outcome = "succeeded" | "failed" | "skipped" | "cancelled";

/** What the world did: why an attempt, and so perhaps all above it, failed. */
export interface Failure {
  /** The error's class as users see it: `StageError`, `ValueError`, … (REFERENCE C-265). */
  readonly name: string;
  /** What is so. */
  readonly message: string;
  /** Whether trying again may help. */
  readonly retryable: boolean;
  /** What else is known, e.g. the exit code and the output of a script; shown under `info`. */
  readonly details?: ValueObject;
}

/** Why something was skipped, cancelled or tried again. */
export type Reason =
  /** The `if` gave false. */
  | { readonly kind: "condition-false"; readonly condition: string }
  /** All needed jobs were skipped. */
  | { readonly kind: "needs-skipped" }
  /** The trigger rule was not met, because of `need`. */
  | {
    readonly kind: "rule-unmet";
    readonly rule: string;
    readonly need: JobId;
    readonly outcome: Outcome;
  }
  /** The trigger rule of the job `by` was not met, after which no other job begins. */
  | { readonly kind: "run-aborted"; readonly by: JobId }
  /** Every part was skipped, or there was none. */
  | { readonly kind: "all-skipped" }
  /** A stage said so itself. */
  | { readonly kind: "stage-said"; readonly message: string }
  /** Somebody asked for it. */
  | { readonly kind: "requested"; readonly by: string; readonly why: string }
  /** It took longer than it may. */
  | { readonly kind: "timeout"; readonly afterMs: number }
  /** A concurrency group had no room, and its policy is not to wait. */
  | { readonly kind: "no-room"; readonly group: string; readonly outcome: "skipped" | "cancelled" }
  /** A sibling failed, and the scope is fail-fast. */
  | { readonly kind: "fail-fast"; readonly failed: Address }
  /** An attempt failed. */
  | { readonly kind: "attempt-failed" }
  /** The engine died while the attempt was under way. */
  | { readonly kind: "lost" }
  /** It ended so in an earlier run, from which it was taken over. */
  | { readonly kind: "kept" }
  /** Somebody said how it ends. */
  | { readonly kind: "overridden"; readonly by: string; readonly why: string };

/** How retries go, resolved when the first attempt began. */
export interface ResolvedRetry {
  /** Further attempts after the first. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; absent means the reference's waits. */
  readonly delayMs?: number;
  /** What the wait is multiplied by after each failure. */
  readonly backoff?: number;
  /** The longest wait. */
  readonly maxDelayMs?: number;
}

/** The run began. Always the first event, and the only one that holds the plan. */
export interface RunStarted {
  /** Tells this event from others. */
  readonly type: "run.started";
  /** Epoch milliseconds, as in every event. */
  readonly at: number;
  /** The run's id. */
  readonly run: string;
  /** All that it will do. */
  readonly plan: Plan;
}

/** Somebody or something asked for an end: of the run (`""`), a job, a branch or a stage. */
export interface CancelRequested {
  /** Tells this event from others. */
  readonly type: "cancel.requested";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** What is to end. */
  readonly target: Address;
  /** Why. */
  readonly reason: Reason;
  /** Whether clean-up (`if: always()`) is to end too: the second request, or its time is up. */
  readonly force?: true;
}

/** The run ended. Always the last event. */
export interface RunSettled {
  /** Tells this event from others. */
  readonly type: "run.settled";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it failed of. */
  readonly failure?: Failure;
}

/** The run waits for a permit of its concurrency groups: nothing begins until it is granted. */
export interface PermitRequested {
  /** Tells this event from others. */
  readonly type: "permit.requested";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
}

/** The run may go on. */
export interface PermitGranted {
  /** Tells this event from others. */
  readonly type: "permit.granted";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
}

/** Nothing is under way until a wait is over, so the run makes room for others meanwhile. */
export interface PermitReturned {
  /** Tells this event from others. */
  readonly type: "permit.returned";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
}

/** A job was taken over from an earlier run, as it ended there (REFERENCE §1.24). */
export interface JobKept {
  /** Tells this event from others. */
  readonly type: "job.kept";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The job. */
  readonly job: JobId;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it left in that run's context. */
  readonly entry: ValueObject;
}

/**
 * How a stage ends was given before its turn: as in an earlier run, or by hand.
 * It begins no further attempt; when its turn comes, it settles so.
 */
export interface StageGiven {
  /** Tells this event from others. */
  readonly type: "stage.given";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The stage, in any attempt of what is around it: `load[os=linux]/fetch`. */
  readonly stage: Address;
  /** How it ends. */
  readonly outcome: Outcome;
  /** What it leaves behind. */
  readonly outputs?: ValueObject;
  /** Who says so. */
  readonly reason: GivenReason;
}

/** Why a stage ends as it was given. */
export type GivenReason = Extract<Reason, { readonly kind: "kept" | "overridden" }>;

/** A job began, or began again. */
export interface JobStarted {
  /** Tells this event from others. */
  readonly type: "job.started";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The job. */
  readonly job: JobId;
  /** Which attempt, from 1. */
  readonly attempt: number;
  /** How it is retried; only on the first attempt, and only if it is. */
  readonly retry?: ResolvedRetry;
  /** Milliseconds this attempt may take. */
  readonly timeoutMs?: number;
}

/** A job attempt failed and another one will follow. */
export interface JobRetryScheduled {
  /** Tells this event from others. */
  readonly type: "job.retry-scheduled";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The job. */
  readonly job: JobId;
  /** The attempt that failed. */
  readonly attempt: number;
  /** What it failed of. */
  readonly failure: Failure;
  /** When the next attempt is due, in epoch milliseconds. */
  readonly dueAt: number;
}

/** A job ended, whether or not it ever began. */
export interface JobSettled {
  /** Tells this event from others. */
  readonly type: "job.settled";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The job. */
  readonly job: JobId;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it failed of. */
  readonly failure?: Failure;
  /** Why it ended so, or ended early. */
  readonly reason?: Reason;
  /** Its declared outputs. */
  readonly outputs?: ValueObject;
}

/** A scope opened: a job's legs, or the branches of a stage that holds stages. */
export interface ScopeOpened {
  /** Tells this event from others. */
  readonly type: "scope.opened";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The job attempt or the stage that opened. */
  readonly owner: Address;
  /** Which round, from 1; more than one only for `until`. */
  readonly round: number;
  /** What it opened into. */
  readonly expansion: Expansion;
}

/** A leg of a job, or a branch of a stage, began. */
export interface BranchStarted {
  /** Tells this event from others. */
  readonly type: "branch.started";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The leg or branch. */
  readonly branch: Address;
}

/** A leg or branch ended. One that never began has no event. */
export interface BranchSettled {
  /** Tells this event from others. */
  readonly type: "branch.settled";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The leg or branch. */
  readonly branch: Address;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it failed of. */
  readonly failure?: Failure;
}

/** An attempt of a stage began: from here on it may have had effects. */
export interface StageStarted {
  /** Tells this event from others. */
  readonly type: "stage.started";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The stage. */
  readonly stage: Address;
  /** Which attempt, from 1; lost attempts count. */
  readonly attempt: number;
  /** Its name with templates rendered, where it has any; first attempt only. */
  readonly name?: string;
  /** Its id with templates rendered, where it has any; first attempt only. */
  readonly id?: string;
  /** How it is retried; first attempt only, and only if it is. */
  readonly retry?: ResolvedRetry;
  /** Milliseconds this attempt may take. */
  readonly timeoutMs?: number;
}

/** An attempt ended without settling the stage: another one will follow. */
export interface StageRetryScheduled {
  /** Tells this event from others. */
  readonly type: "stage.retry-scheduled";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The stage. */
  readonly stage: Address;
  /** The attempt that ended. */
  readonly attempt: number;
  /** `attempt-failed`, `timeout` or `lost`. */
  readonly reason: Reason;
  /** What it failed of. */
  readonly failure: Failure;
  /** When the next attempt is due, in epoch milliseconds. */
  readonly dueAt: number;
}

/** A stage ended for good. */
export interface StageSettled {
  /** Tells this event from others. */
  readonly type: "stage.settled";
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  /** The stage. */
  readonly stage: Address;
  /** The last attempt; 0 for a stage that was skipped before its first. */
  readonly attempt: number;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it left behind. */
  readonly outputs?: Readonly<Record<string, Value>>;
  /** What it failed of. */
  readonly failure?: Failure;
  /** Why it ended so, or ended early. */
  readonly reason?: Reason;
  /** As in {@linkcode StageStarted}, for a stage that never started. */
  readonly name?: string;
  /** As in {@linkcode StageStarted}, for a stage that never started. */
  readonly id?: string;
}

/** A fact about a run. */
export type RunEvent =
  | RunStarted
  | PermitRequested
  | PermitGranted
  | PermitReturned
  | CancelRequested
  | RunSettled
  | JobKept
  | StageGiven
  | JobStarted
  | JobRetryScheduled
  | JobSettled
  | ScopeOpened
  | BranchStarted
  | BranchSettled
  | StageStarted
  | StageRetryScheduled
  | StageSettled;
