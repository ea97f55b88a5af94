/**
 * `sluice audit`
 *
 * @module
 */
import { toJson } from "../core/expr/json.ts";
import type { AuditRecord } from "../core/plugin/sink.ts";
import { openHost } from "../platform/host.ts";
import { type FileAudit, fileAudit } from "../plugins/file_audit.ts";
import { auditFolder } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { statusColor, timeText } from "./runs.ts";
import { table } from "./table.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

const NEWEST = 50;

interface Context {
  readonly invocation: Invocation;
  readonly printer: Printer;
}

/** Shows the records of finished runs, or verifies them. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [action = "", workflow] = invocation.operands;
  const context = { invocation, printer };
  await using sluice = await openFor(invocation, printer);
  const folder = auditFolder(sluice.settings);
  const warn = (message: string) => printer.tell(`${printer.told.yellow("warning:")} ${message}`);
  const audit = fileAudit({ folder, host: openHost(), warn });
  switch (action) {
    case "list":
      return await list(audit, workflow, context);
    case "verify":
      return await verify(audit, context);
    default:
      throw new UsageError(`Cannot "${action}" the audit: write list or verify`);
  }
}

async function list(
  audit: FileAudit,
  workflow: string | undefined,
  { invocation, printer }: Context,
): Promise<ExitCode> {
  if (workflow === undefined) {
    throw new UsageError("Cannot list the audit: say of which workflow");
  }
  const limit = invocation.number("limit", { min: 1, whole: true }) ?? NEWEST;
  const records = await audit.find({ name: workflow, limit });
  if (invocation.has("json")) printJson(printer, records.map(documentOf));
  else if (records.length === 0) printer.tell(`There is no record of "${workflow}"`);
  else printer.print(tableOf(records, printer));
  return EXIT.ok;
}

async function verify(audit: FileAudit, { invocation, printer }: Context): Promise<ExitCode> {
  const { links, records, head, problems } = await audit.verify(invocation.value("head"));
  if (invocation.has("json")) printJson(printer, { links, records, head, problems });
  else {
    for (const { position, path, message } of problems) {
      const where = position === undefined ? path : `${path} (link ${position})`;
      printer.print(terminalText(`${where}: ${message}`));
    }
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    printer.tell(
      `${records} records, ${links} links, ${problems.length === 0 ? "no problems" : count}`,
    );
    printer.tell(`head ${head}`);
  }
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function documentOf(record: AuditRecord): unknown {
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
  return table(records, [
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
