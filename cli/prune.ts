/**
 * `sluice prune`
 *
 * @module
 */
import { JournalError, type JournalStore, type RunSummary } from "../core/plugin/journal.ts";
import { writerLives } from "../platform/writer.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { allRuns, openRuns } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { summaryDocument } from "./runs.ts";
import { UsageError } from "./usage_error.ts";

const DAY_MS = 86_400_000;

/** Removes old runs with all that they printed. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const keep = invocation.number("keep", { min: 0, whole: true });
  const keepDays = invocation.number("keep-days", { min: 0 });
  if (keep === undefined && keepDays === undefined) {
    throw new UsageError('Cannot choose what to remove: say "--keep N", "--keep-days N" or both');
  }
  const dryRun = invocation.has("dry-run");
  await using sluice = await openFor(invocation, printer);
  const store = await openRuns(sluice);
  // A run whose record is missing is kept until it has one: nothing else knows of it.
  if (store !== undefined && !dryRun) await sluice.engine.auditOwed();
  const old = store === undefined ? [] : await oldRuns(store, {
    keep: keep ?? 0,
    settledBefore: sluice.engine.now() - (keepDays ?? 0) * DAY_MS,
  });
  const removed: RunSummary[] = [];
  for (const run of old) {
    if (dryRun || store === undefined || await remove(sluice, store, run)) removed.push(run);
  }
  if (invocation.has("json")) printJson(printer, removed.map(summaryDocument));
  else tellRemoved(removed, { printer, dryRun });
  return EXIT.ok;
}

/** What neither of the limits keeps, the oldest first. A run that another one waits for is kept. */
async function oldRuns(
  store: JournalStore,
  { keep, settledBefore }: { readonly keep: number; readonly settledBefore: number },
): Promise<readonly RunSummary[]> {
  const runs = await Array.fromAsync(allRuns(store));
  const open = new Set(runs.filter((run) => run.settledAt === undefined).map(({ runId }) => runId));
  return runs.slice(keep).filter(({ settledAt, parentRunId }) =>
    settledAt !== undefined && settledAt <= settledBefore &&
    (parentRunId === undefined || !open.has(parentRunId))
  ).reverse();
}

/** The run first: output without a run can be found and removed, the reverse would look like a run that said nothing. */
async function remove(
  sluice: Sluice,
  store: JournalStore,
  { runId }: RunSummary,
): Promise<boolean> {
  try {
    if (await store.writerOf(runId) !== undefined) return false;
    await store.remove(runId, writerLives);
  } catch (error) {
    if (error instanceof JournalError && error.code === "busy") return false;
    throw error;
  }
  await sluice.log.remove(runId);
  return true;
}

function tellRemoved(
  removed: readonly RunSummary[],
  { printer, dryRun }: { readonly printer: Printer; readonly dryRun: boolean },
): void {
  if (removed.length > 0) printer.print(removed.map(({ runId }) => runId).join("\n"));
  const count = removed.length === 1 ? "1 run" : `${removed.length} runs`;
  printer.tell(dryRun ? `${count} would be removed` : `${count} removed`);
}
