/**
 * Where functions are looked for (REFERENCE C-202, C-372).
 *
 * @module
 */
import { absolutePath } from "../../core/plugin/paths.ts";
import type { Value } from "../../core/expr/value.ts";
import { entryOf, isList, isMapping } from "../../core/expr/view.ts";
import { type StageContext, StageError } from "../../core/plugin/stage_kind.ts";
import type { RegistryFolder } from "./load_modules.ts";

/** The setting that names the folders, with commas between them. */
export const REGISTRY_SETTING = "WORKFLOW_CORE_REGISTRY_CALLER";

/** The most folders that are searched. */
export const MAX_REGISTRY_FOLDERS = 50;

const DEFAULT_FOLDERS = ".";

/**
 * The folders in the order in which they are searched: those that
 * `extras.registry_caller` gives, else those of the settings. Extras come with
 * a run, perhaps from far away, so they name only folders within the working
 * directory.
 *
 * @throws {StageError} `ValueError` when the extras are neither text nor a list of texts, or there are too many.
 */
export function registryFolders(
  { lookup, host }: Pick<StageContext, "lookup" | "host">,
): readonly RegistryFolder[] {
  const extras = lookup("extras") ?? null;
  const asked = isMapping(extras) ? entryOf(extras, "registry_caller") : undefined;
  const cwd = host.cwd();
  const folders: readonly RegistryFolder[] = asked === undefined || asked === null
    ? namesIn(host.env()[REGISTRY_SETTING] || DEFAULT_FOLDERS).map((name) => ({
      path: absolutePath(name, cwd),
    }))
    : namesAsked(asked).map((name) => ({ path: absolutePath(name, cwd), within: cwd }));
  if (folders.length <= MAX_REGISTRY_FOLDERS) return folders;
  throw refusal(`Functions are looked for in at most ${MAX_REGISTRY_FOLDERS} registry folders`);
}

function namesAsked(asked: Value): readonly string[] {
  if (typeof asked === "string") return namesIn(asked);
  const names = isList(asked) ? asked.filter((name) => typeof name === "string") : [];
  if (isList(asked) && names.length === asked.length) return names;
  throw refusal('"registry_caller" in the extras must be a folder or a list of folders');
}

function namesIn(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function refusal(message: string): StageError {
  return new StageError(message, { name: "ValueError", retryable: false });
}
