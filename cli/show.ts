/**
 * `sluice show`
 *
 * @module
 */
import type { Sluice } from "../preset.ts";
import { toJson } from "../core/expr/json.ts";
import { runTree } from "../core/engine/render/run_tree.ts";
import type { RunSummary } from "../core/plugin/journal.ts";
import { decodeEvent } from "../core/run/codec.ts";
import { runContext } from "../core/run/contexts.ts";
import type { RunEvent } from "../core/run/event.ts";
import { snapshot } from "../core/run/snapshot.ts";
import { evolve, initialState, type RunState } from "../core/run/state.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun, isDriven } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { OutputTails } from "./output_tails.ts";
import { paintTree } from "./paint_tree.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { summaryDocument, timeText } from "./runs.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

const WIDE = 10_000;

/** Shows how a run went. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const at = invocation.number("at", { min: 1, whole: true });
  await using sluice = await openFor(invocation, printer);
  const summary = await findRun(sluice, invocation.operands[0] ?? "");
  const store = await sluice.engine.store();
  const events: RunEvent[] = [];
  for await (const record of store.read(summary.runId)) {
    if (events.length === at) break;
    events.push(decodeEvent(record));
  }
  if (at !== undefined && events.length < at) {
    throw new UsageError(
      `Cannot show run "${summary.runId}" at ${at}: it has ${events.length} events`,
    );
  }
  const json = invocation.has("json");
  if (invocation.has("events")) printEvents(events, { printer, json });
  else if (json) printJson(printer, documentOf(summary, events, { atEvent: at !== undefined }));
  else {
    const driven = summary.settledAt !== undefined || await isDriven(store, summary.runId);
    await printTree(sluice, stateOf(events), { printer, summary, events, driven });
  }
  return EXIT.ok;
}

function stateOf(events: readonly RunEvent[]): RunState {
  const state = initialState();
  for (const event of events) evolve(state, event);
  return state;
}

function documentOf(
  summary: RunSummary,
  events: readonly RunEvent[],
  { atEvent }: { readonly atEvent: boolean },
): unknown {
  const state = stateOf(events);
  return {
    ...summaryDocument(summary),
    events: events.length,
    context: state.plan === undefined ? null : toJson(runContext(state, { info: true })),
    ...(atEvent ? { state: snapshot(state) } : {}),
  };
}

interface Shown {
  readonly printer: Printer;
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  /** Whether it has ended, or somebody is at it. */
  readonly driven: boolean;
}

async function printTree(sluice: Sluice, state: RunState, shown: Shown): Promise<void> {
  const { printer, summary, events } = shown;
  const tails = new OutputTails();
  for await (const line of sluice.log.read(summary.runId)) tails.add(line);
  const tree = runTree(state, {
    nowMs: state.phase === "settled" ? state.startedAt : events.at(-1)?.at ?? state.startedAt,
    dues: state.dues,
    tailOf: ({ address }) => tails.of(address),
  });
  const paint = printer.printed;
  const columns = printer.printsToTerminal ? printer.size().columns : WIDE;
  printer.print(factsOf(shown).map(paint.dim).join("\n"));
  printer.print(paintTree(tree, { paint, columns }).join("\n"));
}

function factsOf({ summary, events, driven }: Shown): string[] {
  const { startedAt, trigger, parentRunId } = summary;
  const [first] = events;
  const params = first?.type === "run.started" ? toJson(first.plan.params) : {};
  return [
    `started ${timeText(startedAt)} UTC, ${trigger}${
      parentRunId === undefined ? "" : ` by ${parentRunId}`
    }, ${events.length} events`,
    ...(Object.keys(Object(params)).length === 0
      ? []
      : [terminalText(`params  ${JSON.stringify(params)}`)]),
    ...(driven
      ? []
      : [`interrupted: its engine died; "sluice resume ${summary.runId}" takes it up`]),
  ];
}

function printEvents(
  events: readonly RunEvent[],
  { printer, json }: { readonly printer: Printer; readonly json: boolean },
): void {
  if (json) return printJson(printer, events);
  const paint = printer.printed;
  const width = String(events.length).length;
  const [first] = events;
  const lines = events.map((event, index) => {
    const { type, at: _at, ...rest } = eventFields(event);
    const since = `+${((event.at - (first?.at ?? 0)) / 1_000).toFixed(3)}s`;
    const number = String(index + 1).padStart(width);
    return `${paint.dim(`${number}  ${since.padStart(10)}`)}  ${
      paint.cyan(String(type).padEnd(21))
    }  ${terminalText(briefly(rest))}`;
  });
  printer.print(lines.join("\n"));
}

/** The plan is as long as the workflow; it is not repeated in a list. */
function eventFields(event: RunEvent): Readonly<Record<string, unknown>> {
  return event.type === "run.started"
    ? { type: event.type, at: event.at, run: event.run, workflow: event.plan.workflow }
    : { ...event };
}

function briefly(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
