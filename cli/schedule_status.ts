/**
 * `sluice schedule status`
 *
 * @module
 */
import { brokenFiles } from "../core/engine/broken_files.ts";
import { type KnownStanding, scheduleListDocument } from "../core/engine/schedule_document.ts";
import { type Standing, standingsOf } from "../core/engine/schedule_standings.ts";
import type { ScheduleListing } from "../core/engine/scheduler.ts";
import type { RunSummary } from "../core/plugin/journal.ts";
import { SlotCounter } from "../core/schedule/missed_slots.ts";
import type { ScheduledWorkflow } from "../core/schedule/scheduled_workflow.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText, withInterruption } from "./runs.ts";
import type { ScheduleContext } from "./schedule_context.ts";
import { openScheduledWorkflows } from "./scheduled_workflows.ts";
import { tellBroken, tellNever } from "./schedule_note_line.ts";
import { table } from "./table.ts";

/** Shows how each schedule stands, and which files do not load; fails when one has missed a slot, or a file is broken. */
export async function showScheduleStatus(
  sluice: Sluice,
  { names, invocation, printer }: ScheduleContext,
): Promise<ExitCode> {
  const { workflows, diagnostics } = await chosen(sluice, names);
  const standings = await standingsIn(sluice, workflows);
  if (invocation.has("json")) printJson(printer, scheduleListDocument(standings, diagnostics));
  else {
    if (standings.length === 0) printer.tell("There is no schedule");
    else printer.print(tableOf(standings, printer));
    tellNever(standings, printer);
    tellBroken(diagnostics, printer);
  }
  const isWell = standings.every(({ missed }) => missed === undefined) &&
    brokenFiles(diagnostics).length === 0;
  return isWell ? EXIT.ok : EXIT.failed;
}

/** Whoever asks for workflows by name hears of what is wrong with them, and of no other file. */
async function chosen(sluice: Sluice, names: readonly string[]): Promise<ScheduleListing> {
  const listing = await openScheduledWorkflows(sluice).list();
  if (names.length === 0) return listing;
  const workflows = listing.workflows.filter(({ name }) => names.includes(name));
  for (const name of names) {
    if (workflows.every((found) => found.name !== name)) await findWorkflow(sluice, name);
  }
  return { workflows, diagnostics: [] };
}

async function standingsIn(
  { engine }: Sluice,
  workflows: readonly ScheduledWorkflow[],
): Promise<readonly ShownStanding[]> {
  const store = await engine.store();
  const standings: ShownStanding[] = [];
  const counter = new SlotCounter();
  for (const workflow of workflows) {
    for (const standing of await standingsOf(engine, workflow, { counter })) {
      const { last } = standing;
      const shown = last && await withInterruption(last, store);
      standings.push({ ...standing, shown, interrupted: shown?.status !== last?.status });
    }
  }
  return standings;
}

interface ShownStanding extends KnownStanding {
  /** Its newest run, as what people are shown. */
  readonly shown: RunSummary | undefined;
}

function tableOf(standings: readonly ShownStanding[], printer: Printer): string {
  const { columns } = printer.size();
  return table(standings, [
    { title: "WORKFLOW", text: ({ workflow }) => workflow, color: () => "cyan" },
    {
      title: "SCHEDULE",
      text: ({ schedule, timezone }) => timezone === "UTC" ? schedule : `${schedule} ${timezone}`,
    },
    { title: "NEXT", text: nextText, color: nextColor },
    { title: "MISSED", text: ({ missed }) => missedText(missed), color: () => "red" },
    { title: "LAST", text: ({ last }) => last?.runId ?? "-", color: () => "dim" },
    {
      title: "STATUS",
      text: ({ shown }) => shown?.status ?? "",
      color: ({ shown }) => statusColor(shown?.status ?? ""),
    },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

function nextColor({ paused, never }: Standing): "yellow" | undefined {
  return paused || never !== undefined ? "yellow" : undefined;
}

function nextText({ paused, nextMs, never }: Standing): string {
  if (paused) return "paused";
  if (never !== undefined) return "never";
  return nextMs === undefined ? "-" : timeText(nextMs);
}

function missedText(missed: Standing["missed"]): string {
  if (missed === undefined) return "-";
  const { firstMs, lastMs, count } = missed;
  if (firstMs === lastMs) return timeText(lastMs);
  return `${count ?? "many"}: ${timeText(firstMs)} to ${timeText(lastMs)}`;
}
