/**
 * Modules of a registry folder. Everything that reads the folder or runs what
 * it holds is here, so that it can move into a process of its own.
 *
 * @module
 */
import { readdir, realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { messageOf } from "../../core/source/message_of.ts";

/** A folder whose modules may be called. */
export interface RegistryFolder {
  /** Where it is. */
  readonly path: string;
  /** A folder that it may not lead out of; absent where whoever runs the engine has named it. */
  readonly within?: string;
}

/** A module that was imported. */
export interface LoadedModule {
  /** Its file. */
  readonly file: string;
  /** What it exports. */
  readonly exports: readonly unknown[];
}

/** The most files that one module path may stand for. */
export const MAX_MODULE_FILES = 200;

/**
 * Imports what a module path stands for in a folder: `tasks.ts`, and the files
 * in `tasks/`. None where there is nothing of the name.
 *
 * @throws {StageError} `ValueError` when a link leads out of the folder, `ImportError` when a module does not load.
 */
export async function loadModules(
  folder: RegistryFolder,
  modulePath: readonly string[],
): Promise<readonly LoadedModule[]> {
  const modules: LoadedModule[] = [];
  for (const file of await moduleFiles(folder, modulePath)) {
    modules.push({ file, exports: await exportsOf(file) });
  }
  return modules;
}

/** The files that a module path stands for in a folder. */
export async function moduleFiles(
  folder: RegistryFolder,
  modulePath: readonly string[],
): Promise<readonly string[]> {
  const root = await rootOf(folder);
  return root === undefined ? [] : await filesOf(root, modulePath);
}

async function rootOf({ path, within }: RegistryFolder): Promise<string | undefined> {
  if (within === undefined) return await present(realpath(path));
  return await insideOf(await realpath(within), path);
}

async function filesOf(root: string, modulePath: readonly string[]): Promise<string[]> {
  const path = modulePath.join("/");
  const candidates = EXTENSIONS.map((extension) => path + extension);
  for (const name of await namesIn(root, path)) candidates.push(`${path}/${name}`);
  if (candidates.length > MAX_MODULE_FILES) {
    throw refusal(`Module "${path}" has more than ${MAX_MODULE_FILES} files`);
  }
  const files = await Promise.all(candidates.map((file) => insideOf(root, file)));
  return files.filter((file) => file !== undefined);
}

const EXTENSIONS = [".ts", ".js"];
const NO_MODULE = /^[._]|[._]test\.[jt]s$|\.d\.ts$/;

async function namesIn(root: string, path: string): Promise<string[]> {
  const folder = await insideOf(root, path);
  if (folder === undefined) return [];
  const entries = await present(readdir(folder, { withFileTypes: true })) ?? [];
  return entries
    .filter((entry) => !entry.isDirectory() && !NO_MODULE.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => EXTENSIONS.some((extension) => name.endsWith(extension)))
    .sort();
}

/** The real path of what stands at `path`, if there is anything. Links are followed, but not out of the root. */
async function insideOf(root: string, path: string): Promise<string | undefined> {
  const real = await present(realpath(resolve(root, path)));
  if (real === undefined) return undefined;
  const way = relative(root, real);
  if (!way.startsWith("..") && !isAbsolute(way)) return real;
  throw refusal(`Cannot look for functions in "${path}": it leads out of "${root}"`);
}

async function present<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function exportsOf(file: string): Promise<readonly unknown[]> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
    return Object.values(module);
  } catch (cause) {
    const why = messageOf(cause);
    throw new StageError(`Cannot load the module "${file}": ${why}`, {
      name: "ImportError",
      retryable: false,
      cause,
    });
  }
}

function refusal(message: string): StageError {
  return new StageError(message, { name: "ValueError", retryable: false });
}
