/**
 * Removes what a retention does not keep: once, or every day.
 *
 * @module
 */
import type { JournalStore, RunSummary } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";
import type { Audit, Trace } from "../plugin/sink.ts";
import { messageOf } from "../source/message_of.ts";
import { allRuns } from "./all_runs.ts";
import type { Engine } from "./engine.ts";
import {
  oldRuns,
  type RetainedPart,
  retainedSince,
  type Retention,
  type RetentionLimit,
} from "./retention.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** Milliseconds between two looks whether the day's work is done. */
export const RETENTION_LOOK_MS = 3_600_000;

const DAY_MS = 86_400_000;

/** On which day, since 1970, the retention was last applied, by any process. */
const DAY_CURSOR = "retention/day";

/** What runs leave behind; what `openSluice` opens is one. */
export interface RetainedState {
  /** Knows which runs are under way, and which have no record yet. */
  readonly engine: Pick<Engine, "auditOwed" | "isHeld" | "now" | "remove" | "store">;
  /** What runs printed. */
  readonly log: RetainedLog;
  /** The traces that keep anything. */
  readonly traces: readonly Pick<Trace, "history">[];
  /** Where runs are kept; `undefined` where none has been kept yet. */
  runs(): Promise<JournalStore | undefined>;
  /** The audits. */
  audits(): Promise<readonly Audit[]>;
}

/** What runs printed. */
export interface RetainedLog {
  /** Those of these runs of which anything is kept. */
  among(runIds: Iterable<string>): Promise<ReadonlySet<string>>;
  /** Removes what a run printed; quiet when there is nothing. */
  remove(runId: string): Promise<void>;
}

/** What was removed. */
export interface Removed {
  /** Runs, the oldest first. */
  readonly runs: readonly RunSummary[];
  /** How many things of each part. */
  readonly counts: Readonly<Record<RetainedPart, number>>;
  /** How many of the runs have no audit record yet: where it was only said what would go. */
  readonly unrecorded: number;
}

/** Options for {@linkcode applyRetention}. */
export interface ApplyOptions {
  /** Says what would go, and removes nothing. @default false */
  readonly dryRun?: boolean;
}

/**
 * Removes what the retention does not keep; never a run that is under way, or
 * whose record is missing.
 *
 * @example The newest of two runs stays
 * ```ts
 * import { applyRetention, openSluice } from "@sluice/sluice";
 * import { deepEqual } from "node:assert/strict";
 *
 * await using sluice = await openSluice({ memory: true, audit: false });
 * const { workflows: [hello] } = await sluice.loadText(
 *   "hello: {type: Workflow, jobs: {greet: {stages: [{name: Greet, echo: Hello}]}}}",
 *   "hello.yml",
 * );
 * for (const runId of ["first", "second"]) {
 *   await (hello && await sluice.engine.start(hello, { runId }))?.result;
 * }
 * const { runs } = await applyRetention(sluice, { runs: { keep: 1 } });
 * deepEqual(runs.map(({ runId }) => runId), ["first"]);
 * ```
 */
export async function applyRetention(
  state: RetainedState,
  retention: Retention,
  { dryRun = false }: ApplyOptions = {},
): Promise<Removed> {
  const store = await state.runs();
  // A run whose record is missing is kept until it has one: nothing else knows of it.
  if (store !== undefined && !dryRun) await state.engine.auditOwed();
  const all = store === undefined ? [] : await Array.fromAsync(allRuns(store));
  const nowMs = state.engine.now();
  const old = (limit?: RetentionLimit) => limit === undefined ? [] : oldRuns(all, { limit, nowMs });
  const runs: RunSummary[] = [];
  for (const run of old(retention.runs)) {
    if (await (dryRun ? isRemovable : removeRun)(state, run.runId)) runs.push(run);
  }
  const gone = new Set(runs.map(({ runId }) => runId));
  const logs = await state.log.among(
    old(retention.logs).map(({ runId }) => runId).filter((runId) => !gone.has(runId)),
  );
  if (!dryRun) { for (const runId of logs) await state.log.remove(runId); }
  const counts = {
    runs: runs.length,
    logs: logs.size,
    audits: await pruneAudits(state, { limit: retention.audits, dryRun }),
    traces: await pruneTraces(state, { limit: retention.traces, dryRun }),
  };
  const unrecorded = dryRun && store !== undefined ? await heldAmong(runs, store) : 0;
  return { runs, counts, unrecorded };
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
  state: RetainedState,
  { retention, clock, signal, tell }: DailyRetention,
): Promise<void> {
  if (retention === undefined) return;
  while (!signal.aborted) {
    try {
      await retainToday(state, { retention, tell, day: Math.floor(clock.now() / DAY_MS) });
    } catch (error) {
      tell({ type: "trouble", message: messageOf(error) });
    }
    await clock.pause(RETENTION_LOOK_MS, signal).catch(() => {}); // Aborted: the loop ends.
  }
}

async function retainToday(
  state: RetainedState,
  { retention, day, tell }: {
    readonly retention: Retention;
    readonly day: number;
    readonly tell: (note: ScheduleNote) => void;
  },
): Promise<void> {
  const store = await state.engine.store();
  const done = (await store.cursors(DAY_CURSOR)).get(DAY_CURSOR) ?? -Infinity;
  if (done >= day) return;
  const { counts } = await applyRetention(state, retention);
  await store.advance(new Map([[DAY_CURSOR, day]]));
  tell({ type: "pruned", ...counts });
}

/** The output first: a run without output is found by the next removal, output without a run by nobody. */
function removeRun({ engine, log }: RetainedState, runId: string): Promise<boolean> {
  return engine.remove(runId, { before: () => log.remove(runId) });
}

/** Whether a removal would have it: what a dead engine left without a record gets that first. */
async function isRemovable({ engine }: RetainedState, runId: string): Promise<boolean> {
  return !await engine.isHeld(runId);
}

async function heldAmong(runs: readonly RunSummary[], store: JournalStore): Promise<number> {
  const writers = await Promise.all(runs.map(({ runId }) => store.writerOf(runId)));
  return writers.filter((writer) => writer !== undefined).length;
}

interface Limited {
  readonly limit: RetentionLimit | undefined;
  readonly dryRun: boolean;
}

/** An audit that keeps all by its nature (`prune` is absent) is left alone. */
async function pruneAudits(state: RetainedState, { limit, dryRun }: Limited): Promise<number> {
  if (limit === undefined) return 0;
  const { keep = 0, days } = limit;
  const endedBeforeMs = retainedSince(limit, state.engine.now());
  let count = 0;
  for (const audit of await state.audits()) {
    const removed = await audit.prune?.({
      ...{ keep, dryRun },
      ...(days === undefined ? {} : { endedBeforeMs }),
    });
    count += removed?.length ?? 0;
  }
  return count;
}

async function pruneTraces(
  { engine, traces }: RetainedState,
  { limit, dryRun }: Limited,
): Promise<number> {
  if (limit === undefined) return 0;
  const sinceMs = retainedSince(limit, engine.now());
  let count = 0;
  for (const { history } of traces) {
    const old = (await history?.runs() ?? []).slice(limit.keep ?? 0)
      .filter(({ lastMs }) => lastMs <= sinceMs);
    for (const { runId } of old) if (!dryRun) await history?.remove(runId);
    count += old.length;
  }
  return count;
}
