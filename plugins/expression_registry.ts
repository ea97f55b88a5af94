/**
 * Filters and functions from the modules that the setting `registryFilter`
 * names (REFERENCE C-357, C-373).
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isFilter, isFunction } from "../core/plugin/expression_part.ts";
import type { Plugin } from "../core/plugin/plugin.ts";
import type { Host } from "../core/plugin/ports.ts";
import { messageOf } from "../core/source/message_of.ts";

/** The most files that one entry may stand for. */
export const MAX_REGISTRY_FILES = 200;

/** What modules are loaded with. */
export interface ExpressionRegistryOptions {
  /** Where files are looked for. */
  readonly host: Pick<Host, "listNames" | "cwd">;
  /** Told of an entry that names nothing. */
  readonly warn: (message: string) => void;
}

/**
 * All that the entries name, as one plugin. An entry is a module (`filters`
 * for `filters.ts`, dots between folders as the reference has it) or a folder
 * with modules.
 *
 * @throws {RangeError} when a module does not load, or two define the same name.
 */
export async function expressionRegistry(
  entries: readonly string[],
  options: ExpressionRegistryOptions,
): Promise<Plugin> {
  const exported = new Set<unknown>();
  for (const entry of entries) {
    for (const file of await filesOf(entry, options)) {
      for (const value of await exportsOf(file)) exported.add(value);
    }
  }
  const found = [...exported];
  return {
    name: "registry_filter",
    filters: withoutTwins(found.filter(isFilter), "filter"),
    functions: withoutTwins(found.filter(isFunction), "function"),
  };
}

const ENDINGS = [".ts", ".js"];
const NO_MODULE = /^[._]|[._]test\.[jt]s$|\.d\.ts$/;
/** The reference's own modules: what they hold is built in. */
const BUILT_IN = /^ddeutil\./;

async function filesOf(
  entry: string,
  { host, warn }: ExpressionRegistryOptions,
): Promise<readonly string[]> {
  if (BUILT_IN.test(entry)) return [];
  for (const path of new Set([entry, dotted(entry)])) {
    const files = await modulesAt(resolve(host.cwd(), path), host);
    if (files === undefined) continue;
    if (files.length <= MAX_REGISTRY_FILES) return files;
    throw new RangeError(`Cannot load "${entry}": it has more than ${MAX_REGISTRY_FILES} modules`);
  }
  warn(`There is no module and no folder "${entry}", which the setting registryFilter names`);
  return [];
}

function dotted(entry: string): string {
  return /^[\w-]+(\.[\w-]+)+$/.test(entry) ? entry.replaceAll(".", "/") : entry;
}

async function modulesAt(
  path: string,
  host: Pick<Host, "listNames">,
): Promise<readonly string[] | undefined> {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  const [folder, name] = [path.slice(0, slash) || "/", path.slice(slash + 1)];
  const beside = await host.listNames(folder) ?? [];
  const file = [name, ...ENDINGS.map((ending) => name + ending)].find((candidate) =>
    beside.includes(candidate) && ENDINGS.some((ending) => candidate.endsWith(ending))
  );
  if (file !== undefined) return [`${folder}/${file}`];
  if (!beside.includes(name)) return undefined;
  const within = await host.listNames(path) ?? [];
  return within.filter((name) => ENDINGS.some((ending) => name.endsWith(ending)))
    .filter((name) => !NO_MODULE.test(name))
    .map((name) => `${path}/${name}`);
}

async function exportsOf(file: string): Promise<readonly unknown[]> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
    return Object.values(module);
  } catch (cause) {
    const why = messageOf(cause);
    throw new RangeError(`Cannot load the module "${file}": ${why}`, { cause });
  }
}

function withoutTwins<Part extends { readonly name: string }>(
  parts: readonly Part[],
  what: string,
): readonly Part[] {
  const names = new Set<string>();
  for (const { name } of parts) {
    if (names.has(name)) {
      throw new RangeError(`Cannot install ${what} "${name}": there are two of this name`);
    }
    names.add(name);
  }
  return parts;
}
