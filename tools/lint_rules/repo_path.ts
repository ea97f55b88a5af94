/**
 * @module
 */
import { fromFileUrl, ROOT } from "../repo.ts";

/** The path of a linted file relative to the repo, so that rules can go by folder. */
export function repoPath(filename: string): string {
  const root = fromFileUrl(ROOT);
  return filename.startsWith(root) ? filename.slice(root.length) : filename;
}
