/**
 * The plugins that the lock file lists, as the engine sees them: what they add
 * to the language at once, their code when it is first needed.
 *
 * @module
 */
import { z } from "zod";
import { hasTemplate } from "../../core/expr/template.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { isWrittenMapping } from "../../core/model/written.ts";
import { pluginIn } from "../../core/plugin/define_plugin.ts";
import type { Isolation, StageManifest } from "../../core/plugin/isolation.ts";
import { PERMISSION_NAMES, type Permissions } from "../../core/plugin/permissions.ts";
import type { Plugin, StageEntry } from "../../core/plugin/plugin.ts";
import type { Host } from "../../core/plugin/ports.ts";
import { type LeafStageKind, StageError, type StageKind } from "../../core/plugin/stage_kind.ts";
import { codeUrl, verifyCode } from "./code_files.ts";
import { isolatedStage } from "./isolated_stage.ts";
import { type LockedPlugin, readLock } from "./lock_file.ts";
import { pluginUseStage } from "./plugin_use_stage.ts";

/** What the settings say of a plugin. */
export interface PluginTrust {
  /** Where it comes from. */
  readonly use: string;
  /** Whether it runs in the engine's own process. */
  readonly trusted: boolean;
  /** What it is granted; where nothing is said, what it was granted when it was installed. */
  readonly grant?: Permissions | undefined;
}

/** What installed plugins are opened with. */
export interface InstalledOptions {
  /** The machine. */
  readonly host: Host;
  /** The conf folder, with the lock file: paths of modules start there. */
  readonly folder: string;
  /** What the settings say. */
  readonly settings: readonly PluginTrust[];
  /** Runs what is not trusted; absent where settings say that nothing is isolated. */
  readonly isolation?: (() => Promise<Isolation>) | undefined;
}

/** A plugin and how it runs. */
export interface InstalledPlugin extends LockedPlugin {
  /** Whether it runs in the engine's own process. */
  readonly trusted: boolean;
  /** Whether it runs there untrusted, since the settings isolate nothing. */
  readonly exposed: boolean;
  /** Makes sure that it is what was installed. */
  verify(): Promise<void>;
}

/** The plugins of a conf folder. */
export interface InstalledPlugins {
  /** All of them. */
  readonly plugins: readonly InstalledPlugin[];
  /** Their stage kinds, loaded when they are first used. */
  readonly entries: readonly StageEntry[];
  /** Those that run in the engine's own process, loaded. */
  readonly trusted: readonly Plugin[];
}

/**
 * Opens the plugins of a conf folder.
 *
 * @throws {LockError} when the lock file cannot be read.
 * @throws {StageError} when a trusted plugin is not what was installed.
 */
export async function openInstalled(options: InstalledOptions): Promise<InstalledPlugins> {
  const { host, folder, settings } = options;
  const trusts = new Map(settings.map((trust) => [trust.use, trust]));
  const locked = await readLock(folder, host);
  const opened = locked.map((plugin) => open(plugin, trusts.get(plugin.specifier), options));
  const trusted: Plugin[] = [];
  const entries: StageEntry[] = [];
  for (const plugin of opened) {
    if (plugin.trusted) {
      const loaded = await plugin.load();
      trusted.push(loaded);
      entries.push(...useEntries(plugin, loaded.stages ?? []));
    } else entries.push(...isolatedEntries(plugin, options));
  }
  return { plugins: opened, entries, trusted };
}

interface OpenedPlugin extends InstalledPlugin {
  /** The plugin itself, in this process. */
  load(): Promise<Plugin>;
}

function open(
  plugin: LockedPlugin,
  trust: PluginTrust | undefined,
  { host, folder, isolation }: InstalledOptions,
): OpenedPlugin {
  const url = codeUrl(plugin, { folder, cwd: host.cwd() });
  const verify = once(() => verifyCode(plugin, { host, folder }));
  return {
    ...plugin,
    granted: trust?.grant ?? plugin.granted,
    trusted: trust?.trusted === true || isolation === undefined,
    exposed: trust?.trusted !== true && isolation === undefined,
    verify,
    load: once(async () => {
      await verify();
      const exports: object = await import(url);
      const loaded = pluginIn(exports);
      return { ...loaded, stages: (loaded.stages ?? []).map((kind) => trustedStage(kind, loaded)) };
    }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

function isolatedEntries(plugin: OpenedPlugin, options: InstalledOptions): readonly StageEntry[] {
  const { manifest: { permissions: asked, stages }, granted, specifier } = plugin;
  const { host, folder } = options;
  const running = {
    ...{ asked, granted },
    verifiedUrl: async () => {
      await plugin.verify();
      return codeUrl(plugin, { folder, cwd: host.cwd() });
    },
    env: () => host.env(),
    isolation: () => openIsolation(options),
  };
  const kindOf = (stage: StageManifest) => isolatedStage(stage, running);
  const own = stages.map((stage) => ({
    ...{ name: stage.name, keys: stage.keys },
    load: () => Promise.resolve(kindOf(stage)),
  }));
  const uses = usesOf(specifier, stages).map(([uses, stage]) =>
    useEntry(uses, () => kindOf(stage))
  );
  return [...own, ...uses];
}

function openIsolation({ isolation }: InstalledOptions): Promise<Isolation> {
  if (isolation !== undefined) return isolation();
  throw new Error("Internal error: a plugin without isolation runs in this process");
}

function useEntries(
  { specifier }: LockedPlugin,
  stages: readonly StageKind[],
): readonly StageEntry[] {
  const leaves = stages.filter((kind) => !kind.composite);
  return usesOf(specifier, leaves).map(([uses, kind]) => useEntry(uses, () => kind));
}

/** `./greet.ts#greet`, and where there is but one also `./greet.ts`. */
function usesOf<Stage extends { readonly name: string }>(
  specifier: string,
  stages: readonly Stage[],
): readonly (readonly [string, Stage])[] {
  const named = stages.map((stage) => [`${specifier}#${stage.name}`, stage] as const);
  const [only, second] = stages;
  return only !== undefined && second === undefined ? [...named, [specifier, only]] : named;
}

function useEntry(uses: string, kind: () => LeafStageKind): StageEntry {
  return {
    ...{ name: uses, keys: ["uses"], values: { uses } },
    load: () => Promise.resolve(pluginUseStage(kind(), uses)),
  };
}

/**
 * A stage kind that runs here: what its plugin asks for the engine must be
 * allowed. A plugin brings its own copy of {@linkcode StageError}; what it
 * says is taken over.
 */
function trustedStage(kind: StageKind, { name, permissions = {} }: Plugin): StageKind {
  if (kind.composite) return kind;
  return {
    ...kind,
    needs: (input, facts) => [
      ...kind.needs?.(input, facts) ?? [],
      ...PERMISSION_NAMES.flatMap((permission) =>
        (permissions[permission] ?? []).map((asked) => ({
          permission,
          ...(!hasTemplate(asked) && { name: asked }),
          reason: `plugin "${name}" asks for it`,
        }))
      ),
    ],
    execute: (input, context) =>
      kind.execute(input, context).catch((error: unknown) => {
        throw ownError(error);
      }),
  };
}

function ownError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StageError) return error;
  const found = FOREIGN_ERROR.safeParse({ ...error });
  if (!found.success) return error;
  const { name, message } = error;
  return new StageError(message, { name, ...found.data, cause: error });
}

const FOREIGN_ERROR = z.object({
  retryable: z.boolean(),
  outcome: z.enum(["failed", "cancelled", "skipped"]),
  details: z.custom<ValueObject>(isWrittenMapping),
  outputs: z.custom<ValueObject>(isWrittenMapping),
});
