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
}

/** Puts together what is installed. Throws a `RangeError` when two stage kinds claim the same name. */
export function createRegistry(
  entries: readonly StageEntry[],
  plugins: readonly Plugin[] = [],
): Registry {
  const all = [...entries, ...plugins.flatMap((plugin) => (plugin.stages ?? []).map(entryOf))];
  const stages = new Map<string, StageEntry>();
  for (const entry of all) {
    if (stages.has(entry.name)) {
      throw new RangeError(
        `Cannot install stage kind "${entry.name}": there is one of this name already`,
      );
    }
    stages.set(entry.name, loadedOnce(entry));
  }
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
  };
}

function entryOf(kind: StageKind): StageEntry {
  return { name: kind.name, keys: kind.keys, load: () => Promise.resolve(kind) };
}

function loadedOnce(entry: StageEntry): StageEntry {
  let loaded: Promise<StageKind> | undefined;
  return { ...entry, load: () => loaded ??= entry.load() };
}
