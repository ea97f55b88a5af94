/**
 * `sluice schedule status`
 *
 * @module
 */
import { slotOfRunId } from "../core/engine/run_id.ts";
import { slotsKey } from "../core/model/triggers.ts";
import type { Workflow } from "../core/model/workflow.ts";
import type { RunSummary } from "../core/plugin/journal.ts";
import { jitterOffset, ON_TIME_MS } from "../core/schedule/judge_schedule.ts";
import {
  missedCursor,
  pauseOf,
  SCHEDULE_CURSORS,
  slotCursor,
} from "../core/schedule/schedule_cursors.ts";
import { type Calendar, nextSlot } from "../core/schedule/slots.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText } from "./runs.ts";
import type { ScheduleContext } from "./schedule_context.ts";
import { openScheduledWorkflows } from "./scheduled_workflows.ts";
import { table } from "./table.ts";

/** Among so many of the newest runs of a workflow the last one by schedule is looked for. */
const MAX_LOOKED_AT_RUNS = 100;

/** How one schedule stands. */
interface Standing {
  readonly workflow: string;
  readonly schedule: string;
  readonly timezone: string;
  readonly nextMs: number | undefined;
  readonly last: RunSummary | undefined;
  readonly paused: boolean;
  /** The newest slot that was missed and that nothing has made good since. */
  readonly missedMs: number | undefined;
}

interface Facts {
  readonly nowMs: number;
  readonly calendar: Calendar;
  readonly cursors: ReadonlyMap<string, number>;
  readonly last: RunSummary | undefined;
  /** The newest slot that has a run. */
  readonly newestMs: number;
}

/** Shows how each schedule stands; fails when one has missed a slot. */
export async function showScheduleStatus(
  sluice: Sluice,
  { names, invocation, printer }: ScheduleContext,
): Promise<ExitCode> {
  const { workflows } = await openScheduledWorkflows(sluice)();
  const chosen = workflows.filter(({ name }) => names.length === 0 || names.includes(name));
  const standings: Standing[] = [];
  for (const workflow of chosen) standings.push(...await standingsOf(sluice, workflow));
  if (invocation.has("json")) printJson(printer, standings.map(documentOf));
  else if (standings.length === 0) printer.tell("There is no schedule");
  else printer.print(tableOf(standings, printer));
  return standings.some(({ missedMs }) => missedMs !== undefined) ? EXIT.failed : EXIT.ok;
}

async function standingsOf(sluice: Sluice, workflow: Workflow): Promise<readonly Standing[]> {
  const { engine } = sluice;
  const store = await engine.store();
  const newest = await store.list({ workflow: workflow.name, limit: MAX_LOOKED_AT_RUNS });
  const released = newest.filter(({ runId }) => slotOfRunId(runId) !== undefined);
  const facts: Facts = {
    nowMs: engine.now(),
    calendar: await engine.calendar(),
    cursors: await store.cursors(SCHEDULE_CURSORS),
    last: released[0],
    newestMs: Math.max(...released.map(({ runId }) => slotOfRunId(runId) ?? -Infinity)),
  };
  return workflow.triggers.schedules.map((schedule) => {
    const key = slotsKey(schedule);
    const { name } = workflow;
    const offsetMs = jitterOffset(schedule, { workflow: name, key });
    const { nowMs, calendar, cursors, last } = facts;
    const nextMs = nextSlot(schedule, nowMs - offsetMs, { calendar });
    return {
      workflow: name,
      schedule: schedule.text,
      timezone: schedule.timezone,
      nextMs: nextMs === undefined ? undefined : nextMs + offsetMs,
      last,
      paused: pauseOf(name, cursors).paused,
      missedMs: missedSlot(workflow, { ...facts, schedule, key, offsetMs }),
    };
  });
}

/**
 * A slot that passed without anybody there, or that a scheduler could not
 * start; a later slot that was run, or a backfill, makes it good.
 */
function missedSlot(
  { name }: Workflow,
  { nowMs, calendar, cursors, last, newestMs, schedule, key, offsetMs }: Facts & {
    readonly schedule: Workflow["triggers"]["schedules"][number];
    readonly key: string;
    readonly offsetMs: number;
  },
): number | undefined {
  const { paused, endedMs } = pauseOf(name, cursors);
  const cursorMs = cursors.get(slotCursor(name, key));
  if (cursorMs === undefined || paused) return undefined;
  const dueMs = nextSlot(schedule, Math.max(cursorMs, endedMs), { calendar });
  // Behind a run that has not ended a slot may wait.
  const waits = schedule.policy.overlap === "queue" && last !== undefined &&
    last.settledAt === undefined;
  if (dueMs !== undefined && dueMs + offsetMs + ON_TIME_MS < nowMs && !waits) return dueMs;
  const missedMs = cursors.get(missedCursor(name, key));
  return missedMs !== undefined && missedMs > newestMs ? missedMs : undefined;
}

function tableOf(standings: readonly Standing[], printer: Printer): string {
  const { columns } = printer.size();
  return table(standings, [
    { title: "WORKFLOW", text: ({ workflow }) => workflow, color: () => "cyan" },
    {
      title: "SCHEDULE",
      text: ({ schedule, timezone }) => timezone === "UTC" ? schedule : `${schedule} ${timezone}`,
    },
    { title: "NEXT", text: nextText, color: ({ paused }) => paused ? "yellow" : undefined },
    { title: "MISSED", text: ({ missedMs }) => timeOr(missedMs, "-"), color: () => "red" },
    { title: "LAST", text: ({ last }) => last?.runId ?? "-", color: () => "dim" },
    {
      title: "STATUS",
      text: ({ last }) => last?.status ?? "",
      color: ({ last }) => statusColor(last?.status ?? ""),
    },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

function nextText({ paused, nextMs }: Standing): string {
  return paused ? "paused" : timeOr(nextMs, "never");
}

function timeOr(ms: number | undefined, other: string): string {
  return ms === undefined ? other : timeText(ms);
}

function documentOf({ nextMs, missedMs, last, ...rest }: Standing): unknown {
  return {
    ...rest,
    next: isoOrNull(nextMs),
    missed: isoOrNull(missedMs),
    last_run_id: last?.runId ?? null,
    last_status: last?.status ?? null,
  };
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
