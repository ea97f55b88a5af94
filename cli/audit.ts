/**
 * `sluice audit`
 *
 * @module
 */
import type { Audit } from "../core/plugin/sink.ts";
import type { Sluice } from "../preset.ts";
import type { AuditCommand } from "./audit_command.ts";
import { keygen, sign } from "./audit_keys.ts";
import { list, query } from "./audit_records.ts";
import { verify } from "./audit_verdict.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

const DAY_MS = 86_400_000;

const ACTIONS: ReadonlyMap<string, (command: AuditCommand) => Promise<ExitCode>> = new Map([
  ["list", list],
  ["query", query],
  ["verify", verify],
  ["prune", prune],
  ["keygen", keygen],
  ["sign", sign],
]);

/** Shows, verifies, signs or prunes the records of finished runs. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [name = ""] = invocation.operands;
  const action = ACTIONS.get(name);
  if (action === undefined) {
    const names = [...ACTIONS.keys()].join(", ");
    throw new UsageError(`Cannot "${name}" the audit: write one of ${names}`);
  }
  await using sluice = await openFor(invocation, printer);
  return await action({ invocation, printer, sluice, audits: await chosen(sluice, invocation) });
}

async function chosen(sluice: Sluice, invocation: Invocation): Promise<readonly Audit[]> {
  const audits = await sluice.audits();
  const from = invocation.value("from");
  if (from === undefined) return audits;
  const found = audits.filter((_, at) => sluice.settings.audit[at]?.type === from);
  if (found.length > 0) return found;
  const types = sluice.settings.audit.map(({ type }) => `"${type}"`).join(", ");
  throw new UsageError(`There is no audit "${from}": the settings choose ${types}`);
}

async function prune({ invocation, printer, sluice, audits }: AuditCommand): Promise<ExitCode> {
  const keep = invocation.number("keep", { min: 0, whole: true });
  const keepDays = invocation.number("keep-days", { min: 0 });
  if (keep === undefined && keepDays === undefined) {
    throw new UsageError('Cannot choose what to remove: say "--keep N", "--keep-days N" or both');
  }
  const dryRun = invocation.has("dry-run");
  const limits = {
    ...{ keep: keep ?? 0, dryRun },
    ...(keepDays === undefined ? {} : { endedBeforeMs: sluice.engine.now() - keepDays * DAY_MS }),
  };
  const removed: { readonly audit: string; readonly name: string; readonly run_id: string }[] = [];
  for (const audit of audits) {
    if (audit.prune === undefined) throw new UsageError(`Audit "${audit.name}" cannot be pruned`);
    for (const { name, runId } of await audit.prune(limits)) {
      removed.push({ audit: audit.name, name, run_id: runId });
    }
  }
  if (invocation.has("json")) printJson(printer, removed);
  else if (removed.length > 0) printer.print(removed.map(({ run_id }) => run_id).join("\n"));
  const count = removed.length === 1 ? "1 record" : `${removed.length} records`;
  printer.tell(dryRun ? `${count} would be removed` : `${count} removed`);
  return EXIT.ok;
}
