/**
 * `sluice plan`
 *
 * @module
 */
import { type PlanLine, planLines } from "../core/engine/render/plan_lines.ts";
import { makePlan } from "../core/plan/make_plan.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Sluice } from "../preset.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import type { Paint } from "./paint.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { terminalText, widthOf } from "./terminal_text.ts";

/** Shows what a run would do. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const plan = await planFor(sluice, invocation);
  if (invocation.has("json")) printJson(printer, plan);
  else printer.print(paintPlan(planLines(plan), printer.printed).join("\n"));
  return EXIT.ok;
}

/** The plan of the workflow that an invocation names, before any parameter is known. */
export async function planFor(
  { settings, ...sluice }: Sluice,
  invocation: Invocation,
): Promise<Plan> {
  const { workflow } = await findWorkflow({ settings, ...sluice }, invocation.operands[0] ?? "", {
    name: invocation.value("workflow"),
  });
  return makePlan(workflow, {
    engine: VERSION,
    params: {},
    timeoutMs: workflow.timeoutMs ?? settings.timeoutMs,
    maxParallel: workflow.maxParallel ?? settings.maxJobParallel,
    stageDefaultId: settings.stageDefaultId,
    scriptLang: workflow.scriptLang ?? settings.scriptLang,
    extras: {},
    ancestry: [],
  });
}

/** Labels in one column for each depth, notes behind them. */
function paintPlan(lines: readonly PlanLine[], paint: Paint): string[] {
  return lines.flatMap(({ depth, label, notes }, at) => {
    const indent = "  ".repeat(depth);
    const text = terminalText(label);
    const gap = notes.length === 0 || text === "" ? "" : " ".repeat(gapBehind(lines, at));
    const said = paint.dim(notes.map(terminalText).join(" · "));
    const line = `${indent}${paintLabel(text, depth, paint)}${gap}${said}`;
    return depth === 1 ? ["", line] : [line];
  });
}

function paintLabel(label: string, depth: number, paint: Paint): string {
  if (depth === 0) return paint.bold(label);
  return depth === 1 ? paint.cyan(label) : label;
}

const MOST_ALIGNED_COLUMNS = 40;

/** Neighbours of the same depth have their notes in one column, unless one is far too long. */
function gapBehind(lines: readonly PlanLine[], at: number): number {
  const { depth, label } = lines[at] ?? { depth: 0, label: "" };
  const belongs = (line: PlanLine | undefined) => line?.depth === depth && depth > 1;
  let [first, last] = [at, at];
  while (belongs(lines[first - 1])) first--;
  while (belongs(lines[last + 1])) last++;
  const widths = lines.slice(first, last + 1).map((line) => widthOf(terminalText(line.label)));
  const widest = Math.max(...widths.filter((width) => width <= MOST_ALIGNED_COLUMNS), 0);
  return Math.max(2, widest - widthOf(terminalText(label)) + 2);
}
