/**
 * `sluice trace`
 *
 * @module
 */
import type { TraceEntry, TraceHistory } from "../core/plugin/sink.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun, LAST } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { timeText } from "./runs.ts";
import { table } from "./table.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

const DAY_MS = 86_400_000;

interface TraceCommand {
  readonly invocation: Invocation;
  readonly printer: Printer;
  readonly sluice: Sluice;
  /** The traces that are meant and can be read. */
  readonly histories: readonly TraceHistory[];
}

const ACTIONS: ReadonlyMap<string, (command: TraceCommand) => Promise<ExitCode>> = new Map([
  ["list", list],
  ["show", show],
  ["prune", prune],
]);

/** Shows or prunes what traces keep of runs. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [name = ""] = invocation.operands;
  const action = ACTIONS.get(name);
  if (action === undefined) {
    throw new UsageError(`Cannot "${name}" a trace: write list, show or prune`);
  }
  await using sluice = await openFor(invocation, printer);
  return await action({ invocation, printer, sluice, histories: chosen(sluice, invocation) });
}

function chosen({ traces, settings }: Sluice, invocation: Invocation): readonly TraceHistory[] {
  const from = invocation.value("from");
  const meant = traces.filter((_, at) =>
    from === undefined || settings.traceHandlers[at]?.type === from
  );
  const histories = meant.flatMap(({ history }) => history ?? []);
  if (histories.length > 0) return histories;
  throw new UsageError(
    'No trace is kept: choose one in the settings, such as "trace_handlers: [{type: file}]"',
  );
}

async function list(
  { invocation, printer, histories: [history] }: TraceCommand,
): Promise<ExitCode> {
  const runs = await history?.runs() ?? [];
  if (invocation.has("json")) {
    const document = runs.map(({ runId, lastMs }) => ({
      run_id: runId,
      last: new Date(lastMs).toISOString(),
    }));
    printJson(printer, document);
  } else if (runs.length === 0) printer.tell("There is no trace of any run");
  else {
    const columns = [
      { title: "RUN", text: ({ runId }: typeof runs[number]) => runId },
      { title: "LAST", text: ({ lastMs }: typeof runs[number]) => timeText(lastMs) },
    ];
    printer.print(table(runs, columns, { paint: printer.printed }));
  }
  return EXIT.ok;
}

async function show(
  { invocation, printer, sluice, histories: [history] }: TraceCommand,
): Promise<ExitCode> {
  const [, given] = invocation.operands;
  if (given === undefined) throw new UsageError("Cannot show a trace: say of which run");
  // A trace may outlive its run.
  const runId = given === LAST ? (await findRun(sluice, given)).runId : given;
  let count = 0;
  for await (const entry of history?.read(runId) ?? []) {
    count++;
    printer.print(invocation.has("json") ? JSON.stringify(entry) : lineOf(entry, printer));
  }
  if (count > 0) return EXIT.ok;
  printer.tell(`There is no trace of run "${runId}"`);
  return EXIT.failed;
}

function lineOf({ atMs, level, message }: TraceEntry, printer: Printer): string {
  const text = printer.printsToTerminal ? terminalText(message) : message;
  return `${timeText(atMs)} ${level.toUpperCase().padEnd(7)} ${text}`;
}

async function prune(
  { invocation, printer, sluice, histories }: TraceCommand,
): Promise<ExitCode> {
  const keep = invocation.number("keep", { min: 0, whole: true });
  const keepDays = invocation.number("keep-days", { min: 0 });
  if (keep === undefined && keepDays === undefined) {
    throw new UsageError('Cannot choose what to remove: say "--keep N", "--keep-days N" or both');
  }
  const beforeMs = sluice.engine.now() - (keepDays ?? 0) * DAY_MS;
  const removed = new Set<string>();
  for (const history of histories) {
    const old = (await history.runs()).slice(keep ?? 0).filter(({ lastMs }) => lastMs <= beforeMs);
    for (const { runId } of old) {
      if (!invocation.has("dry-run")) await history.remove(runId);
      removed.add(runId);
    }
  }
  if (invocation.has("json")) printJson(printer, [...removed]);
  else if (removed.size > 0) printer.print([...removed].join("\n"));
  const count = removed.size === 1 ? "1 run" : `${removed.size} runs`;
  printer.tell(invocation.has("dry-run") ? `${count} would be forgotten` : `${count} forgotten`);
  return EXIT.ok;
}
