/**
 * `sluice resume`
 *
 * @module
 */
import { allRuns } from "../core/engine/all_runs.ts";
import type { Engine } from "../core/engine/engine.ts";
import { settleByHand, type SettledByHand } from "../core/engine/rerun.ts";
import type { Result } from "../core/engine/result.ts";
import {
  JournalError,
  type JournalStore,
  OPEN_STATUSES,
  type RunSummary,
} from "../core/plugin/journal.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun } from "./find_run.ts";
import { earlierStates, type FollowOptions, followRun, modeFor } from "./follow_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { readSettled } from "./read_settled.ts";
import { reportError } from "./report_error.ts";
import { exitCodeOf, refusedDocument, runDocument } from "./run_document.ts";
import { UsageError } from "./usage_error.ts";

/** Takes up a run, or all that were interrupted, one after another. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [given] = invocation.operands;
  const json = invocation.has("json");
  try {
    await using sluice = await openFor(invocation, printer);
    const { engine } = sluice;
    const mode = modeFor(printer, { json, quiet: invocation.has("quiet") });
    const follow = { printer, mode, verbose: invocation.has("verbose") };
    if (given === undefined && invocation.has("settle")) {
      throw new UsageError('Cannot use "--settle" without a run: name the run of the stage');
    }
    if (given === undefined) return await resumeAll(sluice, { ...follow, json });
    const { runId } = await findRun(sluice, given);
    const settled = readSettled(invocation);
    const result = await resume(engine, runId, { ...follow, settled });
    if (json) printJson(printer, await runDocument(engine, result, { info: false }));
    return exitCodeOf(result.status);
  } catch (error) {
    if (json) printJson(printer, refusedDocument(error, given));
    throw error;
  }
}

type Following = Pick<FollowOptions, "printer" | "mode" | "verbose">;

async function resume(
  engine: Engine,
  runId: string,
  { settled = [], ...following }: Following & { readonly settled?: readonly SettledByHand[] },
): Promise<Result> {
  const given = settled.length === 0
    ? {}
    : { given: settleByHand(await engine.read(runId), settled) };
  return await followRun(engine, {
    ...following,
    begin: () => engine.resume(runId, given),
    states: await earlierStates(engine, runId),
  });
}

async function resumeAll(
  sluice: Sluice,
  { json, ...following }: Following & { readonly json: boolean },
): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  const documents: unknown[] = [];
  const { engine } = sluice;
  const store = await sluice.runs();
  for (const { runId } of await interruptedRuns(store)) {
    const result = await resume(engine, runId, following).catch(async (error: unknown) => {
      // A run that cannot be taken up must not keep the others from it.
      if (!isBusy(error)) codes.push(await reportError(error, following.printer));
    });
    if (result === undefined) continue;
    codes.push(exitCodeOf(result.status));
    if (json) documents.push(await runDocument(engine, result, { info: false }));
    if (result.status === "CANCEL") break; // Whoever ends this one does not want the next.
  }
  const audited = store === undefined ? [] : await engine.auditOwed();
  if (audited.length > 0) {
    following.printer.tell(`Audited late: ${audited.join(", ")}`);
  }
  if (json) printJson(following.printer, documents);
  else if (codes.length === 0) following.printer.tell("No run waits to be taken up");
  return codes.find((code) => code !== EXIT.ok) ?? EXIT.ok;
}

/**
 * Runs that have not ended, oldest first. A run that was started by a stage of
 * another one of them is left out: that one takes it up.
 */
async function interruptedRuns(store: JournalStore | undefined): Promise<readonly RunSummary[]> {
  if (store === undefined) return [];
  const open = await Array.fromAsync(allRuns(store, { statuses: OPEN_STATUSES }));
  const ids = new Set(open.map(({ runId }) => runId));
  return open.filter(({ parentRunId }) => parentRunId === undefined || !ids.has(parentRunId))
    .reverse();
}

/** Its engine lives: there is nothing to take up. */
function isBusy(error: unknown): boolean {
  return error instanceof JournalError && error.code === "busy";
}
