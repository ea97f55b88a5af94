/**
 * How long what runs leave behind is kept: the section `retention` of the
 * settings, and what follows from it. Whoever removes asks here what.
 *
 * @module
 */
import { z } from "zod";
import type { RunSummary } from "../plugin/journal.ts";
import { readSection } from "./read_section.ts";
import type { Settings } from "./settings.ts";

/** The most days that anything can be told to be kept: a century. */
export const MAX_RETENTION_DAYS = 36_525;

/** The most that can be told to be kept by number. */
export const MAX_RETAINED = 10_000_000;

const DAY_MS = 86_400_000;

/** What stays: what either of them keeps. One that is not there keeps nothing. */
export interface RetentionLimit {
  /** So many of the newest. */
  readonly keep?: number;
  /** What ended in the last so many days. */
  readonly days?: number;
}

/** What there may be limits for; without one, all of it stays. */
export interface Retention {
  /** Runs, with all that they printed. */
  readonly runs?: RetentionLimit;
  /** What runs printed, where that is to go sooner than the runs. */
  readonly logs?: RetentionLimit;
  /** Records of finished runs; `keep` counts for each workflow. */
  readonly audits?: RetentionLimit;
  /** What traces keep. */
  readonly traces?: RetentionLimit;
}

/** The parts of a {@linkcode Retention}. */
export type RetainedPart = keyof Retention;

/**
 * What the settings say of retention; `undefined` where they do not.
 *
 * @throws {WorkflowError} with the place of what cannot be read.
 */
export function readRetention(settings: Settings): Retention | undefined {
  return readSection(settings, { name: "retention", schema: retentionSchema });
}

/** Before this moment, in epoch milliseconds, what is not among the newest goes. */
export function retainedSince({ days = 0 }: RetentionLimit, nowMs: number): number {
  return nowMs - days * DAY_MS;
}

/**
 * The runs that a limit does not keep, the oldest first. A run that has not
 * ended is kept, and so is one that such a run has started.
 *
 * @param runs All there are, the newest first.
 */
export function oldRuns(
  runs: readonly RunSummary[],
  { limit, nowMs }: { readonly limit: RetentionLimit; readonly nowMs: number },
): readonly RunSummary[] {
  const open = new Set(runs.filter((run) => run.settledAt === undefined).map(({ runId }) => runId));
  const sinceMs = retainedSince(limit, nowMs);
  return runs.slice(limit.keep ?? 0).filter(({ settledAt, parentRunId }) =>
    settledAt !== undefined && settledAt <= sinceMs &&
    (parentRunId === undefined || !open.has(parentRunId))
  ).reverse();
}

function retentionSchema(): z.ZodType<Retention> {
  const limit = z.strictObject({
    keep: z.int().min(0).max(MAX_RETAINED).optional(),
    days: z.number().min(0).max(MAX_RETENTION_DAYS).optional(),
  }).refine(({ keep, days }) => keep !== undefined || days !== undefined, {
    error: 'A limit says what stays: "keep: 100", "days: 30" or both',
  }).transform(({ keep, days }): RetentionLimit => ({
    ...(keep === undefined ? {} : { keep }),
    ...(days === undefined ? {} : { days }),
  })).optional();
  return z.strictObject({ runs: limit, logs: limit, audits: limit, traces: limit })
    .transform(({ runs, logs, audits, traces }): Retention => ({
      ...(runs && { runs }),
      ...(logs && { logs }),
      ...(audits && { audits }),
      ...(traces && { traces }),
    }));
}
