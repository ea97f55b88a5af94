/**
 * `sluice next`
 *
 * @module
 */
import { releaseRunId } from "../core/engine/run_id.ts";
import {
  type ComingSlot,
  comingSlots,
  MAX_LOOKED_AT_RUNS,
  type Standing,
  standingsFrom,
  type StartedWorkflow,
} from "../core/engine/schedule_standings.ts";
import { clockIn } from "../core/model/clock_text.ts";
import type { JournalStore, RunSummary } from "../core/plugin/journal.ts";
import { SCHEDULE_CURSORS } from "../core/schedule/schedule_cursors.ts";
import { nextSlot } from "../core/schedule/slots.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText } from "./runs.ts";
import { tellBroken, tellNever } from "./schedule_note_line.ts";
import { openScheduledWorkflows } from "./scheduled_workflows.ts";
import { type Column, table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

const OF_ONE = 10;
const OF_ALL = 50;
/** Those that are not shown are counted up to so many. */
const MAX_COUNTED = 1_000;
const DAY_MS = 86_400_000;
/** A calendar of more days than this is nothing to look at. */
const MAX_DAYS = 366;
/** The most slots that are shown of all workflows together. */
const MAX_SHOWN = 10_000;

/** Shows when a workflow starts next, or what starts within a day. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const limit = numberOf(invocation, "limit", MAX_SHOWN);
  const days = numberOf(invocation, "days", MAX_DAYS);
  const [given] = invocation.operands;
  await using sluice = await openFor(invocation, printer);
  const calendar = await sluice.engine.calendar();
  const nowMs = sluice.engine.now();
  const all = given === undefined;
  const { workflows, diagnostics } = all
    ? await openScheduledWorkflows(sluice).list()
    : { workflows: [(await findWorkflow(sluice, given)).workflow], diagnostics: [] };
  const untilMs = days !== undefined || all ? nowMs + (days ?? 1) * DAY_MS : Infinity;
  const most = limit ?? (all ? OF_ALL : OF_ONE);
  const each = workflows.map((workflow) =>
    comingSlots([workflow], { calendar, nowMs, untilMs, limit: most + MAX_COUNTED })
  );
  const share = fairShare(each.map(({ length }) => length), most);
  const shown = each.flatMap((slots) => slots.slice(0, share))
    .sort((one, other) => one.atMs - other.atMs).slice(0, limit ?? MAX_SHOWN);
  const found = await withRuns(shown, await sluice.runs());
  if (invocation.has("json")) printJson(printer, found.map(documentOf));
  else if (found.length > 0) printer.print(tableOf(found, printer));
  else printer.tell(nothing(workflows, { given, days }));
  // Of one workflow without an end there are always more.
  if (untilMs !== Infinity && limit === undefined) tellMore(each, { share, printer });
  tellNever(await endedStandings(workflows, sluice), printer);
  tellBroken(diagnostics, printer);
  return EXIT.ok;
}

/** A slot, and its run where there is one already. */
interface FoundSlot extends ComingSlot {
  readonly run: RunSummary | undefined;
}

async function withRuns(
  slots: readonly ComingSlot[],
  store: JournalStore | undefined,
): Promise<readonly FoundSlot[]> {
  const found: FoundSlot[] = [];
  for (const slot of slots) {
    const runId = releaseRunId(slot.workflow, slot.slotMs);
    found.push({ ...slot, run: await store?.find(runId) });
  }
  return found;
}

/** How many of each are shown, so that together they are no more than `most`; one of each at least. */
function fairShare(counts: readonly number[], most: number): number {
  const ascending = counts.toSorted((one, other) => one - other);
  let left = most;
  for (const [at, count] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - at));
    if (count > share) return Math.max(1, share);
    left -= count;
  }
  return most;
}

function tellMore(
  each: readonly (readonly ComingSlot[])[],
  { share, printer }: { readonly share: number; readonly printer: Printer },
): void {
  for (const slots of each) {
    const left = slots.length - share;
    if (left <= 0) continue;
    const count = left < MAX_COUNTED ? `${left}` : `at least ${left}`;
    printer.tell(`… and ${count} more of ${slots[0]?.workflow}: "-n" says how many to show`);
  }
}

function numberOf(invocation: Invocation, option: string, most: number): number | undefined {
  const number = invocation.number(option, { min: 1, whole: true });
  if (number === undefined || number <= most) return number;
  throw new UsageError(`Cannot use --${option} "${number}": the most is ${most}`);
}

/** How those stand that have a schedule without a next slot: nobody else would say of them that they start nothing. */
async function endedStandings(
  workflows: readonly StartedWorkflow[],
  { engine, runs }: Sluice,
): Promise<readonly Standing[]> {
  const calendar = await engine.calendar();
  const nowMs = engine.now();
  const ended = workflows.filter(({ triggers: { schedules } }) =>
    schedules.some((schedule) => nextSlot(schedule, nowMs, { calendar }) === undefined)
  );
  if (ended.length === 0) return [];
  const store = await runs();
  const cursors = await store?.cursors(SCHEDULE_CURSORS) ?? new Map<string, number>();
  const standings: Standing[] = [];
  for (const workflow of ended) {
    const query = { workflow: workflow.name, limit: MAX_LOOKED_AT_RUNS };
    const known = { nowMs, calendar, cursors, runs: await store?.list(query) ?? [] };
    standings.push(...standingsFrom(workflow, known));
  }
  return standings;
}

function nothing(
  workflows: readonly StartedWorkflow[],
  { given, days }: { readonly given: string | undefined; readonly days: number | undefined },
): string {
  const when = days === undefined || days === 1 ? "a day" : `${days} days`;
  const [only] = workflows;
  if (given === undefined || only === undefined) return `Nothing starts within ${when}`;
  if (only.triggers.schedules.length === 0) return `${only.name} has no schedule: ${startOf(only)}`;
  return `No slot of ${only.name} will come${days === undefined ? "" : ` within ${when}`}`;
}

/** What starts a workflow that has no schedule. */
function startOf({ triggers: { releases, others } }: StartedWorkflow): string {
  const starts = [
    ...releases.map(({ workflow }) => `after ${workflow}`),
    ...others.map(({ type }) => `by "${type}"`),
  ];
  return `it starts ${starts.length === 0 ? "by hand" : starts.join(", ")}`;
}

function tableOf(found: readonly FoundSlot[], printer: Printer): string {
  const { columns } = printer.size();
  const zones = new Set(found.map(({ schedule }) => schedule.timezone));
  const clocks = new Map(Array.from(zones, (zone) => [zone, clockIn(zone)]));
  return table(found, [
    { title: "SLOT (UTC)", text: ({ slotMs }) => timeText(slotMs) },
    {
      title: "THERE",
      text: ({ slotMs, schedule }) => clocks.get(schedule.timezone)?.(slotMs) ?? "",
    },
    { title: "WORKFLOW", text: ({ workflow }) => workflow, color: () => "cyan" },
    {
      title: "SCHEDULE",
      text: ({ schedule: { text, timezone } }) => timezone === "UTC" ? text : `${text} ${timezone}`,
      color: () => "dim",
    },
    ...found.some(({ schedule: { params } }) => Object.keys(params).length > 0) ? [PARAMS] : [],
    ...found.some(({ run }) => run !== undefined) ? [RUN] : [],
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

const PARAMS: Column<FoundSlot> = {
  title: "PARAMS",
  text: ({ schedule: { params } }) =>
    Object.entries(params).map(([name, value]) =>
      `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`
    ).join(" "),
  color: () => "dim",
};

/** Its slot starts no other. */
const RUN: Column<FoundSlot> = {
  title: "RUN",
  text: ({ run }) => run?.status ?? "",
  color: ({ run }) => statusColor(run?.status ?? ""),
};

function documentOf({ workflow, schedule, slotMs, atMs, run }: FoundSlot): unknown {
  return {
    workflow,
    schedule: schedule.text,
    timezone: schedule.timezone,
    slot: new Date(slotMs).toISOString(),
    starts_at: new Date(atMs).toISOString(),
    params: schedule.params,
    run_id: run?.runId ?? null,
  };
}
