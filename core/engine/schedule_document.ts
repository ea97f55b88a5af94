/**
 * How schedules stand, for programs: the command and the endpoint have the
 * same documents.
 *
 * @module
 */
import { type BrokenFileDocument, brokenFileDocument, brokenFiles } from "./broken_files.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { Standing } from "./schedule_standings.ts";

/** How one schedule of a workflow stands. */
export interface ScheduleDocument {
  /** The workflow. */
  readonly workflow: string;
  /** As it is written, short: `0 9 * * *`, `every 10s`, `release etl`; of a trigger its name. */
  readonly schedule: string;
  /** Its time zone. */
  readonly timezone: string;
  /** When it starts next; `null` when nobody knows, or it never does. A paused one does not, whatever stands here. */
  readonly next: string | null;
  /** Whether it starts nothing, now and later, and has started nothing: its time was over before a scheduler saw it. */
  readonly never: boolean;
  /** Whether the workflow is paused. */
  readonly paused: boolean;
  /** The newest slot that passed without a run, and that nothing has made good since. */
  readonly missed: string | null;
  /** The first of the slots that were missed one after another. */
  readonly missed_since: string | null;
  /** How many those are; `null` where there are too many to count them. */
  readonly missed_count: number | null;
  /** Its last run by schedule. */
  readonly last_run_id: string | null;
  /** How that run stands. */
  readonly last_status: string | null;
  /** Whether that run has not ended, and nobody is at it. */
  readonly last_interrupted: boolean;
}

/** How all schedules stand. */
export interface ScheduleListDocument {
  /** The schedules, by workflow. */
  readonly schedules: readonly ScheduleDocument[];
  /** The files that do not load, or not all of them: what is wrong there starts nothing. */
  readonly broken: readonly BrokenFileDocument[];
}

/** A standing, and whether its newest run has been left. */
export interface KnownStanding extends Standing {
  /** Whether that run has not ended, and nobody is at it. */
  readonly interrupted: boolean;
}

/** The document of standings, and of what is wrong with files. */
export function scheduleListDocument(
  standings: readonly KnownStanding[],
  diagnostics: readonly Diagnostic[],
): ScheduleListDocument {
  return {
    schedules: standings.map(scheduleDocument),
    broken: brokenFiles(diagnostics).map(brokenFileDocument),
  };
}

function scheduleDocument(
  { workflow, schedule, timezone, paused, nextMs, never, missed, last, interrupted }: KnownStanding,
): ScheduleDocument {
  return {
    ...{ workflow, schedule, timezone, paused },
    next: isoOrNull(nextMs),
    never: never !== undefined,
    missed: isoOrNull(missed?.lastMs),
    missed_since: isoOrNull(missed?.firstMs),
    missed_count: missed === undefined ? 0 : missed.count ?? null,
    last_run_id: last?.runId ?? null,
    last_status: last?.status ?? null,
    last_interrupted: interrupted,
  };
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
