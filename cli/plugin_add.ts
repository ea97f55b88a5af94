/**
 * `sluice plugin add`
 *
 * @module
 */
import { specifierProblem } from "../core/model/plugin_use.ts";
import { openPlugin, pluginIn } from "../core/plugin/define_plugin.ts";
import type { Isolation, PluginManifest } from "../core/plugin/isolation.ts";
import { isNothing, missing, type Permissions, union } from "../core/plugin/permissions.ts";
import { StageError } from "../core/plugin/stage_kind.ts";
import { systemClock } from "../platform/mod.ts";
import { exportsOf } from "../plugins/foreign/code_files.ts";
import { type FetchedPlugin, fetchPlugin, InstallError } from "../plugins/foreign/install.ts";
import { rememberPlugins } from "../plugins/foreign/known_plugins.ts";
import { type LockedPlugin, writeLock } from "../plugins/foreign/lock_file.ts";
import { manifestOf, readManifest } from "../plugins/foreign/manifest.ts";
import { openIsolation } from "../plugins/isolation.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import {
  documentOf,
  openPluginContext,
  permissionsText,
  type PluginContext,
  stageNames,
} from "./plugin_context.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

/** Installs plugins, all or none of them. Without names, those that the settings and the lock file list. */
export async function addPlugins(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const context = await openPluginContext(invocation);
  const specifiers = wanted(invocation, context);
  const found = await findAll(specifiers, context);
  const added = found.map((plugin) => withGrant(plugin, context));
  const lacking = added.filter(({ lacks }) => !isNothing(lacks));
  if (lacking.length > 0 && !invocation.has("grant")) return refuse(lacking, printer);
  const plugins = added.map(({ plugin, lacks }) => ({
    ...plugin,
    granted: union(plugin.granted, lacks),
  }));
  await install(plugins, context);
  if (invocation.has("json")) {
    printJson(printer, plugins.map((plugin) => documentOf(plugin, context.settings)));
  } else for (const plugin of plugins) tell(plugin, printer);
  return EXIT.ok;
}

function wanted(
  { operands: [, ...named] }: Invocation,
  { settings, locked }: PluginContext,
): readonly string[] {
  const known = [...settings.plugins.map(({ use }) => use), ...locked.map((it) => it.specifier)];
  const specifiers = new Set(named.length > 0 ? named : known);
  if (specifiers.size === 0) {
    throw new UsageError('Cannot add a plugin: name one, such as "./greet.ts"');
  }
  for (const specifier of specifiers) {
    const problem = specifierProblem(specifier);
    if (problem !== undefined) throw new UsageError(`Cannot add "${specifier}": ${problem}`);
  }
  return [...specifiers];
}

type FoundPlugin = Omit<LockedPlugin, "granted">;

async function findAll(
  specifiers: readonly string[],
  context: PluginContext,
): Promise<readonly FoundPlugin[]> {
  const { host, settings: { statePath } } = context;
  await using isolation = openIsolation({ host, clock: systemClock, denied: [statePath] });
  const plugins: FoundPlugin[] = [];
  for (const specifier of specifiers) {
    plugins.push(await find(specifier, { context, isolation }));
  }
  return plugins;
}

interface Finding {
  readonly context: PluginContext;
  readonly isolation: Isolation;
}

async function find(specifier: string, { context, isolation }: Finding): Promise<FoundPlugin> {
  const { host, folder } = context;
  try {
    const { text, ...fetched } = await fetchPlugin(specifier, { host, folder });
    const manifest = await described({ text, ...fetched }, { context, isolation });
    return { ...fetched, manifest };
  } catch (error) {
    if (error instanceof InstallError) throw new UsageError(error.message);
    const isTheirs = error instanceof StageError || error instanceof RangeError;
    throw isTheirs ? new UsageError(`Cannot add "${specifier}": ${error.message}`) : error;
  }
}

async function described(
  { specifier, text }: FetchedPlugin,
  { context: { settings }, isolation }: Finding,
): Promise<PluginManifest> {
  const setting = settings.plugins.find(({ use }) => use === specifier);
  const { trusted = false, options } = setting ?? {};
  if (!trusted) {
    const plugin = { code: text, ...(options !== undefined && { options }) };
    return readManifest(await isolation.describe(plugin), specifier);
  }
  const defined = pluginIn(await exportsOf(text));
  return manifestOf(openPlugin(defined, options), { options: defined.options });
}

interface Added {
  readonly plugin: LockedPlugin;
  /** What it asks for that nobody has granted or seen yet. */
  readonly lacks: Permissions;
}

/** What it asked for before was seen then, whether or not it was granted. */
function withGrant(found: FoundPlugin, { settings, locked }: PluginContext): Added {
  const { specifier, manifest: { permissions } } = found;
  const before = locked.find((plugin) => plugin.specifier === specifier);
  const setting = settings.plugins.find(({ use }) => use === specifier);
  const granted = before?.granted ?? {};
  const seen = union(union(setting?.grant ?? {}, granted), before?.manifest.permissions ?? {});
  const lacks = setting?.trusted === true ? {} : missing(permissions, seen);
  return { plugin: { ...found, granted }, lacks };
}

function refuse(lacking: readonly Added[], printer: Printer): ExitCode {
  const { red, bold } = printer.told;
  for (const { plugin: { specifier, granted }, lacks } of lacking) {
    printer.tell(
      `${red("error:")} Cannot add "${specifier}": it asks for more than it is granted`,
    );
    printer.tell(`  asks for   ${bold(permissionsText(lacks))}`);
    printer.tell(`  is granted ${permissionsText(granted)}`);
  }
  const names = lacking.map(({ plugin }) => plugin.specifier).join(" ");
  printer.tell(`Nothing was changed. To grant it: ${bold(`sluice plugin add ${names} --grant`)}`);
  return EXIT.invalid;
}

async function install(
  plugins: readonly LockedPlugin[],
  { host, folder, locked, settings }: PluginContext,
): Promise<void> {
  const all = new Map([...locked, ...plugins].map((plugin) => [plugin.specifier, plugin]));
  await writeLock(folder, [...all.values()], { host });
  // Whoever adds it has seen it, so that the next run need not speak of it.
  const granted = (plugin: LockedPlugin) =>
    settings.plugins.find(({ use }) => use === plugin.specifier)?.grant ?? plugin.granted;
  const seen = plugins.map((plugin) => ({ ...plugin, granted: granted(plugin) }));
  await rememberPlugins(seen, { host, statePath: settings.statePath });
}

function tell({ specifier, manifest, granted }: LockedPlugin, printer: Printer): void {
  const stages = stageNames(manifest).map((name) => `"${name}"`).join(", ") || "no stage kinds";
  printer.tell(`Added ${printer.told.bold(specifier)}: ${manifest.name} with ${stages}`);
  printer.tell(`  may reach ${permissionsText(granted)}`);
}
