/**
 * `sluice check`
 *
 * @module
 */
import { HostError } from "../core/plugin/ports.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { fixFiles } from "./fix_files.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { SourceTexts, tellDiagnostics } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";

/** Finds what is wrong with workflow files. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const first = await check(invocation, printer);
  const found = invocation.has("fix") ? await fix(first, { invocation, printer }) : first;
  const asJson = invocation.has("json") || invocation.value("format") === "json";
  if (asJson) printJson(printer, found.diagnostics.map(rowOf));
  else await tell(found, printer);
  return found.diagnostics.some(isError) ? EXIT.invalid : EXIT.ok;
}

interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: SourceTexts;
  /** How many workflows were looked at. */
  readonly count: number;
}

async function check(invocation: Invocation, printer: Printer): Promise<Findings> {
  await using sluice = await openFor(invocation, printer);
  const files = invocation.operands;
  return files.length === 0 ? await checkFolder(sluice) : await checkFiles(sluice, files);
}

/** How often files are looked at again: one mistake may have hidden another. */
const MAX_FIX_ROUNDS = 10;

/** Puts right what is plain, until nothing of it is left. */
async function fix(
  first: Findings,
  { invocation, printer }: { readonly invocation: Invocation; readonly printer: Printer },
): Promise<Findings> {
  if (invocation.operands.includes("-")) {
    throw new UsageError("Cannot fix standard input; name the file");
  }
  let found = first;
  for (let round = 0; round < MAX_FIX_ROUNDS; round++) {
    const fixed = await fixFiles(found.diagnostics, found.texts);
    if (fixed.length === 0) break;
    for (const { file, count } of fixed) {
      printer.tell(`${file}: ${counted(count, "name")} put right`);
    }
    found = await check(invocation, printer);
  }
  return found;
}

async function checkFiles(sluice: Sluice, files: readonly string[]): Promise<Findings> {
  const texts = new SourceTexts();
  const diagnostics: Diagnostic[] = [];
  let count = 0;
  for (const file of files) {
    const loaded = await sluice.load(file).catch(unreadable);
    texts.add(file === "-" ? "<stdin>" : file, loaded.text);
    diagnostics.push(...loaded.diagnostics);
    count += loaded.workflows.length + loaded.broken.length;
  }
  return { diagnostics, texts, count };
}

async function checkFolder(sluice: Sluice): Promise<Findings> {
  const texts = new SourceTexts();
  const { workflows, diagnostics } = await sluice.conf.list();
  const all = [...diagnostics];
  for (const workflow of workflows) {
    texts.add(workflow.document.file, workflow.document.text);
    all.push(...await sluice.check(workflow));
  }
  return { diagnostics: all, texts, count: workflows.length };
}

/** One diagnostic as programs read it: the form that linters share. */
function rowOf({ place, code, severity, message }: Diagnostic): unknown {
  const { line, column } = place.span.start;
  return { file: place.file, line, column, code, severity, message };
}

async function tell({ diagnostics, texts, count }: Findings, printer: Printer): Promise<void> {
  await tellDiagnostics(diagnostics, { printer, texts });
  const errors = diagnostics.filter(isError).length;
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  const paint = errors > 0 ? printer.told.red : printer.told.green;
  const workflows = count === 1 ? "1 workflow" : `${count} workflows`;
  printer.tell(paint(`${workflows}, ${counted(errors, "error")}, ${counted(warnings, "warning")}`));
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function unreadable(error: unknown): never {
  if (error instanceof HostError) throw new UsageError(error.message, { cause: error });
  throw error;
}
