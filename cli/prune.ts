/**
 * `sluice prune`
 *
 * @module
 */
import { applyRetention } from "../core/engine/apply_retention.ts";
import { readRetention, type Retention } from "../core/engine/retention.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { removedText } from "./removed_text.ts";
import { summaryDocument } from "./runs.ts";
import { UsageError } from "./usage_error.ts";

const BYTES_PER_MB = 1_000_000;

/** Removes old runs with all that they printed: by the limits that are given, or else by the settings'. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const retention = retentionFor(invocation, sluice);
  const dryRun = invocation.has("dry-run");
  const removed = await applyRetention(sluice, retention, { dryRun });
  const freedBytes = invocation.has("compact") && !dryRun ? await compact(sluice) : undefined;
  if (invocation.has("json")) printJson(printer, removed.runs.map(summaryDocument));
  else if (removed.runs.length > 0) {
    printer.print(removed.runs.map(({ runId }) => runId).join("\n"));
  }
  if (!invocation.has("json")) printer.tell(removedText(removed.counts, { dryRun }));
  if (removed.unrecorded > 0) printer.tell(unrecordedText(removed.unrecorded));
  if (freedBytes !== undefined) {
    printer.tell(`The journal is ${(freedBytes / BYTES_PER_MB).toFixed(1)} MB smaller`);
  }
  return EXIT.ok;
}

function retentionFor(invocation: Invocation, { settings }: Sluice): Retention {
  const keep = invocation.number("keep", { min: 0, whole: true });
  const days = invocation.number("keep-days", { min: 0 });
  if (keep !== undefined || days !== undefined) {
    return {
      runs: { ...(keep === undefined ? {} : { keep }), ...(days === undefined ? {} : { days }) },
    };
  }
  const retention = readRetention(settings);
  if (retention !== undefined) return retention;
  if (invocation.has("compact")) return {};
  throw new UsageError(
    'Cannot choose what to remove: say "--keep N", "--keep-days N" or both, or write "retention" into sluice.yml',
  );
}

function unrecordedText(count: number): string {
  const which = count === 1 ? "1 of the runs has" : `${count} of the runs have`;
  return `${which} no audit record yet: "sluice prune" files it first, and keeps the run where it cannot`;
}

async function compact(sluice: Sluice): Promise<number> {
  const store = await sluice.runs();
  return store === undefined ? 0 : (await store.compact()).freedBytes;
}
