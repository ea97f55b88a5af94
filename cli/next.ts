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
import { table } from "./table.ts";

const OF_ONE = 10;
const OF_ALL = 50;
const DAY_MS = 86_400_000;

/** Shows when a workflow starts next, or what starts within a day. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const limit = invocation.number("limit", { min: 1, whole: true });
  const [given] = invocation.operands;
  await using sluice = await openFor(invocation, printer);
  const calendar = await sluice.engine.calendar();
  const nowMs = sluice.engine.now();
  const all = given === undefined;
  const workflows = all
    ? (await openScheduledWorkflows(sluice)()).workflows
    : [(await findWorkflow(sluice, given)).workflow];
  const found = comingSlots(workflows, {
    calendar,
    nowMs,
    untilMs: all ? nowMs + DAY_MS : Infinity,
    limit: limit ?? (all ? OF_ALL : OF_ONE),
  });
  if (invocation.has("json")) printJson(printer, found.map(documentOf));
  else if (found.length > 0) printer.print(tableOf(found, printer));
  else printer.tell(all ? "Nothing starts within a day" : `No slot of ${given} will come`);
  return EXIT.ok;
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
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

/** What a clock in the zone shows. */
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
  }).format(ms).replace(/^\p{L}+\.?,? /u, "").replace(/^.*?(?=\d{4})/, "");
}

function documentOf({ workflow, schedule, slotMs, atMs }: ComingSlot): unknown {
  return {
    workflow,
    schedule: schedule.text,
    timezone: schedule.timezone,
    slot: new Date(slotMs).toISOString(),
    starts_at: new Date(atMs).toISOString(),
  };
}
