/**
 * What a scheduler says while it works.
 *
 * @module
 */
import type { Diagnostic } from "../source/diagnostic.ts";

/** Something that a scheduler did, or that happened to it. */
export type ScheduleNote =
  | {
    /** The workflows have been read, for the first time or because something changed. */
    readonly type: "loaded";
    /** How many workflows start by themselves. */
    readonly workflows: number;
    /** How many schedules they have. */
    readonly schedules: number;
    /** How many of the workflows follow others. */
    readonly followers: number;
    /** How many triggers are watched. */
    readonly watched: number;
  }
  | {
    /** A file of workflows does not load, or not all of it: told when it breaks, and when it is broken otherwise. */
    readonly type: "broken";
    /** The file; the folder itself, where that is not there. */
    readonly file: string;
    /** What is wrong first. */
    readonly first: Diagnostic;
    /** All that is wrong with it. */
    readonly diagnostics: readonly Diagnostic[];
    /** The workflows whose version before stays in force. */
    readonly kept: readonly string[];
  }
  | {
    /** A file that was broken is so no more, or is gone. */
    readonly type: "mended";
    readonly file: string;
  }
  | {
    /** No slot of a schedule will come, and none has: its author is likely to think otherwise. */
    readonly type: "never";
    readonly workflow: string;
    /** As it is written, short. */
    readonly schedule: string;
    readonly why: string;
  }
  | {
    /** Workflows follow one another in a circle, so none of them follows any. */
    readonly type: "circle";
    readonly workflows: readonly string[];
  }
  | {
    /** A run has begun. */
    readonly type: "started";
    readonly workflow: string;
    readonly runId: string;
    /** Milliseconds between its slot and its beginning being on disk. */
    readonly lateMs: number;
  }
  | {
    /** A run that a crash had left has been taken up. */
    readonly type: "recovered";
    readonly workflow: string;
    readonly runId: string;
  }
  | {
    /** A run has ended. */
    readonly type: "settled";
    readonly workflow: string;
    readonly runId: string;
    readonly status: string;
  }
  | {
    /** A slot starts no run because of its overlap policy, or of a pause that came while it waited. */
    readonly type: "skipped";
    readonly workflow: string;
    readonly slotMs: number;
    readonly why: string;
  }
  | {
    /** Slots passed without a run. */
    readonly type: "missed";
    readonly workflow: string;
    /** The newest of them. */
    readonly slotMs: number;
    /** The first of them. */
    readonly firstMs: number;
    /** How many there are; `undefined` where there are too many to count them. */
    readonly count: number | undefined;
    readonly why: string;
  }
  | {
    /** What the settings' retention does not keep was removed: so many of each. */
    readonly type: "pruned";
    readonly runs: number;
    readonly logs: number;
    readonly audits: number;
    readonly traces: number;
  }
  | {
    /** Something has to be tried again. */
    readonly type: "trouble";
    readonly message: string;
  };
