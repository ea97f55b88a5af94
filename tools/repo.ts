/**
 * Where the tools find the repo and its files.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The repo's root folder, with a slash at its end. */
export const ROOT: URL = new URL("../", import.meta.url);

/** The path of a `file:` URL. */
export function fromFileUrl(url: URL): string {
  return fileURLToPath(url);
}

/** Where the published source is: these folders, and the files beside them. */
const SOURCE_FOLDERS = ["core", "stages", "plugins", "platform", "cli"];

/** Every module that is published, sorted, relative to the root. */
export async function sourceFiles(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(ROOT));
  const files = entries.filter(({ isFile }) => isFile).map(({ name }) => name);
  return await repoFiles([...SOURCE_FOLDERS, ...files], /\.ts$/);
}

/** The files below `starts` (files or folders; absent ones are skipped) that match, sorted, relative to the root. */
export async function repoFiles(starts: readonly string[], pattern: RegExp): Promise<string[]> {
  const found = await Promise.all(starts.map((start) => filesBelow(start)));
  return found.flat().filter((path) => pattern.test(path)).sort();
}

async function filesBelow(path: string): Promise<string[]> {
  const info = await Deno.stat(new URL(path, ROOT)).catch(() => undefined);
  if (info === undefined || !info.isDirectory) return info === undefined ? [] : [path];
  const entries = await Array.fromAsync(Deno.readDir(new URL(path, ROOT)));
  return (await Promise.all(entries.map(({ name }) => filesBelow(`${path}/${name}`)))).flat();
}
