/**
 * The lock file: which plugins are installed, what each module of theirs was,
 * what they said of themselves, and what they were granted. It stands beside
 * the settings and belongs under version control.
 *
 * @module
 */
import { z } from "zod";
import { isSpecifier, LOCK_FILE } from "../../core/model/plugin_use.ts";
import type { PluginManifest } from "../../core/plugin/isolation.ts";
import type { Permissions } from "../../core/plugin/permissions.ts";
import { type Host, HostError } from "../../core/plugin/ports.ts";
import { permissionsSchema, PLUGIN_MANIFEST } from "./manifest.ts";

/** An installed plugin. */
export interface LockedPlugin {
  /** What was asked for. */
  readonly specifier: string;
  /** What that was found to be: a path from the conf folder on, or a URL. */
  readonly resolved: string;
  /** The digest of each module of its graph, by the same kind of name. */
  readonly modules: Readonly<Record<string, string>>;
  /** The packages that it uses, with their versions. Their code is part of `code`. */
  readonly packages: readonly string[];
  /** The digest of all of it in one file, which is what runs. */
  readonly code: string;
  /** What it said of itself. */
  readonly manifest: PluginManifest;
  /** What it was granted when it was installed. The settings, where they say something, go before it. */
  readonly granted: Permissions;
}

/** Why a lock file cannot be used. */
export class LockError extends Error {
  /** The error's class as users see it. */
  override readonly name = "LockError";
}

/** The installed plugins of a conf folder; none where there is no lock file. Throws a {@linkcode LockError}. */
export async function readLock(
  folder: string,
  host: Pick<Host, "readText">,
): Promise<readonly LockedPlugin[]> {
  const file = `${folder}/${LOCK_FILE}`;
  try {
    return parseLock(await host.readText(file));
  } catch (error) {
    if (error instanceof HostError && ABSENT.has(error.code)) return [];
    throw error;
  }
}

/** Writes the lock file, in an order that makes for small differences. */
export async function writeLock(
  folder: string,
  plugins: readonly LockedPlugin[],
  { host }: { readonly host: Pick<Host, "writeText"> },
): Promise<void> {
  await host.writeText(`${folder}/${LOCK_FILE}`, formatLock(plugins));
}

/** The installed plugins that a text lists. Throws a {@linkcode LockError}. */
export function parseLock(text: string): readonly LockedPlugin[] {
  const read = LOCK.safeParse(jsonIn(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new LockError(
      `Cannot read ${LOCK_FILE}: it does not fit at "${where}": ${
        issue?.message ?? "it is damaged"
      }; ` +
        'remove it and run "sluice plugin add" for each plugin',
    );
  }
  return Object.entries(read.data.plugins).map(([specifier, plugin]) => ({ specifier, ...plugin }));
}

/** The text that lists installed plugins. */
export function formatLock(plugins: readonly LockedPlugin[]): string {
  const sorted = plugins.toSorted((one, other) => one.specifier < other.specifier ? -1 : 1);
  const entries = sorted.map(({ specifier, ...plugin }) => [specifier, plugin] as const);
  return `${JSON.stringify({ version: VERSION, plugins: Object.fromEntries(entries) }, null, 2)}\n`;
}

const VERSION = 1;
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);
const MAX_LOCKED = 1_000;
const MAX_MODULES = 10_000;

const DIGEST = z.string().regex(/^sha256-[0-9a-f]{64}$/);

const LOCK = z.strictObject({
  version: z.literal(VERSION),
  plugins: z.record(
    z.string().refine(isSpecifier),
    z.strictObject({
      resolved: z.string(),
      modules: z.record(z.string(), DIGEST).refine(holdsAtMost(MAX_MODULES)),
      packages: z.array(z.string()).max(MAX_MODULES),
      code: DIGEST,
      manifest: PLUGIN_MANIFEST,
      granted: permissionsSchema(),
    }),
  ).refine(holdsAtMost(MAX_LOCKED)),
});

function holdsAtMost(count: number): (mapping: object) => boolean {
  return (mapping) => Object.keys(mapping).length <= count;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LockError(`Cannot read ${LOCK_FILE}: it is no JSON`, { cause: error });
  }
}
