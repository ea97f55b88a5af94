/**
 * `sluice rerun`
 *
 * @module
 */
import { prepareRerun, type Rerun, type RerunOptions } from "../core/engine/rerun.ts";
import { Result } from "../core/engine/result.ts";
import { ExpressionError } from "../core/expr/expression_error.ts";
import { parseJson } from "../core/expr/json.ts";
import type { ValueObject } from "../core/expr/value.ts";
import { isMapping, isView } from "../core/expr/view.ts";
import type { RunSummary } from "../core/plugin/journal.ts";
import { HostError } from "../core/plugin/ports.ts";
import { runContext } from "../core/run/contexts.ts";
import { statusOf } from "../core/run/status.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import type { ExitCode } from "./exit_code.ts";
import { findRun } from "./find_run.ts";
import { findWorkflow, type FoundWorkflow } from "./find_workflow.ts";
import { followRun, modeFor } from "./follow_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { readParams } from "./read_params.ts";
import { readSettled } from "./read_settled.ts";
import { exitCodeOf, refusedDocument, runDocument } from "./run_document.ts";
import { fileOption, fileRemembered, placesOf } from "./remembered_file.ts";
import { UsageError } from "./usage_error.ts";

/** Runs again what an earlier run did not finish, or from a chosen job or stage on. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const json = invocation.has("json");
  try {
    await using sluice = await openFor(invocation, printer);
    const rerun = await prepare(sluice, invocation);
    const result = await start(sluice, rerun, { invocation, printer });
    if (json && result.runId !== "") {
      printJson(printer, await runDocument(sluice.engine, result, { info: false }));
    }
    return exitCodeOf(result.status);
  } catch (error) {
    if (json) printJson(printer, refusedDocument(error, invocation.value("run-id")));
    throw error;
  }
}

async function prepare(sluice: Sluice, invocation: Invocation): Promise<Rerun> {
  const [given = ""] = invocation.operands;
  const from = invocation.value("from");
  const options: RerunOptions = {
    ...(from === undefined ? {} : { from }),
    keepStages: invocation.has("keep-stages"),
    settled: readSettled(invocation),
    params: await readParams(invocation, (path) => openHost().readText(path)),
    force: invocation.has("force"),
  };
  const named = invocation.value("workflow");
  if (isContextFile(given)) {
    if (named === undefined) {
      throw new UsageError(
        `Cannot rerun "${given}": say with "--workflow" which workflow left this context`,
      );
    }
    const found = await findWorkflow(sluice, named);
    return await prepared(sluice, { run: await readContext(given), found, options });
  }
  const run = await findRun(sluice, given);
  const found = named === undefined
    ? await foundAgain(sluice, run)
    : await findWorkflow(sluice, named);
  return await prepared(sluice, { run: run.runId, found, options });
}

/** The run that begins remembers where its workflow was found, too. */
async function prepared(
  sluice: Sluice,
  { run, found, options }: {
    readonly run: string | ValueObject;
    readonly found: FoundWorkflow;
    readonly options: RerunOptions;
  },
): Promise<Rerun> {
  const { workflow } = found;
  const rerun = await prepareRerun(sluice.engine, run, { ...options, workflow });
  return { ...rerun, start: { ...rerun.start, ...fileOption(found, sluice) } };
}

/** The workflow of a run: in the file that it came from, else by its name. */
async function foundAgain(
  sluice: Sluice,
  { runId, workflow: name }: RunSummary,
): Promise<FoundWorkflow> {
  const way = (await sluice.engine.read(runId, { until: 1 })).plan?.file;
  if (way !== undefined) return await foundIn(sluice, { runId, name, way });
  if (await sluice.conf.find(name) === undefined) {
    throw new UsageError(
      `There is no workflow "${name}" in "${sluice.settings.confPath}": ` +
        'say where it is with "--workflow FILE"',
    );
  }
  return await findWorkflow(sluice, name);
}

async function foundIn(
  sluice: Sluice,
  { runId, name, way }: { readonly runId: string; readonly name: string; readonly way: string },
): Promise<FoundWorkflow> {
  const file = fileRemembered(way, placesOf(sluice));
  const refused = `Cannot rerun "${runId}": "${file}", where it came from,`;
  const loaded = await sluice.load(file).catch((error: unknown) => {
    if (!(error instanceof HostError) || error.code !== "ENOENT") throw error;
    throw new UsageError(
      `${refused} is not there any more; say where workflow "${name}" is with "--workflow FILE"`,
      { cause: error },
    );
  });
  const isBroken = loaded.diagnostics.some(({ severity }) => severity === "error");
  if (!isBroken && !loaded.workflows.some((workflow) => workflow.name === name)) {
    throw new UsageError(
      `${refused} no longer defines workflow "${name}"; say where it is with "--workflow FILE"`,
    );
  }
  return await findWorkflow(sluice, file, { name });
}

async function start(
  { engine }: Sluice,
  { earlier, workflow, changed, jobs, start }: Rerun,
  { invocation, printer }: { readonly invocation: Invocation; readonly printer: Printer },
): Promise<Result> {
  if (jobs.length === 0) {
    printer.tell('Nothing failed, so nothing runs again; choose where to begin with "--from"');
    const { id, outcome } = earlier;
    return new Result({ runId: id, status: statusOf(outcome), context: runContext(earlier) });
  }
  if (changed) {
    printer.tell(printer.told.dim(`"${workflow.name}" has changed since: it runs as it is now`));
  }
  const runId = invocation.value("run-id");
  const timeoutMs = invocation.durationMs("timeout");
  return await followRun(engine, {
    begin: () =>
      engine.start(workflow, {
        ...start,
        ...(runId === undefined ? {} : { runId }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    printer,
    mode: modeFor(printer, { json: invocation.has("json"), quiet: invocation.has("quiet") }),
    verbose: invocation.has("verbose"),
  });
}

function isContextFile(given: string): boolean {
  return given.endsWith(".json");
}

/** A context, or the document that `sluice run --json` prints around it. */
async function readContext(file: string): Promise<ValueObject> {
  const text = await openHost().readText(file).catch((error: unknown) => {
    if (error instanceof HostError) throw new UsageError(error.message, { cause: error });
    throw error;
  });
  try {
    const value = parseJson(text);
    if (isMapping(value) && !isView(value)) {
      const { context } = value;
      return context !== undefined && isMapping(context) && !isView(context) ? context : value;
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UsageError(`Cannot read "${file}": ${error.message}`, { cause: error });
  }
  throw new UsageError(`Cannot use "${file}": it is no context of a run`);
}
