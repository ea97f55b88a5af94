/**
 * Making a plugin: a mark by which a module's plugin is found, and a look at
 * its names before anything is installed.
 *
 * @module
 */
import { hasTemplate } from "../expr/template.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";
import { PERMISSION_NAMES, type Permissions, permissionsProblem } from "./permissions.ts";
import type { Plugin } from "./plugin.ts";

/** Marks a plugin. The same in every copy of this module, so that it is known wherever it was made. */
export const PLUGIN: unique symbol = Symbol.for("sluice.plugin");

/** A plugin that a module may export. */
export interface DefinedPlugin extends Plugin {
  /** Tells it from everything else that a module exports. */
  readonly [PLUGIN]: true;
}

/**
 * Defines a plugin. Export it from a module; what the export is called does
 * not matter.
 *
 * @throws {RangeError} for a name that could not be written in a workflow, or that is there twice.
 * @example
 * ```ts
 * import { definePlugin } from "./define_plugin.ts";
 * import { defineStage } from "./stage_kind.ts";
 * import { z } from "zod";
 *
 * export const greeting = definePlugin({
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
 * ```
 */
export function definePlugin(plugin: Plugin): DefinedPlugin {
  const problem = problemOf(plugin);
  if (problem !== undefined) {
    throw new RangeError(`Cannot define plugin "${plugin.name}": ${problem}`);
  }
  return { ...plugin, [PLUGIN]: true };
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
    twiceIn("filter", filters) ?? permissionsProblem(decidable(permissions));
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

/** What a template asks for is known only when its stage begins. */
function decidable(permissions: Permissions): Permissions {
  return Object.fromEntries(
    PERMISSION_NAMES.map((kind) =>
      [kind, (permissions[kind] ?? []).filter((name) => !hasTemplate(name))] as const
    ),
  );
}
