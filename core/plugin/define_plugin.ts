/**
 * Making a plugin: a mark by which a module's plugin is found, and a look at
 * its names before anything is installed.
 *
 * @module
 */
import type { z } from "zod";
import { isForbiddenKey } from "../source/forbidden_key.ts";
import { declaredProblems } from "./permissions.ts";
import type { Plugin } from "./plugin.ts";

/** Marks a plugin. The same in every copy of this module, so that it is known wherever it was made. */
export const PLUGIN: unique symbol = Symbol.for("sluice.plugin");

/** A plugin that a module may export. */
export interface DefinedPlugin extends Plugin {
  /** Tells it from everything else that a module exports. */
  readonly [PLUGIN]: true;
  /** What the settings may say under its `options`. @default it takes none */
  readonly options?: z.ZodType;
  /**
   * The whole plugin, with options that are looked at first. Absent where it
   * takes none, and is whole as it is.
   *
   * @throws {RangeError} for options that do not fit.
   */
  open?(options: unknown): Plugin;
}

/** A plugin that is made for options. */
export interface PluginDefinition<Schema extends z.ZodType> {
  /** For messages about it. */
  readonly name: string;
  /** What its options are. Whoever says nothing says `{}`. */
  readonly options: Schema;
  /** Makes it. Called when it is added, too: what it asks for and which stages it has is what it says then. */
  open(options: z.infer<Schema>): Omit<Plugin, "name">;
}

/**
 * Defines a plugin. Export it from a module; what the export is called does
 * not matter. With `options` it is made for what the settings say.
 *
 * @throws {RangeError} for a name that could not be written in a workflow, or that is there twice.
 * @example
 * ```ts
 * import { definePlugin } from "./define_plugin.ts";
 * import { defineStage } from "./stage_kind.ts";
 * import { z } from "zod";
 *
 * // Export it from the module that is the plugin.
 * const greeting = definePlugin({
 *   name: "greeting",
 *   stages: [
 *     defineStage({
 *       name: "greet",
 *       keys: ["greet"],
 *       summary: "Greets somebody.",
 *       fields: { greet: z.string() },
 *       outputs: z.object({ greeting: z.string() }),
 *       execute: ({ greet }) => Promise.resolve({ greeting: `Hello ${greet}` }),
 *     }),
 *   ],
 * });
 * console.assert(greeting.name === "greeting");
 * ```
 * @example With options
 * ```ts
 * import { definePlugin } from "./define_plugin.ts";
 * import { equal } from "node:assert/strict";
 * import { z } from "zod";
 *
 * const weather = definePlugin({
 *   name: "weather",
 *   options: z.strictObject({ mirror: z.hostname() }),
 *   open: ({ mirror }) => ({ permissions: { net: [mirror] } }),
 * });
 * equal(weather.open?.({ mirror: "example.com" }).permissions?.net?.[0], "example.com");
 * ```
 */
export function definePlugin<Schema extends z.ZodType>(
  plugin: PluginDefinition<Schema>,
): DefinedPlugin;
/** Defines a plugin that takes no options. Throws a `RangeError` for a name that could not be written, or that is there twice. */
export function definePlugin(plugin: Plugin): DefinedPlugin;
export function definePlugin(plugin: Plugin | PluginDefinition<z.ZodType>): DefinedPlugin {
  if (!("open" in plugin)) return { ...checked(plugin), [PLUGIN]: true };
  const { name, options } = plugin;
  checked({ name });
  return {
    ...{ name, options, [PLUGIN]: true },
    open: (given) => checked({ ...plugin.open(readOptions(given, plugin)), name }),
  };
}

function checked(plugin: Plugin): Plugin {
  const problem = problemOf(plugin);
  if (problem === undefined) return plugin;
  throw new RangeError(`Cannot define plugin "${plugin.name}": ${problem}`);
}

function readOptions(given: unknown, { name, options }: PluginDefinition<z.ZodType>): unknown {
  const read = options.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = ["options", ...issue?.path ?? []].join(".");
  throw new RangeError(`Cannot open plugin "${name}": "${place}": ${issue?.message ?? ""}`);
}

/**
 * The whole plugin: made for these options where it takes any.
 *
 * @throws {RangeError} for options that it does not take.
 */
export function openPlugin(plugin: DefinedPlugin, options: unknown): Plugin {
  if (plugin.open !== undefined) return { ...plugin.open(options ?? {}), name: plugin.name };
  if (options === undefined) return plugin;
  throw new RangeError(`Cannot open plugin "${plugin.name}": it takes no options`);
}

/** Whether a value was made by {@linkcode definePlugin}, here or in another copy of it. */
export function isPlugin(value: unknown): value is DefinedPlugin {
  return typeof value === "object" && value !== null && Object.hasOwn(value, PLUGIN);
}

/**
 * The plugin that a module exports.
 *
 * @throws {RangeError} when it exports none, or two.
 */
export function pluginIn(exports: object): DefinedPlugin {
  const [plugin, second] = new Set(Object.values(exports).filter(isPlugin));
  if (plugin === undefined) {
    throw new RangeError("The module exports no plugin: export what definePlugin() returns");
  }
  if (second === undefined) return plugin;
  throw new RangeError(
    `The module exports two plugins, "${plugin.name}" and "${second.name}": give each a module`,
  );
}

const PLUGIN_NAME = /^[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*$/;
const STAGE_NAME = PLUGIN_NAME;
const KEY = /^[A-Za-z][\w-]*$/;
const CALLED = /^[A-Za-z_]\w*$/;
const MAX_NAME_CHARS = 64;

function problemOf({ name, stages = [], functions = [], filters = [], permissions = {} }: Plugin) {
  if (!isNamed(name, PLUGIN_NAME)) return nameProblem(name);
  for (const stage of stages) {
    if (!isNamed(stage.name, STAGE_NAME)) return `stage kind ${nameProblem(stage.name)}`;
    if (stage.keys.length === 0) return `stage kind "${stage.name}" has no key to tell it by`;
    const wrong = stage.keys.find((key) => !isNamed(key, KEY) || !Object.hasOwn(stage.fields, key));
    if (wrong !== undefined) {
      return `stage kind "${stage.name}" has no field for its key "${wrong}"`;
    }
  }
  const called = [...functions, ...filters].find((it) => !isNamed(it.name, CALLED));
  if (called !== undefined) return nameProblem(called.name);
  return twiceIn("stage kind", stages) ?? twiceIn("function", functions) ??
    twiceIn("filter", filters) ?? declaredProblems(permissions);
}

function isNamed(name: string, pattern: RegExp): boolean {
  return name.length <= MAX_NAME_CHARS && pattern.test(name) && !isForbiddenKey(name);
}

function nameProblem(name: string): string {
  return `"${name}" is no name: use letters, digits and hyphens`;
}

function twiceIn(what: string, named: readonly { readonly name: string }[]): string | undefined {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : `it has two of ${what} "${twice}"`;
}
