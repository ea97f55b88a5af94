/**
 * What the actions of `sluice plugin` share: the settings and the lock file of
 * a conf folder. The engine is not opened, since it asks for plugins that are
 * installed.
 *
 * @module
 */
import { WorkflowError } from "../core/engine/errors.ts";
import type { Settings } from "../core/engine/settings.ts";
import { loadSettings } from "../core/engine/settings_file.ts";
import type { PluginManifest } from "../core/plugin/isolation.ts";
import { PERMISSION_NAMES, type Permissions } from "../core/plugin/permissions.ts";
import type { Host } from "../core/plugin/ports.ts";
import { pluginFolder } from "../open_plugins.ts";
import { openHost } from "../platform/mod.ts";
import { type LockedPlugin, LockError, readLock } from "../plugins/foreign/lock_file.ts";
import type { Invocation } from "./invocation.ts";

/** A conf folder as its plugins are concerned. */
export interface PluginContext {
  /** The machine. */
  readonly host: Host;
  /** The conf folder. */
  readonly folder: string;
  /** What the settings say. */
  readonly settings: Settings;
  /** What is installed. */
  readonly locked: readonly LockedPlugin[];
}

/** Reads what there is. Throws a {@linkcode WorkflowError} for what cannot be read. */
export async function openPluginContext(invocation: Invocation): Promise<PluginContext> {
  const host = openHost();
  const [conf, state] = [invocation.value("conf"), invocation.value("state")];
  const { settings } = await loadSettings(host, {
    ...(conf !== undefined && { confPath: conf }),
    ...(state !== undefined && { statePath: state }),
  });
  const folder = pluginFolder(settings);
  try {
    return { host, folder, settings, locked: await readLock(folder, host) };
  } catch (error) {
    throw error instanceof LockError ? new WorkflowError(error.message) : error;
  }
}

/** A plugin for programs. */
export function documentOf(
  { specifier, manifest, granted }: Pick<LockedPlugin, "specifier" | "manifest" | "granted">,
  settings: Settings,
): unknown {
  const setting = settings.plugins.find(({ use }) => use === specifier);
  return {
    specifier,
    name: manifest.name,
    stages: stageNames(manifest),
    asks: manifest.permissions,
    granted: setting?.grant ?? granted,
    trusted: setting?.trusted ?? false,
  };
}

/** The stage kinds of a plugin, by name. */
export function stageNames({ stages }: PluginManifest): readonly string[] {
  return stages.map(({ name }) => name);
}

/** Permissions in one line: `net a.com, env TOKEN`. */
export function permissionsText(permissions: Permissions): string {
  const parts = PERMISSION_NAMES.flatMap((permission) =>
    (permissions[permission] ?? []).map((name) => `${permission} ${name}`)
  );
  return parts.length === 0 ? "nothing" : parts.join(", ");
}
