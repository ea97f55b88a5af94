/**
 * `sluice backfill`
 *
 * @module
 */
import { Backfill, type BackfillSlot, backfillSlots } from "../core/engine/backfill.ts";
import { momentOf } from "../core/model/moment.ts";
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
const DAY_MS = 86_400_000;

/** Runs a workflow for slots of the past. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const parallel = invocation.number("parallel", { min: 1, whole: true }) ?? 1;
  await using sluice = await openFor(invocation, printer);
  const { workflow } = await findWorkflow(sluice, invocation.operands[0] ?? "");
  const slots = await backfillSlots(sluice.engine, workflow, spanOf(invocation, workflow));
  if (invocation.has("dry-run")) return show(slots, { invocation, printer });
  const settled = await run(sluice, slots, { workflow, parallel, invocation, printer });
  const done = (settled.get("SUCCESS") ?? 0) + (settled.get("SKIP") ?? 0);
  if (settled.has("CANCEL")) return EXIT.cancelled;
  return done === slots.length ? EXIT.ok : EXIT.failed;
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
  const fromMs = readMoment(required(invocation, "from"), timezone);
  const to = required(invocation, "to");
  // A day counts to its end.
  const toMs = DAY.test(to) ? readMoment(dayAfter(to), timezone) - 1 : readMoment(to, timezone);
  if (toMs >= fromMs) return { fromMs, toMs };
  throw new UsageError("Cannot backfill: --to is before --from");
}

function required(invocation: Invocation, option: string): string {
  const text = invocation.value(option);
  if (text !== undefined) return text;
  throw new UsageError(`Say --${option}: a day such as 2026-01-31, or a time 2026-01-31T09:00`);
}

function readMoment(text: string, timezone: string): number {
  const moment = momentOf(text, timezone);
  if (moment.ok) return moment.atMs;
  throw new UsageError(moment.message);
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
