/**
 * `sluice plugin`
 *
 * @module
 */
import { closestName } from "../core/source/closest_name.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

// Each reads what it needs and no more.
const ADD: string = "./plugin_add.ts";
const LIST: string = "./plugin_list.ts";
const REMOVE: string = "./plugin_remove.ts";
const NEW: string = "./plugin_new.ts";

type Action = (invocation: Invocation, printer: Printer) => Promise<ExitCode>;

const ACTIONS: Readonly<Record<string, () => Promise<Action>>> = {
  add: async () => {
    const { addPlugins }: typeof import("./plugin_add.ts") = await import(ADD);
    return addPlugins;
  },
  list: async () => {
    const { listPlugins }: typeof import("./plugin_list.ts") = await import(LIST);
    return listPlugins;
  },
  remove: async () => {
    const { removePlugins }: typeof import("./plugin_remove.ts") = await import(REMOVE);
    return removePlugins;
  },
  new: async () => {
    const { newPlugin }: typeof import("./plugin_new.ts") = await import(NEW);
    return newPlugin;
  },
};

/** Installs plugins, shows and removes them, or makes a new one. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [action = ""] = invocation.operands;
  const names = Object.keys(ACTIONS);
  const load = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (load !== undefined) return await (await load())(invocation, printer);
  const guess = closestName(action, names);
  const hint = guess ? `did you mean "${guess}"?` : `write ${names.join(", ")}`;
  throw new UsageError(`Cannot "${action}" a plugin: ${hint}`);
}
