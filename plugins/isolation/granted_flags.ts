/**
 * The flags that give a child exactly what was granted, and what it must not
 * reach all the same.
 *
 * The runtime compares paths as they are written and follows links without
 * another look. So a link below a granted folder that leads out of it is denied
 * by name; isolated code cannot make new ones. A name holds only while what it
 * names stays where it is: what has links or the engine's files somewhere in it
 * cannot be written, so that it cannot be renamed.
 *
 * @module
 */
import { absolutePath, normalPath } from "../../core/plugin/paths.ts";
import { flagsOf, type Permissions, permissionsProblem } from "../../core/plugin/permissions.ts";
import { type Host, HostError, type Link } from "../../core/plugin/ports.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { messageOf } from "../../core/source/message_of.ts";

/** How many files and folders a granted folder may have in all. */
export const MAX_GRANTED_ENTRIES = 100_000;

/** How many links may lead out of what is granted. */
export const MAX_DENIED_LINKS = 500;

/** Where flags are worked out. */
export interface GrantFacts {
  /** The machine. */
  readonly host: Pick<Host, "cwd" | "realPath" | "listLinks">;
  /** Files and folders that nobody is granted: the engine's own. */
  readonly denied: readonly string[];
  /** Files and folders that nobody may write: what says which code runs. @default none */
  readonly kept?: readonly string[];
}

/** What is needed to look at paths. */
type PathFacts = Required<Pick<GrantFacts, "host" | "denied" | "kept">>;

/**
 * The flags for a child with these permissions.
 *
 * @throws {StageError} for what cannot be granted.
 */
export async function grantedFlags(
  permissions: Permissions,
  { host, denied, kept = [] }: GrantFacts,
): Promise<readonly string[]> {
  const problem = permissionsProblem(permissions);
  if (problem !== undefined) throw notGranted(problem);
  const absolute = absolutePaths(permissions, host.cwd());
  const facts = {
    ...{ host, denied: await realPaths(denied, host), kept: await realPaths(kept, host) },
  };
  const { read = [], write = [] } = absolute;
  await assertStateStays(write, facts);
  const [unread, fixed] = [await linksOut(read, facts), await fixedIn(write, facts)];
  return [
    ...flagsOf(absolute),
    ...deniedFlags("read", { granted: read, names: [...facts.denied, ...unread] }),
    ...deniedFlags("write", { granted: write, names: [...facts.denied, ...fixed] }),
  ];
}

function absolutePaths(permissions: Permissions, cwd: string): Permissions {
  const { read = [], write = [] } = permissions;
  const absolute = (path: string) => normalPath(absolutePath(path, cwd));
  return { ...permissions, read: read.map(absolute), write: write.map(absolute) };
}

/** Both as written and as the system knows them. */
async function realPaths(
  paths: readonly string[],
  host: GrantFacts["host"],
): Promise<readonly string[]> {
  const real = await Promise.all(
    paths.map(async (path) => {
      const absolute = normalPath(absolutePath(path, host.cwd()));
      return [absolute, await host.realPath(absolute) ?? absolute];
    }),
  );
  return [...new Set(real.flat())];
}

/**
 * A folder between a grant and the engine's state could be renamed, and the
 * state with it; what stands in the granted folder itself cannot, since it is
 * denied by name.
 */
async function assertStateStays(
  granted: readonly string[],
  { host, denied }: PathFacts,
): Promise<void> {
  for (const folder of await realPaths(granted, host)) {
    const deep = denied.find((path) =>
      isWithin(path, folder) && relative(path, folder).includes("/")
    );
    if (deep === undefined) continue;
    throw notGranted(
      `"write" has "${folder}", and the engine keeps "${deep}" deep in it: grant the folders beside that`,
    );
  }
}

function deniedFlags(
  permission: "read" | "write",
  { granted, names }: { readonly granted: readonly string[]; readonly names: readonly string[] },
): readonly string[] {
  if (granted.length === 0 || names.length === 0) return [];
  const unsayable = names.find(isUnsayable);
  if (unsayable !== undefined) {
    throw notGranted(
      `"${permission}" has a folder that holds "${unsayable}", which must be denied and whose name has a comma or a control character`,
    );
  }
  return [`--deny-${permission}=${[...new Set(names)].sort().join(",")}`];
}

/**
 * What cannot be written in folders that can: each file or folder of a granted
 * one that is a link, has links in it, or has something in it that must be
 * kept. A link that leads to where it may would lead elsewhere once it or a
 * folder around it was moved.
 */
async function fixedIn(granted: readonly string[], facts: PathFacts): Promise<readonly string[]> {
  const { host, denied, kept } = facts;
  const fixed = new Set<string>();
  const folders = await Promise.all(granted.map((folder) => realPaths([folder], host)));
  for (const roots of folders) {
    const [folder = ""] = roots;
    const links = (await linksBelow(folder, host)).map(({ path }) => normalPath(path));
    const held = [...links, ...kept];
    for (const root of roots) {
      for (const path of held) if (isWithin(path, root)) fixed.add(topBelow(root, path));
      for (const path of kept) if (isWithin(root, path)) fixed.add(root);
      const inside = [...held, ...denied].find((path) => isWithin(path, root));
      if (inside !== undefined) assertFolderStays(roots, { folders, inside });
    }
  }
  if (fixed.size <= MAX_DENIED_LINKS) return [...fixed];
  throw notGranted(`more than ${MAX_DENIED_LINKS} links are in "${granted.join('", "')}"`);
}

/** What stands directly in a folder and is, or holds, this. */
function topBelow(folder: string, path: string): string {
  const [first = ""] = relative(path, folder).split("/");
  return normalPath(`${folder}/${first}`);
}

/** A granted folder can itself be moved into another one, and what is in it with it. */
function assertFolderStays(
  roots: readonly string[],
  { folders, inside }: {
    readonly folders: readonly (readonly string[])[];
    readonly inside: string;
  },
): void {
  const overlaps = (path: string) =>
    roots.some((root) => isWithin(path, root) || isWithin(root, path));
  const other = folders.find((others) => !others.some(overlaps));
  if (other === undefined) return;
  throw notGranted(
    `"write" has "${roots[0]}" and "${
      other[0]
    }", and the first could be moved into the second with "${inside}" in it: grant one of them alone, or what stands in the first`,
  );
}

/** The links below granted folders that lead somewhere else, to the engine's state, or nowhere yet. */
async function linksOut(
  granted: readonly string[],
  { host, denied }: PathFacts,
): Promise<readonly string[]> {
  const roots = await realPaths(granted, host);
  const leadsOut = ({ target }: Link) =>
    target === undefined || !roots.some((root) => isWithin(target, root)) ||
    denied.some((path) => isWithin(target, path) || isWithin(path, target));
  const links = await Promise.all(granted.map((folder) => linksBelow(folder, host)));
  const found = links.flat().filter(leadsOut).map(({ path }) => normalPath(path));
  if (found.length <= MAX_DENIED_LINKS) return found;
  throw notGranted(
    `more than ${MAX_DENIED_LINKS} links lead out of "${granted.join('", "')}"`,
  );
}

async function linksBelow(folder: string, host: GrantFacts["host"]): Promise<readonly Link[]> {
  try {
    return await host.listLinks(folder, { maxEntries: MAX_GRANTED_ENTRIES });
  } catch (cause) {
    // A single file, which has nothing below it.
    if (cause instanceof HostError && cause.code === "ENOTDIR") return [];
    const why = messageOf(cause);
    throw notGranted(`the links below "${folder}" cannot be looked through: ${why}`, { cause });
  }
}

/** Names are separated by commas. */
function isUnsayable(name: string): boolean {
  return /[\p{Cc},]/u.test(name);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}

function relative(path: string, folder: string): string {
  return path.slice(folder === "/" ? 1 : folder.length + 1);
}

function notGranted(why: string, options?: { readonly cause: unknown }): StageError {
  return new StageError(`Cannot grant what the code may do: ${why}`, {
    name: "PermissionError",
    retryable: false,
    ...options,
  });
}
