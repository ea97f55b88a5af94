/**
 * The engine with the first-party plugins: what the command and most programs
 * use. Only here do the core, the plugins and the platform meet.
 *
 * @module
 */
import { checkWorkflow } from "./core/check/check_workflow.ts";
import { ignoredIn } from "./core/check/ignored.ts";
import { type ConfFolder, openConfFolder } from "./core/engine/conf_folder.ts";
import { Engine } from "./core/engine/engine.ts";
import { WorkflowError } from "./core/engine/errors.ts";
import { type ReadSettings, readSettings, type Settings } from "./core/engine/settings.ts";
import { Workflow } from "./core/engine/workflow.ts";
import { type LoadedFile, loadFile } from "./core/model/load_workflow.ts";
import { stagesOf, type Workflow as WorkflowModel } from "./core/model/workflow.ts";
import type { JournalStore } from "./core/plugin/journal.ts";
import type { Plugin } from "./core/plugin/plugin.ts";
import type { Host } from "./core/plugin/ports.ts";
import { createRegistry, type Registry } from "./core/plugin/registry.ts";
import type { Audit, Sink } from "./core/plugin/sink.ts";
import type { Diagnostic } from "./core/source/diagnostic.ts";
import { openHost, readStdin, systemClock, thisWriter, writerLives } from "./platform/mod.ts";
import { type FileLog, fileLog } from "./plugins/file_log.ts";
import { FIRST_PARTY_STAGES } from "./stages/first_party.ts";
import { VERSION } from "./version.ts";

// Read when it is first used: Deno reads whatever a literal `import()` names
// before it runs the first line. Journal and audit are literal because almost
// every run needs them.
const CRON: string = "./plugins/cron.ts";

/** How an engine is opened. */
export interface OpenOptions {
  /** The folder with workflows. @default the settings' (`WORKFLOW_CORE_CONF_PATH`, else `./conf`) */
  readonly conf?: string | undefined;
  /** Folders whose own files are looked at too, after the conf folder: where a file that is run by its path stands. @default [] */
  readonly beside?: readonly string[] | undefined;
  /** Where runs, logs and audits are kept. @default the settings' (`SLUICE_STATE`, else `.sluice`) */
  readonly state?: string | undefined;
  /** Keep runs in memory only: they do not survive the process. @default false */
  readonly memory?: boolean | undefined;
  /** Whether finished runs are audited. @default the settings' */
  readonly audit?: boolean | undefined;
  /** Plugins besides the first-party ones. */
  readonly plugins?: readonly Plugin[] | undefined;
  /** Who else is told of what happens. */
  readonly sinks?: readonly Sink[] | undefined;
  /** The environment that settings are read from and that stages see. @default the process's */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Told what goes wrong beside a run. @default written to standard error */
  readonly warn?: ((message: string) => void) | undefined;
}

/** A file of workflows, loaded and checked. */
export interface CheckedFile extends LoadedFile {
  /** The text itself, for code frames. */
  readonly text: string;
}

/** An engine with all that belongs to it. */
export interface Sluice extends AsyncDisposable {
  /** Starts runs. */
  readonly engine: Engine;
  /** The workflows there are. */
  readonly conf: ConfFolder;
  /** What is the same for all runs. */
  readonly settings: Settings;
  /** Where each setting came from. */
  readonly origins: ReadSettings["origins"];
  /** What the stages of runs printed. */
  readonly log: FileLog;
  /** What is installed. */
  readonly registry: Registry;
  /** The workflow of this name, ready to run. Throws a {@linkcode WorkflowError}. */
  workflow(name: string): Promise<Workflow>;
  /** Loads and checks one file; `-` is standard input. */
  load(file: string): Promise<CheckedFile>;
  /** Loads and checks a text, as if it stood in `file`. */
  loadText(text: string, file: string): Promise<CheckedFile>;
  /** All that is wrong with a workflow, the workflows that it triggers in view. */
  check(workflow: WorkflowModel): Promise<readonly Diagnostic[]>;
}

/**
 * Opens an engine. Nothing is read or written before it is needed.
 *
 * @example
 * ```ts
 * import { openSluice } from "@sluice/sluice";
 * import { equal } from "node:assert/strict";
 *
 * await using sluice = await openSluice({ memory: true, audit: false });
 * const { workflows: [hello] } = await sluice.loadText(
 *   "hello: {type: Workflow, jobs: {greet: {stages: [{name: Greet, echo: Hello}]}}}",
 *   "hello.yml",
 * );
 * const run = hello && await sluice.engine.start(hello);
 * equal((await run?.result)?.status, "SUCCESS");
 * ```
 *
 * @throws {WorkflowError} when a setting cannot be read.
 */
export function openSluice(options: OpenOptions = {}): Promise<Sluice> {
  const host = hostFor(options);
  const { settings, origins, problems } = readSettings(host.env(), overridesOf(options));
  const [problem] = problems;
  if (problem !== undefined) {
    return Promise.reject(
      new WorkflowError(`Cannot read the setting ${problem.variable}: ${problem.message}`),
    );
  }
  return Promise.resolve(compose(options, { host, settings, origins }));
}

function hostFor({ env }: OpenOptions): Host {
  const host = openHost();
  return env === undefined ? host : { ...host, env: () => env };
}

function overridesOf({ conf, state, audit }: OpenOptions): Partial<Settings> {
  return {
    ...(conf === undefined ? {} : { confPath: conf }),
    ...(state === undefined ? {} : { statePath: state }),
    ...(audit === undefined ? {} : { auditEnabled: audit }),
  };
}

interface Parts {
  readonly host: Host;
  readonly settings: Settings;
  readonly origins: ReadSettings["origins"];
}

function compose(options: OpenOptions, { host, settings, origins }: Parts): Sluice {
  const warn = options.warn ?? writeWarning;
  const registry = createRegistry(FIRST_PARTY_STAGES, options.plugins);
  const loader = new Loader(registry, settings);
  const load = (text: string, file: string) => loader.load(text, file);
  const conf = withNeighbours(
    openConfFolder({ host, folders: [settings.confPath], load }),
    // Not what lies below: that may be the whole disk.
    openConfFolder({
      host: { readText: host.readText, listFiles: host.listNames },
      folders: options.beside ?? [],
      load,
    }),
  );
  // Workflows of one text find one another, wherever the text came from.
  const beside = new Map<string, WorkflowModel>();
  const log = fileLog({ folder: `${settings.statePath}/logs`, host, clock: systemClock, warn });
  const engine = new Engine({
    ...{ host, clock: systemClock, chance: Math.random, registry, warn, version: VERSION },
    openStore: () => openStore(options, { host, settings }),
    writer: thisWriter(),
    lives: writerLives,
    source: { find: async (name) => beside.get(name) ?? await conf.find(name) },
    defaults: {
      timeoutMs: settings.timeoutMs,
      maxParallel: settings.maxJobParallel,
      stageDefaultId: settings.stageDefaultId,
      scriptLang: settings.scriptLang,
    },
    openAudits: () => openAudits(settings, { host, warn }),
    sinks: [...(options.memory ? [] : [log]), ...options.sinks ?? []],
    loadCalendar: async () => {
      const { cronCalendar }: typeof import("./plugins/cron.ts") = await import(CRON);
      return cronCalendar();
    },
  });
  const check = (workflow: WorkflowModel) => loader.check(workflow, { conf, beside });
  const loadText = async (text: string, file: string) => {
    const loaded = await loader.load(text, file);
    for (const workflow of loaded.workflows) beside.set(workflow.name, workflow);
    return await checked(loaded, { text, check });
  };
  return {
    ...{ engine, conf, settings, origins, log, registry, check, loadText },
    load: async (file) =>
      loadText(file === "-" ? await readStdin() : await host.readText(file), nameOf(file)),
    workflow: async (name) => {
      const model = await engine.workflow(name);
      const errors = (await check(model)).filter(blocksTheProgram);
      if (errors.length === 0) return new Workflow(engine, model);
      throw new WorkflowError(`Cannot run "${name}": ${errors[0]?.message}`, {
        diagnostics: errors,
      });
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

// A program that starts a workflow gets every failure of its run in the result;
// what a stage triggers is looked up when the stage is reached (REFERENCE C-220).
function blocksTheProgram({ severity, code }: Diagnostic): boolean {
  return severity === "error" && code !== "trigger-unknown" && code !== "trigger-cycle";
}

/** What is wrong with files that merely stand beside one that is run is nobody's concern. */
function withNeighbours(conf: ConfFolder, neighbours: ConfFolder): ConfFolder {
  return {
    find: async (name) => await conf.find(name) ?? await neighbours.find(name),
    list: async () => {
      const [{ workflows, diagnostics }, others] = [await conf.list(), await neighbours.list()];
      const names = new Set(workflows.map(({ name }) => name));
      const further = others.workflows.filter(({ name }) => !names.has(name));
      return { workflows: [...workflows, ...further], diagnostics };
    },
  };
}

/** Loads workflows with the stage kinds that their text needs. */
class Loader {
  readonly #registry: Registry;
  readonly #settings: Settings;

  constructor(registry: Registry, settings: Settings) {
    this.#registry = registry;
    this.#settings = settings;
  }

  async load(text: string, file: string): Promise<LoadedFile> {
    const stages = await this.#registry.kindsIn(text);
    const loaded = loadFile(text, file, { stages, known: this.#registry.stageEntries });
    const ignored = ignoredIn(text);
    const isTold = (found: Diagnostic) => found.severity === "error" || !ignored.has(found);
    return { ...loaded, diagnostics: loaded.diagnostics.filter(isTold) };
  }

  /** Other workflows are read only when this one triggers any. */
  async check(
    workflow: WorkflowModel,
    { conf, beside }: {
      readonly conf: ConfFolder;
      readonly beside: ReadonlyMap<string, WorkflowModel>;
    },
  ): Promise<readonly Diagnostic[]> {
    const { functions, filters } = this.#registry;
    const facts = { scriptLang: this.#settings.scriptLang, functions, filters };
    if (!triggersOthers(workflow)) return checkWorkflow(workflow, facts);
    const { workflows } = await conf.list();
    const byName = new Map(
      [...workflows, ...beside.values(), workflow].map((known) => [known.name, known]),
    );
    return checkWorkflow(workflow, {
      ...facts,
      workflows: (name) => byName.get(name),
      workflowNames: [...byName.keys()],
    });
  }
}

function triggersOthers({ jobs }: WorkflowModel): boolean {
  for (const job of jobs.values()) {
    for (const stage of stagesOf(job.stages)) if (stage.syntax.name === "trigger") return true;
  }
  return false;
}

async function checked(
  loaded: LoadedFile,
  { text, check }: { readonly text: string; readonly check: Sluice["check"] },
): Promise<CheckedFile> {
  const diagnostics = [...loaded.diagnostics];
  for (const workflow of loaded.workflows) diagnostics.push(...await check(workflow));
  return { ...loaded, text, diagnostics };
}

async function openStore(
  { memory }: OpenOptions,
  { host, settings }: Pick<Parts, "host" | "settings">,
): Promise<JournalStore> {
  if (memory) return (await import("./plugins/memory_journal.ts")).memoryJournal();
  const { sqliteJournal } = await import("./plugins/sqlite_journal.ts");
  return sqliteJournal({ folder: settings.statePath, host });
}

async function openAudits(
  settings: Settings,
  { host, warn }: { readonly host: Host; readonly warn: (message: string) => void },
): Promise<readonly Audit[]> {
  if (!settings.auditEnabled) return [];
  const { fileAudit } = await import("./plugins/file_audit.ts");
  return [fileAudit({ folder: auditFolder(settings), host, warn })];
}

/** Where records of finished runs are kept. Throws a {@linkcode WorkflowError} for an audit that is not installed. */
export function auditFolder({ audit, statePath }: Settings): string {
  const { type = "file", path = `${statePath}/audits` } = audit;
  if (type === "file" && typeof path === "string") return path;
  throw new WorkflowError(
    `Cannot open the audit of type "${type}": installed is "file", which takes a "path"`,
  );
}

function nameOf(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

function writeWarning(message: string): void {
  // deno-lint-ignore sluice/console-in-cli -- a program that gives no `warn` should still see what went wrong
  console.error(`warning: ${message}`);
}
