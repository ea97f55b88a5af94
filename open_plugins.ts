/**
 * The plugins that are installed beside the settings: what preset.ts adds to
 * the first-party ones.
 *
 * @module
 */
import { WorkflowError } from "./core/engine/errors.ts";
import type { Settings } from "./core/engine/settings.ts";
import { LOCK_FILE } from "./core/model/plugin_use.ts";
import type { Isolation } from "./core/plugin/isolation.ts";
import type { Host } from "./core/plugin/ports.ts";
import { StageError } from "./core/plugin/stage_kind.ts";
import type { Diagnostic } from "./core/source/diagnostic.ts";
import type { InstalledPlugins } from "./plugins/foreign/installed_plugins.ts";

// Read where there are plugins, which most folders have none of.
const INSTALLED: string = "./plugins/foreign/installed_plugins.ts";
const LOCK: string = "./plugins/foreign/lock_file.ts";

/** What plugins are opened with. */
export interface OpenPluginsOptions {
  /** The machine. */
  readonly host: Host;
  /** What is the same for all runs. */
  readonly settings: Settings;
  /** The keys that tell the engine's own stage kinds. */
  readonly ownKeys: readonly string[];
  /** Runs what is not trusted. */
  readonly isolation: () => Promise<Isolation>;
}

/** The conf folder as plugins and their lock file are found in it. */
export function pluginFolder({ confPath }: Settings): string {
  return confPath.replace(/(?<=.)\/+$/, "");
}

/**
 * Opens the plugins that the lock file of the conf folder lists.
 *
 * @throws {WorkflowError} when it cannot be read, or the settings name a plugin that it does not list.
 */
export async function openPlugins(options: OpenPluginsOptions): Promise<InstalledPlugins> {
  const { host, settings, ownKeys, isolation } = options;
  const folder = pluginFolder(settings);
  const names = await host.listNames(folder);
  const isLocked = names?.includes(LOCK_FILE) ?? false;
  if (!isLocked && settings.plugins.length === 0) return NONE;
  const { openInstalled }: typeof import("./plugins/foreign/installed_plugins.ts") = await import(
    INSTALLED
  );
  try {
    const installed = await openInstalled({
      ...{ host, folder, ownKeys, settings: settings.plugins },
      isolation: settings.isolation === "none" ? undefined : isolation,
    });
    refuseMissing(settings, installed);
    return installed;
  } catch (error) {
    throw await asWorkflowError(error);
  }
}

const NONE: InstalledPlugins = { plugins: [], entries: [], trusted: [] };

function refuseMissing(settings: Settings, { plugins }: InstalledPlugins): void {
  const there = new Set(plugins.map(({ specifier }) => specifier));
  const diagnostics: readonly Diagnostic[] = settings.plugins
    .filter(({ use }) => !there.has(use))
    .map(({ use, place }) => ({
      code: "plugin-unpinned",
      severity: "error",
      message: `Plugin "${use}" is not installed; run "sluice plugin add ${use}"`,
      place,
    }));
  if (diagnostics.length === 0) return;
  throw new WorkflowError("Cannot open the plugins: the settings name one that is not installed", {
    diagnostics,
  });
}

async function asWorkflowError(error: unknown): Promise<unknown> {
  const { LockError }: typeof import("./plugins/foreign/lock_file.ts") = await import(LOCK);
  const isTheirs = error instanceof LockError || error instanceof StageError ||
    error instanceof RangeError;
  return isTheirs ? new WorkflowError(error.message) : error;
}
