/**
 * Finds the run that somebody named: by its id, the start of it, or `last`.
 *
 * @module
 */
import { allRuns } from "../core/engine/all_runs.ts";
import { type JournalStore, livesIn, type RunSummary } from "../core/plugin/journal.ts";
import { writerLives } from "../platform/writer.ts";
import type { Sluice } from "../preset.ts";
import { UsageError } from "./usage_error.ts";

/** Names the newest run that no stage of another one started. */
export const LAST = "last";

/** Among so many of the newest runs a beginning is looked for. */
export const MAX_SEARCHED_RUNS = 20_000;

const MAX_LISTED = 3;

/**
 * The run that `given` names.
 *
 * @throws {UsageError} when there is none, or several.
 */
export async function findRun(sluice: Sluice, given: string): Promise<RunSummary> {
  const store = await sluice.runs();
  if (store === undefined) {
    throw new UsageError(`There is no run in "${sluice.settings.statePath}" yet`);
  }
  const exact = await store.find(given);
  if (exact !== undefined) return exact;
  if (given === LAST) {
    const newest = await newestOwn(store);
    if (newest !== undefined) return newest;
    throw new UsageError('There is no run yet: start one with "sluice run"');
  }
  const found = await beginningWith(store, given);
  const [only, ...others] = found;
  if (only === undefined) {
    throw new UsageError(`There is no run "${given}": "sluice runs" lists those that there are`);
  }
  if (others.length === 0) return only;
  const examples = found.slice(0, MAX_LISTED).map(({ runId }) => runId).join(", ");
  throw new UsageError(
    `There are ${found.length} runs that begin with "${given}": write more of it: ${examples}${
      found.length > MAX_LISTED ? ", …" : ""
    }`,
  );
}

/** Whether a run that has not ended is being driven by anybody. */
export async function isDriven(store: JournalStore, runId: string): Promise<boolean> {
  const writer = await store.writerOf(runId);
  return writer !== undefined && livesIn(store, writerLives)(writer);
}

/** The newest run that somebody started: what its stages started is a part of it. */
async function newestOwn(store: JournalStore): Promise<RunSummary | undefined> {
  let searched = 0;
  for await (const run of allRuns(store)) {
    if (run.trigger !== "stage") return run;
    if (++searched >= MAX_SEARCHED_RUNS) return undefined;
  }
  return undefined;
}

async function beginningWith(store: JournalStore, start: string): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  let searched = 0;
  for await (const run of allRuns(store)) {
    if (run.runId.startsWith(start)) found.push(run);
    if (++searched >= MAX_SEARCHED_RUNS) break;
  }
  return found;
}
