/**
 * Finding the function that a `uses` names (REFERENCE C-200 to C-205).
 *
 * @module
 */
import { type Caller, isCaller } from "../../core/plugin/caller.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { closestName } from "../../core/source/closest_name.ts";
import { type LoadedModule, loadModules, type RegistryFolder } from "./load_modules.ts";

/** What a `uses` says. */
export interface CallName {
  /** The module's path, a name for each folder on the way and its own last. */
  readonly modulePath: readonly string[];
  /** The function's name. */
  readonly name: string;
  /** The function's tag. */
  readonly tag: string;
}

/**
 * Reads `<module>/<function>@<tag>`. Dots in the module stand between folders,
 * as they do where the reference imports it.
 *
 * @throws {StageError} `ValueError` for text of another form.
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseUses } from "./find_caller.ts";
 *
 * const { modulePath, name, tag } = parseUses("etl.tasks/copy-rows@v1");
 * deepEqual([modulePath, name, tag], [["etl", "tasks"], "copy-rows", "v1"]);
 * ```
 */
export function parseUses(uses: string): CallName {
  const [, path = "", name = "", tag = ""] = USES.exec(uses) ?? [];
  const modulePath = path.split(".");
  if (name !== "" && modulePath.every((part) => MODULE_NAME.test(part))) {
    return { modulePath, name, tag };
  }
  const message = `Call '${uses}' does not match with the call regex format.`;
  throw new StageError(message, { name: "ValueError", retryable: false });
}

/**
 * The function of this name and tag.
 *
 * @throws {StageError} `NotImplementedError` when there is none, `ValueError` when there are two.
 */
export async function findCaller(
  call: CallName,
  folders: readonly RegistryFolder[],
): Promise<Caller> {
  const modules: LoadedModule[] = [];
  for (const folder of folders) modules.push(...await loadModules(folder, call.modulePath));
  if (modules.length === 0) throw moduleMissing(call, folders);

  const callers = callersIn(modules);
  const named = callers.filter(({ caller }) => caller.name === call.name);
  const [found, twin] = named.filter(({ caller }) => caller.tag === call.tag);
  if (found === undefined) throw functionMissing(call, { callers, named });
  if (twin === undefined) return found.caller;
  throw new StageError(
    `Two functions are called "${call.name}@${call.tag}", in "${found.file}" and in "${twin.file}"; ` +
      "give one of them another tag",
    { name: "ValueError", retryable: false },
  );
}

const USES = /^([^/@]+)\/([^@]+)@(.+)$/s;
const MODULE_NAME = /^[A-Za-z0-9_][\w-]*$/;

interface FoundCaller {
  readonly caller: Caller;
  readonly file: string;
}

/** A function that one module exports again is found once. */
function callersIn(modules: readonly LoadedModule[]): readonly FoundCaller[] {
  const files = new Map<Caller, string>();
  for (const { file, exports } of modules) {
    for (const caller of exports.filter(isCaller)) {
      if (!files.has(caller)) files.set(caller, file);
    }
  }
  return Array.from(files, ([caller, file]) => ({ caller, file }));
}

function moduleMissing({ modulePath, name }: CallName, folders: readonly RegistryFolder[]): Error {
  const module = modulePath.join(".");
  const searched = folders.map(({ path }) => `"${path}"`).join(", ");
  return notImplemented(
    `\`REGISTERS.${module}.registries\` not implement registry: '${name}'. ` +
      `There is no module "${module}" in ${searched}`,
  );
}

function functionMissing(
  { modulePath, name, tag }: CallName,
  { callers, named }: {
    readonly callers: readonly FoundCaller[];
    readonly named: readonly FoundCaller[];
  },
): Error {
  const registry = `REGISTERS.${modulePath.join(".")}.registries`;
  if (named.length > 0) {
    const tags = named.map(({ caller }) => `"${caller.tag}"`).join(", ");
    return notImplemented(
      `tag: '${tag}' not found on registry func: \`${registry}.${name}\`. Its tags are ${tags}`,
    );
  }
  const guess = closestName(name, callers.map(({ caller }) => caller.name));
  const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
  return notImplemented(`\`${registry}\` not implement registry: '${name}'.${hint}`);
}

function notImplemented(message: string): StageError {
  return new StageError(message, { name: "NotImplementedError", retryable: false });
}
