/**
 * What plugins were when they were last used or added here. Code and lock file
 * that somebody changed together fit one another; that they are not what they
 * were can only be told by who remembers.
 *
 * @module
 */
import { z } from "zod";
import { isNothing, missing, PERMISSION_NAMES } from "../../core/plugin/permissions.ts";
import { type Host, HostError } from "../../core/plugin/ports.ts";
import type { LockedPlugin } from "./lock_file.ts";
import { permissionsSchema } from "./manifest.ts";

/** What is remembered of a plugin. */
export type KnownPlugin = Pick<LockedPlugin, "specifier" | "code" | "granted">;

/** Where plugins are remembered. */
export interface KnownPluginsOptions {
  /** The machine. */
  readonly host: Pick<Host, "readText" | "writeText">;
  /** The folder with the engine's state, out of reach for all that is isolated. */
  readonly statePath: string;
}

/**
 * Remembers these plugins, and says of which it knew something else, each a
 * sentence. One that it did not know is not spoken of.
 */
export async function rememberPlugins(
  plugins: readonly KnownPlugin[],
  options: KnownPluginsOptions,
): Promise<readonly string[]> {
  const known = await readKnown(options);
  const changed = plugins.filter((plugin) =>
    factsOf(plugin) !== factsOf(known.get(plugin.specifier))
  );
  if (changed.length === 0) return [];
  const notices = changed.flatMap((plugin) => noticeOf(plugin, known.get(plugin.specifier)) ?? []);
  for (const plugin of changed) known.set(plugin.specifier, plugin);
  const kept = [...known.values()].slice(-MAX_KNOWN).map(({ specifier, code, granted }) =>
    [specifier, { code, granted }] as const
  );
  const text = `${JSON.stringify({ version: VERSION, plugins: Object.fromEntries(kept) })}\n`;
  await options.host.writeText(fileIn(options), text);
  return notices;
}

const VERSION = 1;
const MAX_KNOWN = 1_000;

function fileIn({ statePath }: KnownPluginsOptions): string {
  return `${statePath}/plugins.json`;
}

const KNOWN = z.object({
  version: z.literal(VERSION),
  plugins: z.record(z.string(), z.object({ code: z.string(), granted: permissionsSchema() })),
});

/** What cannot be read is nothing: then all of it is new, and remembered again. */
async function readKnown(options: KnownPluginsOptions): Promise<Map<string, KnownPlugin>> {
  const text = await options.host.readText(fileIn(options)).catch((error: unknown) => {
    if (error instanceof HostError && error.code === "ENOENT") return "";
    throw error;
  });
  const read = KNOWN.safeParse(jsonIn(text));
  const entries = Object.entries(read.data?.plugins ?? {});
  return new Map(entries.map(([specifier, plugin]) => [specifier, { specifier, ...plugin }]));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // There was none, or it is damaged.
  }
}

function factsOf(plugin: KnownPlugin | undefined): string {
  if (plugin === undefined) return "";
  const { code, granted } = plugin;
  return JSON.stringify([
    code,
    ...PERMISSION_NAMES.map((name) => (granted[name] ?? []).toSorted()),
  ]);
}

function noticeOf(plugin: KnownPlugin, before: KnownPlugin | undefined): string | undefined {
  if (before === undefined) return undefined;
  const { specifier, code, granted } = plugin;
  const more = missing(granted, before.granted);
  const changes = [
    ...code === before.code ? [] : [`its code is ${code}, and was ${before.code}`],
    ...isNothing(more) ? [] : [`it may reach what it could not: ${namesOf(more)}`],
  ];
  if (changes.length === 0) return undefined; // It may do less, which nobody need be told.
  return `Plugin "${specifier}" has changed since it was last used here, though nobody added it again: ${
    changes.join("; ")
  }`;
}

function namesOf(granted: KnownPlugin["granted"]): string {
  return PERMISSION_NAMES.flatMap((permission) =>
    (granted[permission] ?? []).map((name) => `${permission} ${name}`)
  ).join(", ");
}
