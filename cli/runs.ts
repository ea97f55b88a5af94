/**
 * `sluice runs`
 *
 * @module
 */
import { durationText } from "../core/engine/render/duration_text.ts";
import type { JournalStore, RunSummary } from "../core/plugin/journal.ts";
import { statusWritten } from "../core/run/status.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { isDriven } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import type { Paint } from "./paint.ts";
import { isoText, printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

const NEWEST = 50;
const STATUSES = ["RUNNING", "WAIT", "SUCCESS", "FAILED", "SKIP", "CANCEL"];

/** Lists the newest runs. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const limit = invocation.number("limit", { min: 1, whole: true }) ?? NEWEST;
  const statuses = invocation.values("status").map(statusNamed);
  const workflow = invocation.value("workflow");
  await using sluice = await openFor(invocation, printer);
  const store = await sluice.runs();
  const runs = await store?.list({
    limit,
    ...(workflow === undefined ? {} : { workflow }),
    ...(statuses.length === 0 ? {} : { statuses }),
  }) ?? [];
  const shown = await Promise.all(runs.map((run) => withInterruption(run, store)));
  if (invocation.has("json")) {
    printJson(printer, runs.map((run, at) => listedDocument(run, shown[at])));
  } else if (runs.length === 0) {
    const isSearch = workflow !== undefined || statuses.length > 0;
    printer.tell(isSearch ? "There is no such run" : "There is no run yet");
  } else {
    printer.print(tableOf(shown, { printer, nowMs: sluice.engine.now() }));
  }
  return EXIT.ok;
}

/** A run in a list, for programs. */
export function summaryDocument(run: RunSummary): Readonly<Record<string, unknown>> {
  const { runId, workflow, status, startedAt, settledAt, trigger, parentRunId } = run;
  return {
    run_id: runId,
    workflow,
    status,
    started_at: isoText(startedAt),
    ended_at: settledAt === undefined ? null : isoText(settledAt),
    trigger,
    parent_run_id: parentRunId ?? null,
  };
}

/** As the endpoint has it: what was interrupted keeps the status that is recorded. */
function listedDocument(run: RunSummary, shown: RunSummary | undefined): unknown {
  return { ...summaryDocument(run), interrupted: shown?.status === INTERRUPTED };
}

/** The colour of a status. */
export function statusColor(status: string): keyof Paint | undefined {
  switch (status) {
    case "SUCCESS":
      return "green";
    case "FAILED":
      return "red";
    case "CANCEL":
    case INTERRUPTED:
      return "yellow";
    case "RUNNING":
      return "cyan";
    default:
      return "dim";
  }
}

/** What a run is called that waits for "sluice resume". */
const INTERRUPTED = "INTERRUPTED";

/** A run that has not ended and that nobody drives is shown as what it is. */
export async function withInterruption(
  run: RunSummary,
  store: JournalStore | undefined,
): Promise<RunSummary> {
  const driven = run.settledAt !== undefined || store === undefined ||
    await isDriven(store, run.runId);
  return driven ? run : { ...run, status: INTERRUPTED };
}

function statusNamed(text: string): string {
  const status = statusWritten(text);
  if (STATUSES.includes(status)) return status;
  const known = STATUSES.map((name) => name.toLowerCase()).join(", ");
  throw new UsageError(`There is no status "${text}": choose one of ${known}`);
}

function tableOf(
  runs: readonly RunSummary[],
  { printer, nowMs }: { readonly printer: Printer; readonly nowMs: number },
): string {
  const { columns } = printer.size();
  return table(runs, [
    { title: "RUN", text: ({ runId }) => runId, color: () => "cyan" },
    { title: "STATUS", text: ({ status }) => status, color: ({ status }) => statusColor(status) },
    { title: "WORKFLOW", text: ({ workflow }) => workflow },
    { title: "STARTED", text: ({ startedAt }) => timeText(startedAt), color: () => "dim" },
    {
      title: "TOOK",
      text: ({ startedAt, settledAt }) => durationText((settledAt ?? nowMs) - startedAt),
      color: () => "dim",
    },
    { title: "BY", text: ({ trigger }) => trigger, color: () => "dim" },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

/** A time to the second in UTC, as the run ids have it. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
