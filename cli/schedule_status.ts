/**
 * `sluice schedule status`
 *
 * @module
 */
import { type Standing, standingsOf } from "../core/engine/schedule_standings.ts";
import type { RunSummary } from "../core/plugin/journal.ts";
import { SlotCounter } from "../core/schedule/missed_slots.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText, withInterruption } from "./runs.ts";
import type { ScheduleContext } from "./schedule_context.ts";
import { openScheduledWorkflows } from "./scheduled_workflows.ts";
import { table } from "./table.ts";

/** Shows how each schedule stands; fails when one has missed a slot. */
export async function showScheduleStatus(
  sluice: Sluice,
  { names, invocation, printer }: ScheduleContext,
): Promise<ExitCode> {
  const { workflows } = await openScheduledWorkflows(sluice).list();
  const store = await sluice.engine.store();
  const chosen = workflows.filter(({ name }) => names.length === 0 || names.includes(name));
  const standings: ShownStanding[] = [];
  const counter = new SlotCounter();
  for (const workflow of chosen) {
    for (const standing of await standingsOf(sluice.engine, workflow, { counter })) {
      const { last } = standing;
      standings.push({ ...standing, shown: last && await withInterruption(last, store) });
    }
  }
  if (invocation.has("json")) printJson(printer, standings.map(documentOf));
  else if (standings.length === 0) printer.tell("There is no schedule");
  else printer.print(tableOf(standings, printer));
  return standings.some(({ missed }) => missed !== undefined) ? EXIT.failed : EXIT.ok;
}

interface ShownStanding extends Standing {
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
    { title: "NEXT", text: nextText, color: ({ paused }) => paused ? "yellow" : undefined },
    { title: "MISSED", text: ({ missed }) => missedText(missed), color: () => "red" },
    { title: "LAST", text: ({ last }) => last?.runId ?? "-", color: () => "dim" },
    {
      title: "STATUS",
      text: ({ shown }) => shown?.status ?? "",
      color: ({ shown }) => statusColor(shown?.status ?? ""),
    },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

function nextText({ paused, nextMs }: Standing): string {
  return paused ? "paused" : timeOr(nextMs, "-");
}

function timeOr(ms: number | undefined, other: string): string {
  return ms === undefined ? other : timeText(ms);
}

function missedText(missed: Standing["missed"]): string {
  if (missed === undefined) return "-";
  const { firstMs, lastMs, count } = missed;
  if (firstMs === lastMs) return timeText(lastMs);
  return `${count ?? "many"}: ${timeText(firstMs)} to ${timeText(lastMs)}`;
}

/** As the endpoint has it; what was interrupted keeps the status that is recorded. */
function documentOf({ nextMs, missed, last, shown, ...rest }: ShownStanding): unknown {
  return {
    ...rest,
    next: isoOrNull(nextMs),
    missed: isoOrNull(missed?.lastMs),
    missed_since: isoOrNull(missed?.firstMs),
    missed_count: missed === undefined ? 0 : missed.count ?? null,
    last_run_id: last?.runId ?? null,
    last_status: last?.status ?? null,
    last_interrupted: shown?.status !== last?.status,
  };
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
