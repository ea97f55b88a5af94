/**
 * What is asked of a run, or reported to it. Commands carry every fact that a
 * decision needs from outside: time and outcomes.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { JobId, Plan } from "../plan/plan.ts";
import type { Address, Failure, GivenReason, Outcome } from "./event.ts";

/** Begin. Ignored once begun. */
export interface Start {
  /** Tells this command from others. */
  readonly type: "start";
  /** Epoch milliseconds, as in every command. */
  readonly at: number;
  /** The run's id. */
  readonly run: string;
  /** All that the run will do. */
  readonly plan: Plan;
  /** Jobs that are taken over from an earlier run instead of being run. */
  readonly kept?: readonly KeptJob[];
  /** How some stages of the other jobs end, given in advance. */
  readonly given?: readonly GivenStage[];
  /** Whoever asked for an end before the run began: then no job begins. */
  readonly cancel?: Omit<Cancel, "type" | "at">;
}

/** A job taken over from an earlier run. */
export interface KeptJob {
  /** The job. */
  readonly job: JobId;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it left in that run's context. */
  readonly entry: ValueObject;
}

/** How a stage ends, given before its turn: as in an earlier run, or by hand. */
export interface GivenStage {
  /** The stage, in any attempt of what is around it: `load[os=linux]/fetch`. */
  readonly stage: Address;
  /** How it ends. */
  readonly outcome: Outcome;
  /** What it leaves behind. */
  readonly outputs: ValueObject;
  /** Who says so. */
  readonly reason: GivenReason;
}

/** End early. A second request ends clean-up as well. */
export interface Cancel {
  /** Tells this command from others. */
  readonly type: "cancel";
  /** When it was given, in epoch milliseconds. */
  readonly at: number;
  /** Who asks: `"user"`, a token's name, a parent run. */
  readonly by: string;
  /** Why, in their words. */
  readonly why: string;
}

/** The run has its permit: what waited for it may begin. Ignored by a run that waits for none. */
export interface Admit {
  /** Tells this command from others. */
  readonly type: "admit";
  /** When it was given, in epoch milliseconds. */
  readonly at: number;
}

/** A concurrency group has no room for the run and does not let it wait. Ignored by a run that waits for none. */
export interface Refuse {
  /** Tells this command from others. */
  readonly type: "refuse";
  /** When it was given, in epoch milliseconds. */
  readonly at: number;
  /** The group. */
  readonly group: string;
  /** How the run is to end. */
  readonly outcome: "skipped" | "cancelled";
}

/** How an attempt went. A late or second report changes nothing. */
export interface Report {
  /** Tells this command from others. */
  readonly type: "report";
  /** When it was given, in epoch milliseconds. */
  readonly at: number;
  /** The stage. */
  readonly stage: Address;
  /** Which attempt of it. */
  readonly attempt: number;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it left behind. */
  readonly outputs: ValueObject;
  /** What it failed of. */
  readonly failure?: Failure;
}

/** Time has come for whatever is due at `at`. */
export interface Wake {
  /** Tells this command from others. */
  readonly type: "wake";
  /** When it was given, in epoch milliseconds. */
  readonly at: number;
}

/** The engine died and came back: attempts that were under way are lost. */
export interface Recover {
  /** Tells this command from others. */
  readonly type: "recover";
  /** When it was given, in epoch milliseconds. */
  readonly at: number;
  /** How some stages that have not ended are to end, whatever became of them. */
  readonly given?: readonly GivenStage[];
}

/** What is asked of a run, or reported to it. */
export type RunCommand = Start | Admit | Refuse | Cancel | Report | Wake | Recover;
