/**
 * `sluice check`
 *
 * @module
 */
import { RULES } from "../core/check/rules.ts";
import { byPlace } from "../core/model/finding.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { HostError } from "../core/plugin/ports.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { fixFiles } from "./fix_files.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { SourceTexts, tellDiagnostics } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";

// Read when it is needed.
const SHELLCHECK: string = "./shellcheck.ts";

/** Finds what is wrong with workflow files. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const first = await check(invocation, printer);
  const found = invocation.has("fix") ? await fix(first, { invocation, printer }) : first;
  const format = invocation.has("json") ? "json" : invocation.value("format") ?? "text";
  await FORMATS[format]?.(found, printer);
  return found.diagnostics.some(isError) ? EXIT.invalid : EXIT.ok;
}

type Format = (found: Findings, printer: Printer) => Promise<void>;

/** How findings are shown, by the name of the format. */
const FORMATS: Readonly<Record<string, Format>> = { text: tell, json, sarif, github };

interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: SourceTexts;
  /** How many workflows were looked at. */
  readonly count: number;
  /** Those of them that can be loaded. */
  readonly workflows: readonly Workflow[];
}

async function check(invocation: Invocation, printer: Printer): Promise<Findings> {
  await using sluice = await openFor(invocation, printer);
  const files = invocation.operands;
  const found = files.length === 0 ? await checkFolder(sluice) : await checkFiles(sluice, files);
  if (invocation.has("no-shellcheck")) return found;
  const { shellcheck }: typeof import("./shellcheck.ts") = await import(SHELLCHECK);
  const warn = (message: string) => printer.tell(`${printer.told.yellow("warning:")} ${message}`);
  const further = await shellcheck(found.workflows, { host: openHost(), warn });
  return further.length === 0
    ? found
    : { ...found, diagnostics: inOrder([...found.diagnostics, ...further]) };
}

/** File by file as they were looked at, and in each as they stand in it. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byFile = Map.groupBy(diagnostics, ({ place }) => place.file);
  return [...byFile.values()].flatMap((found) => found.toSorted(byPlace));
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
  const workflows: Workflow[] = [];
  let count = 0;
  for (const file of files) {
    const loaded = await sluice.load(file).catch((error) => unreadable(error, file));
    texts.add(file === "-" ? "<stdin>" : file, loaded.text);
    diagnostics.push(...loaded.diagnostics);
    workflows.push(...loaded.workflows);
    count += loaded.workflows.length + loaded.broken.length;
  }
  return { diagnostics, texts, count, workflows };
}

async function checkFolder(sluice: Sluice): Promise<Findings> {
  const texts = new SourceTexts();
  const { workflows, diagnostics } = await sluice.conf.list();
  const all = [...diagnostics];
  for (const workflow of workflows) {
    texts.add(workflow.document.file, workflow.document.text);
    all.push(...await sluice.check(workflow));
  }
  return { diagnostics: all, texts, count: workflows.length, workflows };
}

function json({ diagnostics }: Findings, printer: Printer): Promise<void> {
  printJson(printer, diagnostics.map(rowOf));
  return Promise.resolve();
}

// Read when they are asked for: most checks are for people.
const SARIF_LOG: string = "./sarif_log.ts";
const WORKFLOW_COMMANDS: string = "./workflow_commands.ts";

async function sarif({ diagnostics }: Findings, printer: Printer): Promise<void> {
  const { sarifLog }: typeof import("./sarif_log.ts") = await import(SARIF_LOG);
  const summaries = new Map(RULES.map(({ code, summary }) => [code, summary]));
  printJson(printer, sarifLog(diagnostics, { name: "sluice", version: VERSION, summaries }));
}

async function github({ diagnostics }: Findings, printer: Printer): Promise<void> {
  const { workflowCommand }: typeof import("./workflow_commands.ts") = await import(
    WORKFLOW_COMMANDS
  );
  if (diagnostics.length > 0) printer.print(diagnostics.map(workflowCommand).join("\n"));
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

function unreadable(error: unknown, file: string): never {
  if (!(error instanceof HostError)) throw error;
  const hint = error.code === "EISDIR" ? `; "--conf ${file}" checks all that is in it` : "";
  throw new UsageError(`${error.message}${hint}`, { cause: error });
}
