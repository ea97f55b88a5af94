/**
 * Paths as texts: nothing is looked up.
 *
 * @module
 */

/**
 * The path without `.`, `..` and doubled slashes, as the system reads it
 * where no link leads elsewhere. What leads above its start keeps its `..`.
 */
export function normalPath(path: string): string {
  const parts: string[] = [];
  const root = path.startsWith("/") ? "/" : "";
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    const isBack = part === ".." && parts.length > 0 && parts.at(-1) !== "..";
    if (isBack) parts.pop();
    else if (part !== ".." || root === "") parts.push(part);
  }
  return root + parts.join("/") || ".";
}

/** A path that does not depend on where somebody stands. */
export function absolutePath(path: string, cwd: string): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}

/** The way to a path from a folder, both of them absolute and {@linkcode normalPath normal}. */
export function relativePath(path: string, from: string): string {
  const [to, base] = [path.split("/"), from.split("/")];
  const fork = base.findIndex((part, at) => part !== to[at]);
  const shared = fork < 0 ? base.length : fork;
  return [...base.slice(shared).map(() => ".."), ...to.slice(shared)].join("/");
}
