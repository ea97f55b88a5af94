/**
 * `sluice audit list`, `sluice audit query`
 *
 * @module
 */
import { toJson } from "../core/expr/json.ts";
import { momentOf } from "../core/model/moment.ts";
import type { AuditQuery, AuditRecord } from "../core/plugin/sink.ts";
import type { AuditCommand } from "./audit_command.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText } from "./runs.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

const NEWEST = 50;

/** Shows the newest records, one a row. */
export async function list(command: AuditCommand): Promise<ExitCode> {
  const { invocation, printer } = command;
  const records = await found(command);
  if (invocation.has("json")) printJson(printer, records.map(documentOf));
  else if (records.length === 0) printer.tell("There is no such record");
  else printer.print(tableOf(records, printer));
  return EXIT.ok;
}

/** Prints whole records, each as one line of JSON. */
export async function query(command: AuditCommand): Promise<ExitCode> {
  for (const record of await found(command)) {
    command.printer.print(JSON.stringify(documentOf(record)));
  }
  return EXIT.ok;
}

/** Audits keep the same records, so the first one answers. */
async function found(
  { invocation, audits: [audit] }: AuditCommand,
): Promise<readonly AuditRecord[]> {
  return await audit?.find(queryOf(invocation)) ?? [];
}

function queryOf(invocation: Invocation): AuditQuery {
  const [, name] = invocation.operands;
  const runId = invocation.value("run");
  const types = invocation.values("type");
  return {
    limit: invocation.number("limit", { min: 1, whole: true }) ?? NEWEST,
    ...(name === undefined ? {} : { name }),
    ...(runId === undefined ? {} : { runId }),
    ...(types.length === 0 ? {} : { types }),
    ...momentIn(invocation, "since", (sinceMs) => ({ sinceMs })),
    ...momentIn(invocation, "until", (untilMs) => ({ untilMs })),
  };
}

function momentIn<T>(
  invocation: Invocation,
  option: string,
  use: (atMs: number) => T,
): T | Record<never, never> {
  const text = invocation.value(option);
  if (text === undefined) return {};
  const moment = momentOf(text, "UTC");
  if (moment.ok) return use(moment.atMs);
  throw new UsageError(moment.message);
}

function documentOf(record: AuditRecord): Readonly<Record<string, unknown>> {
  return {
    name: record.name,
    release: new Date(record.releaseMs).toISOString(),
    type: record.type,
    run_id: record.runId,
    parent_run_id: record.parentRunId,
    context: toJson(record.context),
    runs_metadata: toJson(record.runsMetadata),
  };
}

function tableOf(records: readonly AuditRecord[], printer: Printer): string {
  const { columns } = printer.size();
  const hasSeveral = new Set(records.map(({ name }) => name)).size > 1;
  return table(records, [
    ...(hasSeveral ? [{ title: "WORKFLOW", text: ({ name }: AuditRecord) => name }] : []),
    { title: "RELEASE", text: ({ releaseMs }) => timeText(releaseMs) },
    { title: "TYPE", text: ({ type }) => type, color: () => "dim" },
    { title: "RUN", text: ({ runId }) => runId, color: () => "cyan" },
    { title: "STATUS", text: statusIn, color: (record) => statusColor(statusIn(record)) },
    {
      title: "BY",
      text: ({ runsMetadata }) => textOf(runsMetadata["trigger"]),
      color: () => "dim",
    },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

function statusIn({ context }: AuditRecord): string {
  return textOf(context["status"]);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
