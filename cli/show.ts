/**
 * `sluice show`
 *
 * @module
 */
import { toJson } from "../core/expr/json.ts";
import { pictureOfRun } from "../core/engine/render/graph_picture.ts";
import { graphSvg } from "../core/engine/render/graph_svg.ts";
import { partFailures } from "../core/engine/render/part_failures.ts";
import { runTree } from "../core/engine/render/run_tree.ts";
import type { RunSummary } from "../core/plugin/journal.ts";
import { decodeEvent } from "../core/run/codec.ts";
import { runContext } from "../core/run/contexts.ts";
import type { RunEvent } from "../core/run/event.ts";
import { snapshot } from "../core/run/snapshot.ts";
import { evolve, initialState, type RunState } from "../core/run/state.ts";
import type { Sluice } from "../preset.ts";
import { eventLines } from "./event_lines.ts";
import { cutShortLines } from "./cut_short_lines.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun, isDriven } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { OutputTails } from "./output_tails.ts";
import { paintTree } from "./paint_tree.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { queueLines } from "./queue_lines.ts";
import { summaryDocument, timeText } from "./runs.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

/** Shows how a run went. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const at = invocation.number("at", { min: 1, whole: true });
  await using sluice = await openFor(invocation, printer);
  const summary = await findRun(sluice, invocation.operands[0] ?? "");
  if (invocation.has("events")) {
    const events = await Array.fromAsync(eventsOf(sluice, summary, { at }));
    if (invocation.has("json")) printJson(printer, events);
    else printer.print(eventLines(events, printer.printed).join("\n"));
    return EXIT.ok;
  }
  const seen = await replayed(sluice, summary, { at });
  if (invocation.has("json")) printJson(printer, documentOf(seen, { whole: at !== undefined }));
  else if (invocation.value("format") === "svg") {
    printer.print(graphSvg(pictureOfRun(seen.state, { nowMs: seen.lastMs })));
  } else await printTree(sluice, seen, { printer });
  return EXIT.ok;
}

/** A run as far as it is looked at. */
interface Seen {
  readonly summary: RunSummary;
  readonly state: RunState;
  /** How many events led to that state, and when the last of them was. */
  readonly count: number;
  readonly lastMs: number;
}

async function* eventsOf(
  { engine }: Sluice,
  { runId }: RunSummary,
  { at = Infinity }: { readonly at: number | undefined },
): AsyncGenerator<RunEvent> {
  let count = 0;
  for await (const record of (await engine.store()).read(runId)) {
    if (count++ === at) return;
    yield decodeEvent(record);
  }
  if (at === Infinity || at === count) return;
  throw new UsageError(`Cannot show run "${runId}" at ${at}: it has ${count} events`);
}

async function replayed(
  sluice: Sluice,
  summary: RunSummary,
  options: { readonly at: number | undefined },
): Promise<Seen> {
  const state = initialState();
  let count = 0;
  let lastMs = summary.startedAt;
  for await (const event of eventsOf(sluice, summary, options)) {
    evolve(state, event);
    count++;
    lastMs = event.at;
  }
  return { summary, state, count, lastMs };
}

function documentOf(
  { summary, state, count }: Seen,
  { whole }: { readonly whole: boolean },
): unknown {
  return {
    ...summaryDocument(summary),
    events: count,
    failures: partFailures(state),
    context: state.plan === undefined ? null : toJson(runContext(state, { info: true })),
    ...(whole ? { state: snapshot(state) } : {}),
  };
}

/** Where it is not known how wide a line may be. */
const WIDE = 10_000;

async function printTree(
  sluice: Sluice,
  seen: Seen,
  { printer }: { readonly printer: Printer },
): Promise<void> {
  const { summary, state, lastMs } = seen;
  const tails = new OutputTails();
  for await (const line of sluice.log.read(summary.runId)) tails.add(line);
  const tree = runTree(state, {
    nowMs: lastMs,
    dues: state.dues,
    tailOf: ({ address }) => tails.of(address),
  });
  const paint = printer.printed;
  const columns = printer.printsToTerminal ? printer.size().columns : WIDE;
  const facts = (await factsOf(sluice, seen)).map((fact) => paint.dim(terminalText(fact)));
  printer.print([...facts, ...paintTree(tree, { paint, columns })].join("\n"));
}

async function factsOf({ engine }: Sluice, { summary, state, count }: Seen): Promise<string[]> {
  const { runId, startedAt, settledAt, trigger, parentRunId } = summary;
  const by = parentRunId === undefined ? trigger : `${trigger} of ${parentRunId}`;
  const params = Object.entries(state.plan?.params ?? {})
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const store = await engine.store();
  const driven = settledAt !== undefined || await isDriven(store, runId);
  return [
    `started ${timeText(startedAt)} UTC, ${by}, ${count} events`,
    ...(params.length === 0 ? [] : [`with ${params.join("  ")}`]),
    ...cutShortLines(state),
    ...await queueLines(store, runId),
    ...(state.plan?.isolation === "none"
      ? [
        'not isolated: its plugins and scripts could do all that the engine could ("isolation: none")',
      ]
      : []),
    ...(driven ? [] : [`interrupted: its engine died; "sluice resume ${runId}" takes it up`]),
  ];
}
