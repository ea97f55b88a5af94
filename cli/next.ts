/**
 * `sluice next`
 *
 * @module
 */
import { type ComingSlot, comingSlots } from "../core/engine/schedule_standings.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { timeText } from "./runs.ts";
import { openScheduledWorkflows } from "./scheduled_workflows.ts";
import { type Column, table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

const OF_ONE = 10;
const OF_ALL = 50;
const DAY_MS = 86_400_000;
/** A calendar of more days than this is nothing to look at. */
const MAX_DAYS = 366;
/** The most slots that are shown. */
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
  const workflows = all
    ? (await openScheduledWorkflows(sluice).list()).workflows
    : [(await findWorkflow(sluice, given)).workflow];
  const most = limit ?? (all ? OF_ALL : OF_ONE);
  const coming = comingSlots(workflows, {
    calendar,
    nowMs,
    untilMs: days !== undefined || all ? nowMs + (days ?? 1) * DAY_MS : Infinity,
    limit: most + 1,
  });
  const found = coming.slice(0, most);
  if (invocation.has("json")) printJson(printer, found.map(documentOf));
  else if (found.length > 0) printer.print(tableOf(found, printer));
  else printer.tell(nothing(given, days));
  // Of one workflow without an end there are always more.
  const isCut = coming.length > most && limit === undefined && (all || days !== undefined);
  if (isCut) printer.tell(`There are more: "-n 1000" shows so many, "--json" for programs`);
  return EXIT.ok;
}

function numberOf(invocation: Invocation, option: string, most: number): number | undefined {
  const number = invocation.number(option, { min: 1, whole: true });
  if (number === undefined || number <= most) return number;
  throw new UsageError(`Cannot use --${option} "${number}": the most is ${most}`);
}

function nothing(workflow: string | undefined, days: number | undefined): string {
  const when = days === undefined || days === 1 ? "a day" : `${days} days`;
  if (workflow === undefined) return `Nothing starts within ${when}`;
  return `No slot of ${workflow} will come${days === undefined ? "" : ` within ${when}`}`;
}

function tableOf(found: readonly ComingSlot[], printer: Printer): string {
  const { columns } = printer.size();
  return table(found, [
    { title: "SLOT (UTC)", text: ({ slotMs }) => timeText(slotMs) },
    { title: "THERE", text: ({ slotMs, schedule }) => clockText(slotMs, schedule.timezone) },
    { title: "WORKFLOW", text: ({ workflow }) => workflow, color: () => "cyan" },
    {
      title: "SCHEDULE",
      text: ({ schedule: { text, timezone } }) => timezone === "UTC" ? text : `${text} ${timezone}`,
      color: () => "dim",
    },
    ...found.some(({ schedule: { params } }) => Object.keys(params).length > 0) ? [PARAMS] : [],
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

const PARAMS: Column<ComingSlot> = {
  title: "PARAMS",
  text: ({ schedule: { params } }) =>
    Object.entries(params).map(([name, value]) =>
      `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`
    ).join(" "),
  color: () => "dim",
};

/** What a clock in the zone shows, and how far it is from UTC. */
function clockText(ms: number, timeZone: string): string {
  // The Swedish way to write a date is the international one.
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  }).format(ms).replace(/^\p{L}+\.?,? /u, "").replace(/^.*?(?=\d{4})/, "").replace("GMT", "UTC");
}

function documentOf({ workflow, schedule, slotMs, atMs }: ComingSlot): unknown {
  return {
    workflow,
    schedule: schedule.text,
    timezone: schedule.timezone,
    slot: new Date(slotMs).toISOString(),
    starts_at: new Date(atMs).toISOString(),
    params: schedule.params,
  };
}
