/**
 * `sluice run`
 *
 * @module
 */
import type { StartOptions } from "../core/engine/engine_options.ts";
import type { Result } from "../core/engine/result.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import type { ExitCode } from "./exit_code.ts";
import { findWorkflow, type FoundWorkflow } from "./find_workflow.ts";
import { earlierStates, followRun, modeFor } from "./follow_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { readParams } from "./read_params.ts";
import { exitCodeOf, refusedDocument, runDocument } from "./run_document.ts";
import { fileOption } from "./remembered_file.ts";
import { mentionUndeclared } from "./undeclared_params.ts";

/** Runs a workflow. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const json = invocation.has("json");
  try {
    await using sluice = await openFor(invocation, printer);
    const result = await run(sluice, invocation, { printer });
    const info = invocation.has("info");
    if (json) printJson(printer, await runDocument(sluice.engine, result, { info }));
    return exitCodeOf(result.status);
  } catch (error) {
    // A program that asked for a document gets one, whatever happens.
    if (json) printJson(printer, refusedDocument(error, invocation.value("run-id")));
    throw error;
  }
}

async function run(
  sluice: Sluice,
  invocation: Invocation,
  { printer }: { readonly printer: Printer },
): Promise<Result> {
  const options = await startOptions(invocation);
  const found = await findWorkflow(sluice, invocation.operands[0] ?? "", {
    name: invocation.value("workflow"),
  });
  mentionWarnings(found, printer);
  mentionUndeclared(found.workflow, options.params ?? {}, { printer });
  const { engine } = sluice;
  const { runId } = options;
  return await followRun(engine, {
    begin: () => engine.start(found.workflow, { ...options, ...fileOption(found, sluice) }),
    ...(runId === undefined ? {} : { states: await earlierStates(engine, runId) }),
    printer,
    mode: modeFor(printer, { json: invocation.has("json"), quiet: invocation.has("quiet") }),
    verbose: invocation.has("verbose"),
  });
}

async function startOptions(invocation: Invocation): Promise<StartOptions> {
  const timeoutMs = invocation.durationMs("timeout");
  const maxParallel = invocation.number("max-parallel", { min: 1, whole: true });
  const runId = invocation.value("run-id");
  const host = openHost();
  return {
    params: await readParams(invocation, (path) => host.readText(path)),
    ...(runId === undefined ? {} : { runId }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxParallel === undefined ? {} : { maxParallel }),
  };
}

function mentionWarnings({ findings, workflow }: FoundWorkflow, printer: Printer): void {
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  if (warnings === 0) return;
  const { file } = workflow.document;
  const count = warnings === 1 ? "a warning" : `${warnings} warnings`;
  const named = file === "<stdin>" ? "-" : file;
  printer.tell(printer.told.dim(`There is ${count} about ${file}: see "sluice check ${named}"`));
}
