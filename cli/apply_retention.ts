/**
 * Removes what a retention does not keep: once, or every day.
 *
 * @module
 */
import { oldRuns, retainedSince } from "../core/engine/retention.ts";
import type { RetainedPart, Retention, RetentionLimit } from "../core/engine/retention.ts";
import type { ScheduleNote } from "../core/engine/schedule_note.ts";
import { encodeName } from "../core/plugin/file_name.ts";
import {
  JournalError,
  type JournalStore,
  livesIn,
  type RunSummary,
} from "../core/plugin/journal.ts";
import type { Clock } from "../core/plugin/ports.ts";
import { openHost } from "../platform/host.ts";
import { writerLives } from "../platform/writer.ts";
import type { Sluice } from "../preset.ts";
import { allRuns, openRuns } from "./find_run.ts";

/** Milliseconds between two looks whether the day's work is done. */
export const RETENTION_LOOK_MS = 3_600_000;

const DAY_MS = 86_400_000;

/** On which day, since 1970, the retention was last applied, by any process. */
const DAY_CURSOR = "retention/day";

/** What was removed. */
export interface Removed {
  /** Runs, the oldest first. */
  readonly runs: readonly RunSummary[];
  /** How many things of each part. */
  readonly counts: Readonly<Record<RetainedPart, number>>;
}

/** Options for {@linkcode applyRetention}. */
export interface ApplyOptions {
  /** Says what would go, and removes nothing. */
  readonly dryRun: boolean;
}

/** Removes what the retention does not keep; never a run that is under way, or whose record is missing. */
export async function applyRetention(
  sluice: Sluice,
  retention: Retention,
  options: ApplyOptions,
): Promise<Removed> {
  const store = await openRuns(sluice);
  // A run whose record is missing is kept until it has one: nothing else knows of it.
  if (store !== undefined && !options.dryRun) await sluice.engine.auditOwed();
  const all = store === undefined ? [] : await Array.fromAsync(allRuns(store));
  const nowMs = sluice.engine.now();
  const old = (limit?: RetentionLimit) => limit === undefined ? [] : oldRuns(all, { limit, nowMs });
  const runs: RunSummary[] = [];
  for (const run of old(retention.runs)) {
    if (options.dryRun || store === undefined || await removeRun(sluice, store, run)) {
      runs.push(run);
    }
  }
  const gone = new Set(runs.map(({ runId }) => runId));
  const kept = new Set(await openHost().listNames(`${sluice.settings.statePath}/logs`));
  const logs = old(retention.logs).filter(({ runId }) =>
    kept.has(encodeName(runId)) && !gone.has(runId)
  );
  if (!options.dryRun) { for (const { runId } of logs) await sluice.log.remove(runId); }
  const counts = {
    runs: runs.length,
    logs: logs.length,
    audits: await pruneAudits(sluice, { limit: retention.audits, options }),
    traces: await pruneTraces(sluice, { limit: retention.traces, options }),
  };
  return { runs, counts };
}

/** What the daily removal is done with. */
export interface DailyRetention {
  /** What the settings say; without it nothing is removed. */
  readonly retention: Retention | undefined;
  /** Time. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told of what was removed, and of what went wrong. */
  readonly tell: (note: ScheduleNote) => void;
}

/**
 * Applies a retention once a day, until the signal is aborted. A day whose work
 * has failed is tried again an hour later.
 */
export async function retainDaily(
  sluice: Sluice,
  { retention, clock, signal, tell }: DailyRetention,
): Promise<void> {
  if (retention === undefined) return;
  while (!signal.aborted) {
    try {
      await retainToday(sluice, { retention, tell, day: Math.floor(clock.now() / DAY_MS) });
    } catch (error) {
      tell({ type: "trouble", message: error instanceof Error ? error.message : String(error) });
    }
    await clock.pause(RETENTION_LOOK_MS, signal).catch(() => {}); // Aborted: the loop ends.
  }
}

async function retainToday(
  sluice: Sluice,
  { retention, day, tell }: {
    readonly retention: Retention;
    readonly day: number;
    readonly tell: (note: ScheduleNote) => void;
  },
): Promise<void> {
  const store = await sluice.engine.store();
  const done = (await store.cursors(DAY_CURSOR)).get(DAY_CURSOR) ?? -Infinity;
  if (done >= day) return;
  const { counts } = await applyRetention(sluice, retention, { dryRun: false });
  await store.advance(new Map([[DAY_CURSOR, day]]));
  tell({ type: "pruned", ...counts });
}

const NAMES = [["audits", "record"], ["traces", "trace"], ["logs", "log"]] as const;

/** How many of what were removed, or would be. */
export function removedText(
  counts: Removed["counts"],
  { dryRun = false }: Partial<ApplyOptions> = {},
): string {
  const others = NAMES.filter(([part]) => counts[part] > 0)
    .map(([part, name]) => `, ${counted(counts[part], name)}`);
  const all = `${counted(counts.runs, "run")}${others.join("")}`;
  return `${all} ${dryRun ? "would be removed" : "removed"}`;
}

function counted(count: number, name: string): string {
  return count === 1 ? `1 ${name}` : `${count} ${name}s`;
}

/** The output first: a run without output is found by the next removal, output without a run by nobody. */
async function removeRun(
  sluice: Sluice,
  store: JournalStore,
  { runId }: RunSummary,
): Promise<boolean> {
  try {
    if (await store.writerOf(runId) !== undefined) return false;
    await sluice.log.remove(runId);
    await store.remove(runId, livesIn(store, writerLives));
  } catch (error) {
    if (error instanceof JournalError && error.code === "busy") return false;
    throw error;
  }
  return true;
}

interface Limited {
  readonly limit: RetentionLimit | undefined;
  readonly options: ApplyOptions;
}

/** An audit that keeps all by its nature (`prune` is absent) is left alone. */
async function pruneAudits(sluice: Sluice, { limit, options }: Limited): Promise<number> {
  if (limit === undefined) return 0;
  const { keep = 0, days } = limit;
  const endedBeforeMs = retainedSince(limit, sluice.engine.now());
  let count = 0;
  for (const audit of await sluice.audits()) {
    const removed = await audit.prune?.({
      ...{ keep, dryRun: options.dryRun },
      ...(days === undefined ? {} : { endedBeforeMs }),
    });
    count += removed?.length ?? 0;
  }
  return count;
}

async function pruneTraces(sluice: Sluice, { limit, options }: Limited): Promise<number> {
  if (limit === undefined) return 0;
  const sinceMs = retainedSince(limit, sluice.engine.now());
  let count = 0;
  for (const { history } of sluice.traces) {
    const old = (await history?.runs() ?? []).slice(limit.keep ?? 0)
      .filter(({ lastMs }) => lastMs <= sinceMs);
    for (const { runId } of old) if (!options.dryRun) await history?.remove(runId);
    count += old.length;
  }
  return count;
}
