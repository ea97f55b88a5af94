/**
 * `sluice timeline`
 *
 * @module
 */
import { type Timeline, timelineOf } from "../core/engine/render/timeline.ts";
import { timelineSvg } from "../core/engine/render/timeline_svg.ts";
import { timelineLines } from "../core/engine/render/timeline_text.ts";
import { decodeEvent } from "../core/run/codec.ts";
import { systemClock } from "../platform/mod.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { paintStatus } from "./paint_tree.ts";
import { isoText, printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { terminalText } from "./terminal_text.ts";

/** Shows when everything in a run was under way. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const { runId } = await findRun(sluice, invocation.operands[0] ?? "");
  const records = await Array.fromAsync((await sluice.engine.store()).read(runId));
  const timeline = timelineOf(records.map(decodeEvent), { nowMs: systemClock.now() });
  if (invocation.has("json")) printJson(printer, documentOf(runId, timeline));
  else if (invocation.value("format") === "svg") printer.print(timelineSvg(timeline));
  else printer.print(textOf(timeline, printer));
  return EXIT.ok;
}

function documentOf(runId: string, { status, from, to, rows, marks }: Timeline): unknown {
  return {
    ...{ run_id: runId, status, from: isoText(from), to: isoText(to) },
    rows: rows.map((row) => ({
      ...row,
      bars: row.bars.map((bar) => ({ ...bar, from: isoText(bar.from), to: isoText(bar.to) })),
    })),
    marks: marks.map((mark) => ({ ...mark, at: isoText(mark.at) })),
  };
}

/** Where it is not known how wide a line may be. */
const USUAL_COLUMNS = 100;

function textOf(timeline: Timeline, printer: Printer): string {
  const paint = printer.printed;
  const columns = printer.printsToTerminal ? printer.size().columns : USUAL_COLUMNS;
  const title = `${paintStatus(timeline.status, paint)} ${
    paint.bold(terminalText(timeline.title))
  }`;
  const lines = timelineLines(timeline, { columns }).map(({ status, label, chart, took }) =>
    `${paintStatus(status, paint)} ${terminalText(label)} |${chart}| ${paint.dim(took)}`.trimEnd()
  );
  return [title, ...lines].join("\n");
}
