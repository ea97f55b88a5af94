/**
 * `sluice cancel`
 *
 * @module
 */
import type { Engine } from "../core/engine/engine.ts";
import { JournalError, type JournalStore, type RunSummary } from "../core/plugin/journal.ts";
import { userName } from "../platform/process.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { summaryDocument } from "./runs.ts";

const DEFAULT_WHY = "sluice cancel";

/** So long the command waits for the engine of the run; clean-up may take longer. */
const LONGEST_WAIT_MS = 10_000;
const LOOK_MS = 100;

/** Ends a run early. A run whose engine has died is taken up and ended. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const { engine } = sluice;
  const run = await findRun(sluice, invocation.operands[0] ?? "");
  const store = await engine.store();
  const why = invocation.value("why") ?? DEFAULT_WHY;
  const ended = run.settledAt === undefined ? await end(engine, run.runId, { why }) : run;
  const now = ended ?? await outcomeOf(store, run);
  if (invocation.has("json")) printJson(printer, summaryDocument(now));
  else printer.tell(told(run, now));
  return EXIT.ok;
}

/** Ends it here if nobody drives it; else its engine is asked, and `undefined` given. */
async function end(
  engine: Engine,
  runId: string,
  { why }: { readonly why: string },
): Promise<RunSummary | undefined> {
  const request = { by: userName(), why };
  try {
    const handle = await engine.resume(runId, { cancel: request });
    await handle.result;
    return await (await engine.store()).find(runId);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== "busy") throw error;
    await engine.cancel(runId, request);
    return undefined;
  }
}

async function outcomeOf(store: JournalStore, run: RunSummary): Promise<RunSummary> {
  let now = run;
  for (let waited = 0; waited < LONGEST_WAIT_MS; waited += LOOK_MS) {
    now = await store.find(run.runId) ?? run;
    if (now.settledAt !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return now;
}

function told({ settledAt }: RunSummary, now: RunSummary): string {
  if (settledAt !== undefined) return `Run ${now.runId} had ended already: ${now.status}`;
  return now.settledAt === undefined
    ? `Run ${now.runId} has been asked to end and is cleaning up`
    : `Run ${now.runId} has ended: ${now.status}`;
}
