/**
 * What is installed: stage kinds by name and by the keys that tell them,
 * functions and filters. Kinds are loaded when they are first used, so that a
 * run which needs only `bash` loads only `bash`.
 *
 * @module
 */
import type { FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import { BUILTIN_FILTERS } from "../expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../expr/functions.ts";
import type { Plugin, StageEntry } from "./plugin.ts";
import type { RunnerEntry, RunnerKind } from "./runner.ts";
import type { StageKind } from "./stage_kind.ts";

/** What is installed in one engine. */
export interface Registry {
  /** What expressions may call. */
  readonly functions: FunctionTable;
  /** What values may be piped through. */
  readonly filters: FilterTable;
  /** All stage kinds, loaded or not. */
  readonly stageEntries: readonly StageEntry[];
  /** The kinds that a workflow's text may use: those whose keys all occur in it. */
  kindsIn(text: string): Promise<readonly StageKind[]>;
  /** The kind of this name. Throws a `RangeError` when there is none. */
  kind(name: string): Promise<StageKind>;
  /** The types of `runs-on` there are besides `local`. */
  readonly runnerNames: readonly string[];
  /** The type of `runs-on` of this name. Throws a `RangeError` when there is none. */
  runner(name: string): Promise<RunnerKind>;
}

/** Puts together what is installed. Throws a `RangeError` when two stage kinds claim the same name or the same keys. */
export function createRegistry(
  entries: readonly StageEntry[],
  plugins: readonly Plugin[] = [],
  { runners = [] }: RegistryOptions = {},
): Registry {
  const all = [...entries, ...plugins.flatMap((plugin) => (plugin.stages ?? []).map(entryOf))];
  const stages = new Map<string, StageEntry>();
  for (const entry of all) {
    if (stages.has(entry.name)) {
      throw new RangeError(
        `Cannot install stage kind "${entry.name}": there is one of this name already`,
      );
    }
    const twin = [...stages.values()].find((other) => isToldLike(other, entry));
    if (twin !== undefined) {
      throw new RangeError(
        `Cannot install stage kind "${entry.name}": its keys tell "${twin.name}" already`,
      );
    }
    stages.set(entry.name, loadedOnce(entry));
  }
  const places = runnersOf(runners, plugins);
  const functions = plugins.flatMap((plugin) => plugin.functions ?? []);
  const filters = plugins.flatMap((plugin) => plugin.filters ?? []);
  return {
    functions: new Map([...functions.map((f) => [f.name, f] as const), ...BUILTIN_FUNCTIONS]),
    filters: new Map([...filters.map((f) => [f.name, f] as const), ...BUILTIN_FILTERS]),
    stageEntries: [...stages.values()],
    kindsIn: (text) => {
      const used = [...stages.values()].filter(({ keys }) =>
        keys.every((key) => text.includes(key))
      );
      return Promise.all(used.map((entry) => entry.load()));
    },
    kind: (name) => {
      const entry = stages.get(name);
      if (entry !== undefined) return entry.load();
      throw new RangeError(`Cannot find stage kind "${name}": no installed plugin defines it`);
    },
    runnerNames: [...places.keys()],
    runner: (name) => {
      const entry = places.get(name);
      if (entry !== undefined) return entry.load();
      throw new RangeError(`Cannot run on "${name}": no installed plugin defines it`);
    },
  };
}

/** What is installed besides stage kinds. */
export interface RegistryOptions {
  /** Types of `runs-on` that are loaded when they are first used; those of plugins come to them. @default none */
  readonly runners?: readonly RunnerEntry[];
}

function runnersOf(
  entries: readonly RunnerEntry[],
  plugins: readonly Plugin[],
): ReadonlyMap<string, RunnerEntry> {
  const added = plugins.flatMap((plugin) => plugin.runners ?? []);
  const places = new Map<string, RunnerEntry>();
  for (
    const { name, load } of [
      ...entries,
      ...added.map((kind) => ({ name: kind.name, load: () => Promise.resolve(kind) })),
    ]
  ) {
    if (name === "local" || places.has(name)) {
      throw new RangeError(`Cannot install runner "${name}": there is one of this name already`);
    }
    let loaded: Promise<RunnerKind> | undefined;
    places.set(name, { name, load: () => loaded ??= load() });
  }
  return places;
}

function isToldLike(one: StageEntry, other: StageEntry): boolean {
  const [keys, values] = [new Set(other.keys), Object.entries(other.values ?? {})];
  return keys.size > 0 && one.keys.length === keys.size && one.keys.every((key) => keys.has(key)) &&
    values.length === Object.keys(one.values ?? {}).length &&
    values.every(([key, value]) => one.values?.[key] === value);
}

function entryOf(kind: StageKind): StageEntry {
  const { name, keys, values } = kind;
  return { name, keys, ...(values && { values }), load: () => Promise.resolve(kind) };
}

function loadedOnce(entry: StageEntry): StageEntry {
  let loaded: Promise<StageKind> | undefined;
  return { ...entry, load: () => loaded ??= entry.load() };
}
