/**
 * What is asked of a run, or reported to it. Commands carry every fact that a
 * decision needs from outside: time and outcomes.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { JobId, Plan } from "../plan/plan.ts";
import type { Address, Failure, Outcome } from "./event.ts";

/** Begin. Ignored once begun. */
export interface Start {
  readonly type: "start";
  /** Epoch milliseconds, as in every command. */
  readonly at: number;
  /** The run's id. */
  readonly run: string;
  readonly plan: Plan;
  /** Jobs that are taken over from an earlier run instead of being run. */
  readonly kept?: readonly KeptJob[];
}

/** A job taken over from an earlier run. */
export interface KeptJob {
  readonly job: JobId;
  readonly outcome: Outcome;
  /** What it left in that run's context. */
  readonly entry: ValueObject;
}

/** End early. A second request ends clean-up as well. */
export interface Cancel {
  readonly type: "cancel";
  readonly at: number;
  /** Who asks: `"user"`, a token's name, a parent run. */
  readonly by: string;
  /** Why, in their words. */
  readonly why: string;
}

/** How an attempt went. A late or second report changes nothing. */
export interface Report {
  readonly type: "report";
  readonly at: number;
  readonly stage: Address;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly outputs: ValueObject;
  readonly failure?: Failure;
}

/** Time has come for whatever is due at `at`. */
export interface Wake {
  readonly type: "wake";
  readonly at: number;
}

/** The engine died and came back: attempts that were under way are lost. */
export interface Recover {
  readonly type: "recover";
  readonly at: number;
}

/** What is asked of a run, or reported to it. */
export type RunCommand = Start | Cancel | Report | Wake | Recover;
