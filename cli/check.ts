/**
 * `sluice check`
 *
 * @module
 */
import { nextTimesNote } from "../core/check/next_times.ts";
import { RULES } from "../core/check/rules.ts";
import { WorkflowError } from "../core/engine/errors.ts";
import { byPlace } from "../core/model/finding.ts";
import type { LoadedFile } from "../core/model/load_workflow.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { HostError } from "../core/plugin/ports.ts";
import { closestName } from "../core/source/closest_name.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import type { Place } from "../core/source/span.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { fixFiles } from "./fix_files.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import type { SettingsMistakes } from "./settings_mistakes.ts";
import { SourceTexts, tellDiagnostics } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";

// Read when it is needed.
const SHELLCHECK: string = "./shellcheck.ts";
const CALL_MISTAKES: string = "./call_mistakes.ts";
const SHARED_HOOK_SECRETS: string = "./shared_hook_secrets.ts";
const SETTINGS_MISTAKES: string = "./settings_mistakes.ts";

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
  const { settingsMistakes }: typeof import("./settings_mistakes.ts") = await import(
    SETTINGS_MISTAKES
  );
  const settings = await settingsMistakes(openHost(), { conf: invocation.value("conf") });
  const opening = openFor(invocation, printer, { showsTimes: true });
  const opened = await opening.catch((error: unknown) => {
    // What is wrong is said below, with its place.
    if (error instanceof WorkflowError && settings.diagnostics.some(isError)) return undefined;
    throw error;
  });
  if (opened === undefined) return ofSettings(settings);
  await using sluice = opened;
  const files = invocation.operands;
  const all = files.length === 0 ? await checkFolder(sluice) : await checkFiles(sluice, files);
  all.texts.add(settings.file, settings.text);
  const calls = await callsIn(all.workflows, sluice);
  const hooks = await hooksIn(all.workflows);
  const diagnostics = inOrder([...settings.diagnostics, ...all.diagnostics, ...calls, ...hooks]);
  const found = { ...all, diagnostics };
  if (invocation.has("verbose")) await tellTimes(found.workflows, { sluice, printer });
  if (invocation.has("no-shellcheck")) return found;
  const { shellcheck }: typeof import("./shellcheck.ts") = await import(SHELLCHECK);
  const warn = (message: string) => printer.tell(`${printer.told.yellow("warning:")} ${message}`);
  const further = await shellcheck(found.workflows, { host: openHost(), warn });
  return further.length === 0
    ? found
    : { ...found, diagnostics: inOrder([...found.diagnostics, ...further]) };
}

/** Whether the functions are there that stages call. */
async function callsIn(
  workflows: readonly Workflow[],
  { settings: { registryCaller } }: Sluice,
): Promise<readonly Diagnostic[]> {
  const { callMistakes }: typeof import("./call_mistakes.ts") = await import(CALL_MISTAKES);
  return await callMistakes(workflows, { host: openHost(), folders: registryCaller });
}

/** Whether webhooks take one another's deliveries. */
async function hooksIn(workflows: readonly Workflow[]): Promise<readonly Diagnostic[]> {
  const { sharedHookSecrets }: typeof import("./shared_hook_secrets.ts") = await import(
    SHARED_HOOK_SECRETS
  );
  return sharedHookSecrets(workflows);
}

/** Without its settings, no workflow can be looked at. */
function ofSettings({ file, text, diagnostics }: SettingsMistakes): Findings {
  const texts = new SourceTexts();
  texts.add(file, text);
  return { diagnostics: inOrder(diagnostics), texts, count: 0, workflows: [] };
}

/** When each schedule fires next. */
async function tellTimes(
  workflows: readonly Workflow[],
  { sluice, printer }: { readonly sluice: Sluice; readonly printer: Printer },
): Promise<void> {
  const crons = workflows.flatMap(({ triggers: { schedules }, document }) =>
    schedules.flatMap((schedule) => schedule.type === "cron" ? [{ schedule, document }] : [])
  );
  if (crons.length === 0) return;
  const times = await sluice.times();
  for (const { schedule, document } of crons) {
    const { line, column } = document.locate([...schedule.path, "cron"]).start;
    const note = nextTimesNote(schedule, times) ?? "it never fires again";
    printer.tell(`${document.file}:${line}:${column} "${schedule.text}": ${note}`);
  }
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
    texts.add(shownName(file), loaded.text);
    diagnostics.push(...loaded.diagnostics);
    workflows.push(...loaded.workflows);
    count += loaded.workflows.length + loaded.broken.length;
    if (holdsNothing(loaded)) diagnostics.push(noWorkflow(shownName(file)));
  }
  return { diagnostics, texts, count, workflows };
}

function shownName(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

/** Of a file that was named, somebody thinks that it is a workflow. */
function holdsNothing({ workflows, broken, diagnostics }: LoadedFile): boolean {
  return workflows.length + broken.length === 0 && !diagnostics.some(isError);
}

function noWorkflow(file: string): Diagnostic {
  const message =
    'There is no workflow in this file: it has no "name" at the top, and none of its top-level keys has "type: Workflow"';
  return { code: "workflow-missing", severity: "error", message, place: startOf(file) };
}

function startOf(file: string): Place {
  const start = { line: 1, column: 1 };
  return { file, span: { start, end: start } };
}

/** A folder that is there may be empty; to check one that is not there is to check nothing at all. */
async function missingFolder(folder: string): Promise<Diagnostic> {
  const [parent, name] = splitPath(folder);
  const beside = await openHost().listNames(parent).catch(() => undefined);
  const guess = closestName(name, beside ?? []);
  const hint = guess === undefined
    ? 'name the files to check, or their folder by "--conf"'
    : `did you mean "${folder.slice(0, folder.length - name.length)}${guess}"?`;
  const message = `There is no folder "${folder}" to find workflows in; ${hint}`;
  return { code: "conf-missing", severity: "error", message, place: startOf(folder) };
}

function splitPath(folder: string): readonly [parent: string, name: string] {
  const path = folder.replace(/[/\\]+$/, "");
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (slash < 0) return [".", path];
  return [path.slice(0, Math.max(1, slash)), path.slice(slash + 1)];
}

async function checkFolder(sluice: Sluice): Promise<Findings> {
  const texts = new SourceTexts();
  const { workflows, partial, diagnostics } = await sluice.conf.list();
  const all = await Promise.all(
    diagnostics.map((found) =>
      found.code === "conf-missing" ? missingFolder(found.place.file) : found
    ),
  );
  for (const workflow of [...workflows, ...partial]) {
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
function rowOf({ place, code, severity, message, notes }: Diagnostic): unknown {
  const { line, column } = place.span.start;
  return { file: place.file, line, column, code, severity, message, ...(notes && { notes }) };
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
