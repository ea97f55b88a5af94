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
import { isOwnTrigger } from "../model/triggers.ts";
import type { KindEntry } from "./configured_kind.ts";
import { openOnce } from "./open_once.ts";
import type { Plugin, StageEntry } from "./plugin.ts";
import type { RunnerEntry, RunnerKind } from "./runner.ts";
import type { StageKind } from "./stage_kind.ts";
import type { TriggerKind } from "./trigger.ts";

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
  /** The names of the triggers that may stand under `on` besides schedules, releases and `manual`. */
  readonly triggerNames: readonly string[];
  /** The triggers that a workflow's text may use: those whose names occur in it. */
  triggersIn(text: string): Promise<readonly TriggerKind[]>;
  /** The trigger of this name; `undefined` when no installed plugin defines it. */
  trigger(name: string): Promise<TriggerKind | undefined>;
}

/** Puts together what is installed. Throws a `RangeError` when two stage kinds claim the same name or the same keys. */
export function createRegistry(
  entries: readonly StageEntry[],
  plugins: readonly Plugin[] = [],
  { runners = [], triggers = [] }: RegistryOptions = {},
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
  const starters = triggersOf(triggers, plugins);
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
    triggerNames: [...starters.keys()],
    triggersIn: (text) => {
      const used = [...starters.values()].filter(({ name }) => text.includes(name));
      return Promise.all(used.map((entry) => entry.load()));
    },
    trigger: async (name) => await starters.get(name)?.load(),
  };
}

/** What is installed besides stage kinds. */
export interface RegistryOptions {
  /** Types of `runs-on` that are loaded when they are first used; those of plugins come to them. @default none */
  readonly runners?: readonly RunnerEntry[];
  /** Triggers that are loaded when a workflow first uses them; those of plugins come to them. @default none */
  readonly triggers?: readonly KindEntry<TriggerKind>[];
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
    places.set(name, { name, load: openOnce(load) });
  }
  return places;
}

function triggersOf(
  entries: readonly KindEntry<TriggerKind>[],
  plugins: readonly Plugin[],
): ReadonlyMap<string, KindEntry<TriggerKind>> {
  const added = plugins.flatMap((plugin) => plugin.triggers ?? []);
  const starters = new Map<string, KindEntry<TriggerKind>>();
  for (
    const { name, load } of [
      ...entries,
      ...added.map((kind) => ({ name: kind.name, load: () => Promise.resolve(kind) })),
    ]
  ) {
    if (!TRIGGER_NAME.test(name)) {
      throw new RangeError(
        `Cannot install trigger "${name}": write its name in small letters, digits and "_"`,
      );
    }
    if (isOwnTrigger(name) || starters.has(name)) {
      throw new RangeError(`Cannot install trigger "${name}": there is one of this name already`);
    }
    starters.set(name, { name, load: openOnce(load) });
  }
  return starters;
}

// It is a part of the ids of runs.
const TRIGGER_NAME = /^[a-z][a-z0-9_]{0,31}$/;

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
  return { ...entry, load: openOnce(() => entry.load()) };
}
