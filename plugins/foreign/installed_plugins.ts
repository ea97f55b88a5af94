/**
 * The plugins that the lock file lists, as the engine sees them: what they add
 * to the language at once, their code when it is first needed.
 *
 * @module
 */
import { z } from "zod";
import { hasTemplate } from "../../core/expr/template.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { LOCK_FILE } from "../../core/model/plugin_use.ts";
import { commonKeys } from "../../core/model/stage_schema.ts";
import { isWrittenMapping } from "../../core/model/written.ts";
import { openPlugin, pluginIn } from "../../core/plugin/define_plugin.ts";
import type { Isolation, StageManifest } from "../../core/plugin/isolation.ts";
import { openOnce } from "../../core/plugin/open_once.ts";
import { FLAG_NAMES, type Permissions } from "../../core/plugin/permissions.ts";
import type { Plugin, StageEntry } from "../../core/plugin/plugin.ts";
import type { Host } from "../../core/plugin/ports.ts";
import { type LeafStageKind, StageError, type StageKind } from "../../core/plugin/stage_kind.ts";
import { exportsOf, refusal, verifiedCode } from "./code_files.ts";
import { hasOwnLimits, isolatedStage } from "./isolated_stage.ts";
import { formatLock, type LockedPlugin, LockError, readLock } from "./lock_file.ts";
import { pluginUseStage } from "./plugin_use_stage.ts";
import { readSchema } from "./safe_schema.ts";

/** What the settings say of a plugin. */
export interface PluginTrust {
  /** Where it comes from. */
  readonly use: string;
  /** Whether it runs in the engine's own process. */
  readonly trusted: boolean;
  /** What it is granted; where nothing is said, what it was granted when it was installed. */
  readonly grant?: Permissions | undefined;
  /** What it is opened with. @default nothing */
  readonly options?: Value | undefined;
}

/** What installed plugins are opened with. */
export interface InstalledOptions {
  /** The machine. */
  readonly host: Host;
  /** The conf folder, with the lock file: paths of modules start there. */
  readonly folder: string;
  /** What the settings say. */
  readonly settings: readonly PluginTrust[];
  /** The keys that tell the engine's own stage kinds; no plugin that is isolated may have one. */
  readonly ownKeys: readonly string[];
  /** Runs what is not trusted; absent where settings say that nothing is isolated. */
  readonly isolation?: (() => Promise<Isolation>) | undefined;
}

/** A plugin and how it runs. */
export interface InstalledPlugin extends LockedPlugin {
  /** Whether it runs in the engine's own process. */
  readonly trusted: boolean;
  /** Makes sure that it still is what was installed when the engine was opened. */
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
  const taken = new Set([...options.ownKeys, ...commonKeys()]);
  for (const plugin of opened) {
    if (plugin.trusted) {
      const loaded = await plugin.load();
      trusted.push(loaded);
      entries.push(...useEntries(plugin, loaded.stages ?? []));
    } else {
      claimKeys(plugin, taken);
      entries.push(...isolatedEntries(plugin, options));
    }
  }
  return { plugins: opened, entries, trusted };
}

interface OpenedPlugin extends InstalledPlugin {
  /** Its code, as it was when it was first needed and had been looked at. */
  text(): Promise<string>;
  /** What it is opened with. */
  readonly options: Value | undefined;
  /** The plugin itself, in this process. */
  load(): Promise<Plugin>;
}

function open(
  plugin: LockedPlugin,
  trust: PluginTrust | undefined,
  { host, folder, isolation }: InstalledOptions,
): OpenedPlugin {
  const text = openOnce(() => verifiedCode(plugin, { host, folder }));
  assertOptions(plugin, trust?.options);
  return {
    ...plugin,
    ...{ text, options: trust?.options },
    granted: trust?.grant ?? plugin.granted,
    trusted: trust?.trusted === true || isolation === undefined,
    // Looked at for each run, though what runs is what was there at first.
    verify: async () => {
      await verifiedCode(plugin, { host, folder });
      await assertLocked(plugin, { host, folder });
    },
    load: openOnce(async () => {
      const loaded = openPlugin(pluginIn(await exportsOf(await text())), trust?.options);
      return { ...loaded, stages: (loaded.stages ?? []).map((kind) => trustedStage(kind, loaded)) };
    }),
  };
}

/** Whoever can write the lock file could say that something else was installed. */
async function assertLocked(
  plugin: LockedPlugin,
  { host, folder }: Pick<InstalledOptions, "host" | "folder">,
): Promise<void> {
  const listed = await readLock(folder, host).catch((error: unknown) => {
    throw error instanceof LockError ? refusal(plugin.specifier, error.message) : error;
  });
  const now = listed.find(({ specifier }) => specifier === plugin.specifier);
  if (now !== undefined && formatLock([now]) === formatLock([plugin])) return;
  throw refusal(
    plugin.specifier,
    `${LOCK_FILE} has changed since the engine was opened; look at the change, and start the engine again`,
  );
}

function assertOptions({ specifier, manifest }: LockedPlugin, options: Value | undefined): void {
  if (manifest.options === undefined) {
    if (options !== undefined) throw refusal(specifier, "it takes no options");
    return;
  }
  const read = readSchema(manifest.options).safeParse(options ?? {});
  if (read.success) return;
  const [issue] = read.error.issues;
  const place = ["options", ...issue?.path ?? []].join(".");
  throw refusal(specifier, `the settings have wrong options at "${place}": ${issue?.message}`);
}

/**
 * The kind with the most keys wins, so that one with the keys `bash` and `name`
 * would be handed every script there is. Nobody who is not trusted may have a
 * key that tells something else, or a field that means something in every stage.
 */
function claimKeys(
  { specifier, manifest: { stages } }: LockedPlugin,
  taken: Set<string>,
): void {
  const common = new Set(commonKeys());
  for (const { name, keys, fields } of stages) {
    const key = keys.find((key) => taken.has(key)) ??
      namesIn(fields).find((field) => common.has(field));
    if (key === undefined) continue;
    throw refusal(specifier, `its stage kind "${name}" takes the key "${key}", which is taken`);
  }
  for (const { keys } of stages) for (const key of keys) taken.add(key);
}

function namesIn({ properties = null }: StageManifest["fields"]): readonly string[] {
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function isolatedEntries(plugin: OpenedPlugin, options: InstalledOptions): readonly StageEntry[] {
  const { manifest: { permissions: asked, stages }, granted, specifier } = plugin;
  const { host } = options;
  const running = {
    ...{ asked, granted, specifier, code: plugin.text, options: plugin.options },
    env: () => host.env(),
    isolation: () => openIsolation(options),
  };
  const kindOf = (stage: StageManifest) => isolatedStage(stage, running);
  const own = stages.map((stage) => ({
    ...{ name: stage.name, keys: stage.keys },
    load: () => Promise.resolve(kindOf(stage)),
  }));
  const uses = usesOf(specifier, stages).map(([uses, stage]) =>
    useEntry(uses, {
      kind: () => kindOf(stage),
      beside: hasOwnLimits(stage) ? [] : ["limits"],
    })
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
  return usesOf(specifier, leaves).map(([uses, kind]) => useEntry(uses, { kind: () => kind }));
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

function useEntry(
  uses: string,
  { kind, beside = [] }: {
    readonly kind: () => LeafStageKind;
    readonly beside?: readonly string[];
  },
): StageEntry {
  return {
    ...{ name: uses, keys: ["uses"], values: { uses } },
    load: () => Promise.resolve(pluginUseStage(kind(), { uses, beside })),
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
    secretNames: permissions.secrets ?? [],
    needs: (input, facts) => [
      ...kind.needs?.(input, facts) ?? [],
      ...FLAG_NAMES.flatMap((permission) =>
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
