/**
 * What becomes of schedule slots that cannot simply start a run: those that
 * nobody was there for, and those that come while a run is still under way.
 * Written at the workflow, for all that starts it, or at one entry of `on`.
 *
 * @module
 */
import { z } from "zod";
import { MAX_DURATION_MS, parseDuration } from "../expr/duration.ts";
import type { Report } from "./finding.ts";
import type { Path } from "../source/document.ts";

/** What becomes of slots that passed while no scheduler ran: nothing, only the newest starts a run, or all do. */
export type CatchUp = "none" | "latest" | "all";

/** What becomes of a slot that comes while a run of its workflow is under way. */
export type Overlap = "allow" | "skip" | "queue" | "cancel-running";

/** What becomes of the slots of a schedule. */
export interface SchedulePolicy {
  /** What becomes of slots that nobody was there for. */
  readonly catchUp: CatchUp;
  /** The oldest slot that is caught up with, in milliseconds before now. */
  readonly catchUpWindowMs: number;
  /** What becomes of a slot that comes while a run is under way. */
  readonly overlap: Overlap;
  /** Each schedule starts its runs later by a part of this, always the same part. */
  readonly jitterMs: number;
}

/** The policy where nobody writes one. */
export const DEFAULT_POLICY: SchedulePolicy = {
  catchUp: "none",
  catchUpWindowMs: MAX_DURATION_MS,
  overlap: "allow",
  jitterMs: 0,
};

/** A policy as written; what is not there is taken from the next outer one. */
export interface WrittenPolicy {
  /** What becomes of slots that nobody was there for. */
  readonly "catch-up"?: CatchUp | undefined;
  /** How old a slot may be to be caught up with. */
  readonly "catch-up-window"?: number | string | undefined;
  /** What becomes of a slot that comes while a run is under way. */
  readonly overlap?: Overlap | undefined;
  /** By how much at most runs begin later than their slots. */
  readonly jitter?: number | string | undefined;
}

const CATCH_UPS = ["none", "latest", "all"] as const;
const OVERLAPS = ["allow", "skip", "queue", "cancel-running"] as const;
const NO_LENGTH =
  'must be a length of time such as "10m" or "2h", more than 0 and at most 366 days';

/** How a policy is written, among the other keys of its mapping. */
export const POLICY_FIELDS: {
  readonly "catch-up": () => z.ZodOptional<z.ZodEnum<{ [K in CatchUp]: K }>>;
  readonly "catch-up-window": () => z.ZodOptional<z.ZodType<number | string>>;
  readonly overlap: () => z.ZodOptional<z.ZodEnum<{ [K in Overlap]: K }>>;
  readonly jitter: () => z.ZodOptional<z.ZodType<number | string>>;
} = {
  "catch-up": () => z.enum(CATCH_UPS).optional(),
  "catch-up-window": () => lengthOfTime("catch-up-window").optional(),
  overlap: () => z.enum(OVERLAPS).optional(),
  jitter: () => lengthOfTime("jitter").optional(),
};

/** The written policy over an outer one; parts that contradict one another are reported. */
export function readPolicy(
  written: WrittenPolicy,
  { outer, path, report }: {
    readonly outer: SchedulePolicy;
    readonly path: Path;
    readonly report: Report;
  },
): SchedulePolicy {
  const policy: SchedulePolicy = {
    catchUp: written["catch-up"] ?? outer.catchUp,
    catchUpWindowMs: lengthMs(written["catch-up-window"]) ?? outer.catchUpWindowMs,
    overlap: written.overlap ?? outer.overlap,
    jitterMs: lengthMs(written.jitter) ?? outer.jitterMs,
  };
  const contradiction = contradictionIn(policy, written);
  if (contradiction !== undefined) {
    const { key, message } = contradiction;
    report({ code: "policy-contradiction", message, path: [...path, key] });
  }
  return policy;
}

interface Contradiction {
  /** The key that is written here and does not go with the rest. */
  readonly key: string;
  readonly message: string;
}

/** Only what this mapping itself writes is held against it. */
function contradictionIn(
  { catchUp, catchUpWindowMs, overlap, jitterMs }: SchedulePolicy,
  written: WrittenPolicy,
): Contradiction | undefined {
  if (written["catch-up-window"] !== undefined && catchUp === "none") {
    const message =
      'A "catch-up-window" says how old a slot may be to be caught up with, but "catch-up" is "none"; write "latest" or "all"';
    return { key: "catch-up-window", message };
  }
  const drops = overlap === "skip" || overlap === "cancel-running";
  const key = written.overlap === undefined ? "catch-up" : "overlap";
  if (catchUp === "all" && drops && (written[key] !== undefined)) {
    const message =
      `Catching up with "all" slots and the overlap "${overlap}" contradict one another: of slots that come at once, one would be left; write "overlap: queue" or "catch-up: latest"`;
    return { key, message };
  }
  if (written.jitter !== undefined && jitterMs >= catchUpWindowMs) {
    const message =
      'The "jitter" reaches beyond the "catch-up-window", so a slot could be too old before its time has come';
    return { key: "jitter", message };
  }
  return undefined;
}

function lengthOfTime(key: string): z.ZodType<number | string> {
  return z.union([z.number(), z.string()]).refine((written) => (parseDuration(written) ?? 0) > 0, {
    error: `"${key}" ${NO_LENGTH}`,
  });
}

function lengthMs(written: number | string | undefined): number | undefined {
  return written === undefined ? undefined : parseDuration(written);
}
