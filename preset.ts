/**
 * The engine with the first-party plugins: what the command and most programs
 * use. Only here do the core, the plugins and the platform meet.
 *
 * @module
 */
import type { CheckFacts } from "./core/check/check_facts.ts";
import type { Clockwork } from "./core/check/next_times.ts";
import { checkWorkflow } from "./core/check/check_workflow.ts";
import { ignoredIn } from "./core/check/ignored.ts";
import { type ConfFolder, openConfFolder } from "./core/engine/conf_folder.ts";
import { Engine } from "./core/engine/engine.ts";
import { WorkflowError } from "./core/engine/errors.ts";
import { type ReadSettings, SETTING_VARIABLES, type Settings } from "./core/engine/settings.ts";
import { openConfigured } from "./core/engine/open_configured.ts";
import { loadSettings, SETTINGS_FILE } from "./core/engine/settings_file.ts";
import { Workflow } from "./core/engine/workflow.ts";
import { readSection } from "./core/engine/read_section.ts";
import { concurrencySettingsSchema, NO_LIMITS } from "./core/model/concurrency.ts";
import type { Report } from "./core/model/finding.ts";
import type { ValueObject } from "./core/expr/value.ts";
import { type LoadedFile, loadFile } from "./core/model/load_workflow.ts";
import type { RunnerSyntax } from "./core/model/runner_syntax.ts";
import { stagesOf, type Workflow as WorkflowModel } from "./core/model/workflow.ts";
import type { JournalStore } from "./core/plugin/journal.ts";
import type { Isolation } from "./core/plugin/isolation.ts";
import { type OpenOnce, openOnce } from "./core/plugin/open_once.ts";
import type { Permissions } from "./core/plugin/permissions.ts";
import type { Plugin } from "./core/plugin/plugin.ts";
import type { KindPorts } from "./core/plugin/configured_kind.ts";
import { type Host, HostError } from "./core/plugin/ports.ts";
import { createRegistry, type Registry } from "./core/plugin/registry.ts";
import type { SecretProvider } from "./core/plugin/secrets.ts";
import type { RunnerEntry } from "./core/plugin/runner.ts";
import type { Audit, Sink, Trace } from "./core/plugin/sink.ts";
import type { StagePolicy } from "./core/plugin/stage_policy.ts";
import type { Diagnostic } from "./core/source/diagnostic.ts";
import { runtimeName } from "./platform/process.ts";
import {
  account,
  openHost,
  readStdin,
  systemClock,
  thisWriter,
  writerLives,
} from "./platform/mod.ts";
import { FIRST_PARTY_JOURNALS } from "./plugins/first_party_journals.ts";
import { FIRST_PARTY_AUDITS } from "./plugins/first_party_audits.ts";
import { type FileLog, fileLog } from "./plugins/file_log.ts";
import { FIRST_PARTY_TRIGGERS } from "./plugins/first_party_triggers.ts";
import { FIRST_PARTY_STAGES } from "./stages/first_party.ts";
import { admitWorkflow } from "./admit_workflow.ts";
import { type Reach, workflowNeeds, workflowReach } from "./core/engine/workflow_needs.ts";
import { LOCK_FILE } from "./core/model/plugin_use.ts";
import type { Need } from "./core/model/need.ts";
import { openPlugins, pluginFolder } from "./open_plugins.ts";
import type { InstalledPlugin, InstalledPlugins } from "./plugins/foreign/installed_plugins.ts";
import { VERSION } from "./version.ts";

// Read when it is first used: Deno reads whatever a literal `import()` names
// before it runs the first line. Journal and audit are literal because almost
// every run needs them.
const CONTAINER_RUNNER: string = "./plugins/container_runner.ts";
const EXPRESSIONS: string = "./plugins/expression_registry.ts";
const CRON: string = "./plugins/cron.ts";
const TRACES: string = "./plugins/first_party_traces.ts";
const SECRETS: string = "./plugins/secrets.ts";
const ISOLATION: string = "./plugins/isolation.ts";

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
  /** Runs what is not trusted. @default a child process for each attempt, which may do no more than was granted */
  readonly isolation?: Isolation | undefined;
  /** Whether what is said of schedules shows when they fire next, which takes the calendar. @default false */
  readonly showsTimes?: boolean | undefined;
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
  /** What runs foreign code; opened when it is first asked for. */
  isolation(): Promise<Isolation>;
  /** What this process must be allowed so that a run of the workflow can do its work, and why. */
  needs(workflow: WorkflowModel): Promise<readonly Need[]>;
  /** What the isolated code of a workflow's stages asks for, and is granted. */
  reach(workflow: WorkflowModel): readonly Reach[];
  /** The plugins of the conf folder. */
  readonly plugins: readonly InstalledPlugin[];
  /** The audits that the settings choose, whether or not runs are audited. Throws a {@linkcode WorkflowError}. */
  audits(): Promise<readonly Audit[]>;
  /** The traces that the settings choose. */
  readonly traces: readonly Trace[];
  /** Where runs are kept; `undefined` where none has been kept yet, since looking makes no folder. */
  runs(): Promise<JournalStore | undefined>;
  /** The workflow of this name, ready to run. Throws a {@linkcode WorkflowError}. */
  workflow(name: string): Promise<Workflow>;
  /** Loads and checks one file; `-` is standard input. */
  load(file: string): Promise<CheckedFile>;
  /** Loads and checks a text, as if it stood in `file`. */
  loadText(text: string, file: string): Promise<CheckedFile>;
  /** The time, and when schedules fire next. */
  times(): Promise<Clockwork>;
  /** All that is wrong with a workflow, the workflows that it triggers in view. */
  check(
    workflow: WorkflowModel,
    options?: {
      readonly errorsOnly?: boolean;
      /** Lists the workflows that it may trigger; asked when it triggers any. @default those of the conf folder, which are remembered */
      readonly conf?: Pick<ConfFolder, "list">;
    },
  ): Promise<readonly Diagnostic[]>;
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
export async function openSluice(options: OpenOptions = {}): Promise<Sluice> {
  const machine = hostFor(options);
  const { settings, origins } = await loadSettings(machine, overridesOf(options));
  const host = withOwnTemp(withRegistry(machine, settings), settings.statePath);
  const isolation = openOnce(() => openIsolation(options, { host, settings }));
  const ownKeys = FIRST_PARTY_STAGES.flatMap(({ keys }) => keys);
  const installed = await openPlugins({ host, settings, ownKeys, isolation });
  const named = await openExpressions(options, { host, settings });
  const plugins = [...options.plugins ?? [], ...installed.trusted, ...named];
  const traces = await openTraces({ ...options, plugins }, { host, settings, origins });
  const parts = { host, settings, origins, installed, isolation, traces };
  return compose({ ...options, plugins }, parts);
}

function hostFor({ env }: OpenOptions): Host {
  const host = openHost();
  return env === undefined ? host : { ...host, env: () => ({ ...env }) };
}

/** Where the engine's modules are read from when they are first used; nobody need allow what comes from a registry. */
function ownFolder(): string | undefined {
  const { protocol, pathname } = new URL(".", import.meta.url);
  return protocol === "file:" ? decodeURIComponent(pathname).replace(/(?<=.)\/$/, "") : undefined;
}

/** Stages that call functions read where those are from their environment, whoever said it. */
function withRegistry(host: Host, { registryCaller }: Settings): Host {
  const [variable = ""] = SETTING_VARIABLES.registryCaller;
  // Added to what is there: a copy would hold only what was asked for so far.
  const added = { [variable]: registryCaller.join(",") };
  return { ...host, env: () => Object.assign(host.env(), added) };
}

/** Who may not write where temporary folders belong has them beside the runs. */
function withOwnTemp(host: Host, statePath: string): Host {
  return {
    ...host,
    makeTempFolder: (prefix, options = {}) =>
      host.makeTempFolder(prefix, options).catch((error: unknown) => {
        const isRefused = error instanceof HostError && error.code === "EACCES";
        if (!isRefused || options.within !== undefined) throw error;
        return host.makeTempFolder(prefix, { within: `${statePath}/tmp` });
      }),
  };
}

function overridesOf({ conf, state, audit }: OpenOptions): Partial<Settings> {
  return {
    ...(conf === undefined ? {} : { confPath: conf }),
    ...(state === undefined ? {} : { statePath: state }),
    ...(audit === undefined ? {} : { auditEnabled: audit }),
  };
}

/** Filters and functions of the user's own, where the settings name any. */
async function openExpressions(
  { warn = writeWarning }: OpenOptions,
  { host, settings: { registryFilter } }: Pick<Parts, "host" | "settings">,
): Promise<readonly Plugin[]> {
  if (registryFilter.length === 0) return [];
  const plugin: typeof import("./plugins/expression_registry.ts") = await import(EXPRESSIONS);
  try {
    return [await plugin.expressionRegistry(registryFilter, { host, warn })];
  } catch (error) {
    if (error instanceof RangeError) throw new WorkflowError(error.message, { cause: error });
    throw error;
  }
}

/** Children that cannot reach what the engine keeps, unless whoever opens it brings something else. */
async function openIsolation(
  { isolation }: OpenOptions,
  { host, settings }: Pick<Parts, "host" | "settings">,
): Promise<Isolation> {
  if (isolation !== undefined) return isolation;
  const plugin: typeof import("./plugins/isolation.ts") = await import(ISOLATION);
  return plugin.openIsolation({
    ...{ host, clock: systemClock, denied: engineState(settings), kept: codeDeciders(settings) },
    enforced: settings.isolation !== "none",
    limits: settings.limits.default,
    maxLimits: settings.limits.max,
  });
}

/** Where runs, what they printed and their records are kept. */
function engineState({ statePath, journal, audit }: Settings): readonly string[] {
  const placed = [journal, ...audit].map(({ path }) => path);
  return [statePath, ...placed.filter((path) => typeof path === "string")];
}

/** What says which code runs with which grants: not even a stage that may write the conf folder changes it. */
function codeDeciders(settings: Settings): readonly string[] {
  const folder = pluginFolder(settings);
  return [SETTINGS_FILE, LOCK_FILE, ".plugins"].map((name) => `${folder}/${name}`);
}

interface Parts {
  readonly host: Host;
  readonly settings: Settings;
  readonly origins: ReadSettings["origins"];
  readonly installed: InstalledPlugins;
  readonly isolation: OpenOnce<Isolation>;
  readonly traces: readonly Trace[];
}

function compose(options: OpenOptions, parts: Parts): Sluice {
  const { host, settings, origins, installed, isolation, traces } = parts;
  const warn = options.warn ?? writeWarning;
  const registry = registryOf(options, installed);
  const loader = new Loader(registry, settings);
  const load = (text: string, file: string) => loader.load(text, file);
  const conf = withNeighbours(
    openConfFolder({
      ...{ host, folders: [settings.confPath], load },
      watch: { fileFacts: host.fileFacts, now: systemClock.now },
    }),
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
  const ports = { host, clock: systemClock, statePath: settings.statePath, warn };
  const find = async (name: string) => beside.get(name) ?? await conf.find(name);
  const needs = (workflow: WorkflowModel) =>
    workflowNeeds(workflow, { settings, ownFolder: ownFolder(), find });
  const reach = (workflow: WorkflowModel) => workflowReach(workflow, settings);
  const audits = openOnce(() => openAudits(options, { settings, ports }));
  const providers = openOnce(() => openSecrets(options, { host, settings }));
  // The same for all runs of this engine.
  let provenance: ValueObject | undefined;
  const engine = new Engine({
    ...{ host, clock: systemClock, chance: Math.random, registry, warn, version: VERSION },
    openStore: () => openStore(options, { settings, ports }),
    writer: thisWriter(),
    lives: writerLives,
    source: { find },
    defaults: {
      timeoutMs: settings.timeoutMs,
      maxParallel: settings.maxJobParallel,
      stageDefaultId: settings.stageDefaultId,
      scriptLang: settings.scriptLang,
    },
    concurrency:
      readSection(settings, { name: "concurrency", schema: concurrencySettingsSchema }) ??
        NO_LIMITS,
    openSecrets: providers,
    passEnv: settings.passEnv,
    isolation: settings.isolation === "none" ? "none" : undefined,
    admit: async (workflow) => {
      // What the settings say of secrets is read before a stage that uses one has begun.
      if (settings.secrets !== undefined) await providers();
      await admitWorkflow(workflow, {
        ...{ needs, reach, plugins: installed.plugins, warn },
        get cwd() {
          return host.cwd();
        },
        isolates: settings.isolation !== "none",
        known: options.memory ? undefined : { host, statePath: settings.statePath },
      });
    },
    policy: policyOf(settings),
    openIsolation: isolation,
    openAudits: async () => settings.auditEnabled ? await audits() : [],
    provenance: () => provenance ??= provenanceOf(options, { settings, installed }),
    sinks: [...(options.memory ? [] : [log]), ...traces, ...options.sinks ?? []],
    loadCalendar: async () => {
      const { cronCalendar }: typeof import("./plugins/cron.ts") = await import(CRON);
      return cronCalendar();
    },
  });
  const times = async (): Promise<Clockwork> => {
    const { next } = await engine.calendar();
    return { nowMs: engine.now(), next };
  };
  const check: Sluice["check"] = async (workflow, checking = {}) => {
    const showsTimes = options.showsTimes && workflow.triggers.schedules.length > 0;
    return await loader.check(workflow, {
      ...{ conf, ...checking, beside },
      times: showsTimes ? await times() : undefined,
      findsFollowed: options.showsTimes,
    });
  };
  const loadText = async (text: string, file: string) => {
    const loaded = await loader.load(text, file);
    for (const workflow of loaded.workflows) beside.set(workflow.name, workflow);
    return await checked(loaded, { text, check });
  };
  return {
    ...{ engine, conf, settings, origins, log, registry, check, loadText, times },
    plugins: installed.plugins,
    isolation: isolation,
    ...{ needs, reach },
    ...{ audits, traces },
    runs: async () => await hasRuns(options, { host, settings }) ? await engine.store() : undefined,
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
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      for (const kept of [...await audits.opened() ?? [], ...traces]) await kept.close?.();
      await (await isolation.opened())?.[Symbol.asyncDispose]();
    },
  };
}

const RUNNERS: readonly RunnerEntry[] = (["container", "docker"] as const).map((name) => ({
  name,
  load: async () => {
    const plugin: typeof import("./plugins/container_runner.ts") = await import(CONTAINER_RUNNER);
    return plugin.containerRunner(name);
  },
}));

function registryOf({ plugins }: OpenOptions, { entries }: InstalledPlugins): Registry {
  try {
    return createRegistry([...FIRST_PARTY_STAGES, ...entries], plugins, {
      runners: RUNNERS,
      triggers: FIRST_PARTY_TRIGGERS,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new WorkflowError(error.message);
    throw error;
  }
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
    list: async (options) => {
      const [{ workflows, ...rest }, others] = [
        await conf.list(options),
        await neighbours.list(options),
      ];
      const names = new Set(workflows.map(({ name }) => name));
      const further = others.workflows.filter(({ name }) => !names.has(name));
      return { ...rest, workflows: [...workflows, ...further] };
    },
    survey: (look) => conf.survey(look),
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
    const loaded = loadFile(text, file, {
      ...{ stages, known: this.#registry.stageEntries },
      triggers: await this.#registry.triggersIn(text),
      knownTriggers: this.#registry.triggerNames,
    });
    const ignored = ignoredIn(text);
    const isTold = (found: Diagnostic) => found.severity === "error" || !ignored.has(found);
    return { ...loaded, diagnostics: loaded.diagnostics.filter(isTold) };
  }

  async #runnersIn({ jobs }: WorkflowModel): Promise<ReadonlyMap<string, RunnerSyntax>> {
    const found = new Map<string, RunnerSyntax>();
    for (const { runsOn: { type } } of jobs.values()) {
      if (found.has(type) || !this.#registry.runnerNames.includes(type)) continue;
      found.set(type, await this.#registry.runner(type));
    }
    return found;
  }

  /** Other workflows are read only when this one triggers any. */
  async check(
    workflow: WorkflowModel,
    { conf, beside, errorsOnly, times, findsFollowed }: Pick<CheckFacts, "errorsOnly" | "times"> & {
      /** Whether the workflows that it follows are looked for, too: no run needs to know. */
      readonly findsFollowed?: boolean | undefined;
      readonly conf: Pick<ConfFolder, "list">;
      readonly beside: ReadonlyMap<string, WorkflowModel>;
    },
  ): Promise<readonly Diagnostic[]> {
    const { functions, filters } = this.#registry;
    const facts = {
      ...{ errorsOnly, times },
      ...{ scriptLang: this.#settings.scriptLang, functions, filters },
      runners: ["local", ...this.#registry.runnerNames],
      runnerSyntax: await this.#runnersIn(workflow),
    };
    const follows = findsFollowed && workflow.triggers.releases.length > 0;
    if (!follows && !triggersOthers(workflow)) return checkWorkflow(workflow, facts);
    const { workflows, partial } = await conf.list();
    const byName = new Map(
      [...partial, ...workflows, ...beside.values(), workflow].map((known) => [known.name, known]),
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
  for (const workflow of [...loaded.workflows, ...loaded.partial]) {
    diagnostics.push(...await check(workflow));
  }
  return { ...loaded, text, diagnostics };
}

async function openStore(
  { memory, plugins = [] }: OpenOptions,
  { settings, ports }: { readonly settings: Settings; readonly ports: KindPorts },
): Promise<JournalStore> {
  const [store] = await openConfigured([memory ? { type: "memory" } : settings.journal], {
    what: "journal",
    builtIn: FIRST_PARTY_JOURNALS,
    plugged: plugins.flatMap(({ journals = [] }) => journals),
    ports,
  });
  if (store === undefined) throw new Error("Internal error: one journal is chosen and none opened");
  return await store;
}

/** Only of the state folder it is plain where it is. */
async function hasRuns(
  { memory = false }: OpenOptions,
  { host, settings: { journal, statePath } }: Pick<Parts, "host" | "settings">,
): Promise<boolean> {
  if (memory || journal.type !== "sqlite" || journal["path"] !== undefined) return true;
  return await host.listNames(statePath) !== undefined;
}

function openAudits(
  { plugins = [] }: OpenOptions,
  { settings, ports }: { readonly settings: Settings; readonly ports: KindPorts },
): Promise<readonly Audit[]> {
  return openConfigured(settings.audit, {
    what: "audit",
    builtIn: FIRST_PARTY_AUDITS,
    plugged: plugins.flatMap(({ audits = [] }) => audits),
    ports,
  });
}

function policyOf({ sandbox, allowHosts, scriptGrant }: Settings): StagePolicy {
  return { sandbox, scriptGrant, ...(allowHosts !== undefined && { allowHosts }) };
}

/** The providers of the settings, then those of plugins. Throws a {@linkcode WorkflowError} when the settings name none that there could be. */
async function openSecrets(
  { plugins = [] }: OpenOptions,
  { host, settings: { secrets: section } }: Pick<Parts, "host" | "settings">,
): Promise<readonly SecretProvider[]> {
  const { secretProviders }: typeof import("./plugins/secrets.ts") = await import(SECRETS);
  const diagnostics: Diagnostic[] = [];
  const report: Report = ({ path, target, code, message, severity = "error" }) => {
    if (section === undefined) return;
    diagnostics.push({ code, severity, message, place: section.placeOf(path, target) });
  };
  const providers = secretProviders(section?.value, { host, report });
  if (diagnostics.length > 0) {
    throw new WorkflowError('Cannot read the section "secrets" of the settings', { diagnostics });
  }
  return [...providers, ...plugins.flatMap(({ secrets = [] }) => secrets)];
}

/** None unless somebody chose them: the command itself shows on its console how runs go. */
async function openTraces(
  { plugins = [], warn = writeWarning }: OpenOptions,
  { host, settings, origins }: Pick<Parts, "host" | "settings" | "origins">,
): Promise<readonly Trace[]> {
  if (origins.traceHandlers === "default") return [];
  const { FIRST_PARTY_TRACES }: typeof import("./plugins/first_party_traces.ts") = await import(
    TRACES
  );
  const { statePath, debug, logTimezone: timezone } = settings;
  return await openConfigured(settings.traceHandlers, {
    what: "trace",
    builtIn: FIRST_PARTY_TRACES,
    plugged: plugins.flatMap(({ traces = [] }) => traces),
    ports: { host, clock: systemClock, statePath, warn, tell: writeLine, debug, timezone },
  });
}

/** Who is answerable for what happened: whoever reads an audit years later wants to know. */
function provenanceOf(
  { plugins = [] }: OpenOptions,
  { settings, installed }: Pick<Parts, "settings" | "installed">,
): ValueObject {
  const { user = null, host: machine = null } = account();
  const given = plugins.filter((plugin) => !installed.trusted.includes(plugin));
  return {
    version: VERSION,
    runtime: runtimeName(),
    process: thisWriter().pid,
    user,
    host: machine,
    isolation: settings.isolation,
    plugins: [
      ...given.map(({ name }) => ({ name, trusted: true })),
      ...installed.plugins.map(({ manifest: { name }, specifier, code, trusted, granted }) => ({
        ...{ name, use: specifier, digest: code, trusted },
        grants: grantOf(
          settings.plugins.find(({ use }) => use === specifier)?.grant ?? granted,
        ),
      })),
    ],
  };
}

function grantOf(
  { net = [], read = [], write = [], env = [], secrets = [] }: Permissions,
): ValueObject {
  return { net, read, write, env, secrets };
}

function nameOf(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

function writeLine(line: string): void {
  // deno-lint-ignore sluice/console-in-cli -- somebody chose this trace for the console
  console.error(line);
}

function writeWarning(message: string): void {
  // deno-lint-ignore sluice/console-in-cli -- a program that gives no `warn` should still see what went wrong
  console.error(`warning: ${message}`);
}
