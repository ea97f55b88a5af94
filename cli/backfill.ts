/**
 * `sluice backfill`
 *
 * @module
 */
import { Backfill, type BackfillSlot, backfillSlots } from "../core/engine/backfill.ts";
import { momentOf, type ReadMoment } from "../core/model/moment.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { exit } from "../platform/process.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import { Interrupts } from "./interrupts.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText } from "./runs.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const STARTS_WITH_A_DAY = /^\d{4}-\d{2}-\d{2}(?!\d)/;
const MOMENT = "a day such as 2026-01-31, or a time such as 2026-01-31T09:00";
/** By as much as clocks are put forward. */
const AFTER_MIDNIGHT = ["00:30", "01:00"];
const DAY_MS = 86_400_000;

/** Runs a workflow for slots of the past. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const parallel = invocation.number("parallel", { min: 1, whole: true }) ?? 1;
  await using sluice = await openFor(invocation, printer);
  const { workflow } = await findWorkflow(sluice, invocation.operands[0] ?? "");
  const span = spanOf(invocation, workflow);
  const slots = await backfillSlots(sluice.engine, workflow, span);
  tellCut(slots, { ...span, nowMs: sluice.engine.now(), printer });
  if (invocation.has("dry-run")) return show(slots, { invocation, printer });
  const settled = await run(sluice, slots, { workflow, parallel, invocation, printer });
  const done = (settled.get("SUCCESS") ?? 0) + (settled.get("SKIP") ?? 0);
  if (settled.has("CANCEL")) return EXIT.cancelled;
  return done === slots.length ? EXIT.ok : EXIT.failed;
}

/** What is still to come is left to the scheduler: a run of it now would stand in its way. */
function tellCut(
  slots: readonly BackfillSlot[],
  { toMs, nowMs, printer }: {
    readonly toMs: number;
    readonly nowMs: number;
    readonly printer: Printer;
  },
): void {
  if (toMs <= nowMs) return;
  const why = `slots after ${timeText(nowMs)} UTC are still to come`;
  if (slots.length === 0) throw new UsageError(`Cannot backfill: ${why}`);
  printer.tell(`Backfilled until now: ${why}`);
}

interface Shown {
  readonly invocation: Invocation;
  readonly printer: Printer;
}

async function run(
  { engine }: Sluice,
  slots: readonly BackfillSlot[],
  { workflow, parallel, invocation, printer }: Shown & {
    readonly workflow: Workflow;
    readonly parallel: number;
  },
): Promise<ReadonlyMap<string, number>> {
  const rows: unknown[] = [];
  const backfill = new Backfill(engine, {
    workflow,
    parallel,
    tell: (slot, status) => {
      rows.push(documentOf(slot, status));
      const before = slot.known?.settledAt === undefined ? "" : ", before";
      if (!invocation.has("json")) printer.tell(`${slot.runId}  ${status}${before}`);
    },
  });
  using _interrupts = new Interrupts({
    cancel: (by, why) => backfill.cancel(by, why),
    leave: () => exit(EXIT.cancelled),
  });
  const settled = await backfill.run(slots);
  if (invocation.has("json")) printJson(printer, rows);
  else printer.tell(totalText(slots, settled));
  return settled;
}

/** Days and times are read on the clock of the workflow's first schedule. */
function spanOf(invocation: Invocation, workflow: Workflow) {
  const timezone = workflow.triggers.schedules[0]?.timezone ?? "UTC";
  const fromMs = readMoment(invocation, { option: "from", timezone });
  const lastMs = readMoment(invocation, { option: "to", timezone });
  const to = required(invocation, "to");
  // A day counts to its end.
  const end = DAY.test(to) ? firstOf(dayAfter(to), timezone) : undefined;
  const toMs = end?.ok ? end.atMs - 1 : lastMs;
  if (toMs >= fromMs) return { fromMs, toMs };
  throw new UsageError("Cannot backfill: --to is before --from");
}

function required(invocation: Invocation, option: string): string {
  const text = invocation.value(option);
  if (text !== undefined) return text;
  throw new UsageError(`Say --${option}: ${MOMENT}`);
}

function readMoment(
  invocation: Invocation,
  { option, timezone }: { readonly option: "from" | "to"; readonly timezone: string },
): number {
  const text = required(invocation, option);
  const moment = firstOf(text, timezone);
  if (moment.ok) return moment.atMs;
  const why = STARTS_WITH_A_DAY.test(text) ? moment.message : `write ${MOMENT}`;
  throw new UsageError(`Cannot use --${option} "${text}": ${why}`);
}

/** The moment that is written, or the first one of a day: where clocks are put forward at midnight, the day begins later. */
function firstOf(text: string, timezone: string): ReadMoment {
  const moment = momentOf(text, timezone);
  if (moment.ok || !DAY.test(text)) return moment;
  for (const time of AFTER_MIDNIGHT) {
    const later = momentOf(`${text}T${time}`, timezone);
    if (later.ok) return later;
  }
  return moment;
}

function dayAfter(day: string): string {
  const ms = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
  return Number.isNaN(ms) ? day : new Date(ms).toISOString().slice(0, 10);
}

function show(slots: readonly BackfillSlot[], { invocation, printer }: Shown): ExitCode {
  if (invocation.has("json")) {
    printJson(printer, slots.map((slot) => documentOf(slot, slot.known?.status ?? null)));
  } else if (slots.length === 0) {
    printer.tell("There is no slot in this time");
  } else {
    printer.print(table(slots, [
      { title: "SLOT (UTC)", text: ({ slotMs }) => timeText(slotMs) },
      { title: "RUN", text: ({ runId }) => runId, color: () => "cyan" },
      {
        title: "STATUS",
        text: ({ known }) => known?.status ?? "to run",
        color: ({ known }) => statusColor(known?.status ?? ""),
      },
    ], { paint: printer.printed }));
  }
  return EXIT.ok;
}

function documentOf({ slotMs, runId }: BackfillSlot, status: string | null): unknown {
  return { slot: new Date(slotMs).toISOString(), run_id: runId, status };
}

function totalText(slots: readonly BackfillSlot[], settled: ReadonlyMap<string, number>): string {
  const parts = [...settled].map(([status, count]) => `${count} ${status}`);
  const left = slots.length - [...settled.values()].reduce((sum, count) => sum + count, 0);
  if (left > 0) parts.push(`${left} not begun: start the same backfill again to go on`);
  return parts.length === 0 ? "There is no slot in this time" : parts.join(", ");
}
