/**
 * The files that a path stands for: one file, those in a folder, or those whose
 * paths have a form.
 *
 * @module
 */
import { parsePattern, type Pattern } from "../../core/model/pattern.ts";
import { type FileFacts, type Host, HostError } from "../../core/plugin/ports.ts";

/** The most files that one trigger watches. */
export const MAX_WATCHED_FILES = 10_000;

/** Where files are looked for. */
export interface FilePlace {
  /** A file, a folder, or a form with `*`, `?` and `**`; relative to the working folder, or absolute. */
  readonly path: string;
  /** The form of the files' paths below `path`. */
  readonly pattern?: string | undefined;
  /** Whether folders below count. */
  readonly recursive?: boolean | undefined;
}

/** The machine, as far as it is needed here. */
export type FileHost = Pick<Host, "listFiles" | "listNames" | "fileFacts">;

/**
 * The files of a place and how they are; none where there is nothing. `*` and
 * `**` pass over names that begin with a full stop, as a shell does: those are
 * of programs that are still writing.
 *
 * @throws {HostError} when something cannot be read; `E2BIG` for more than {@linkcode MAX_WATCHED_FILES}.
 */
export async function filesAt(
  { path, pattern, recursive = false }: FilePlace,
  host: FileHost,
): Promise<ReadonlyMap<string, FileFacts>> {
  const found = new Map<string, FileFacts>();
  const walk = { host, found };
  const root = path.startsWith("/") ? "/" : "";
  const below = [...recursive ? ["**"] : [], ...segmentsOf(pattern ?? (recursive ? "*" : ""))];
  await descend(root, [...segmentsOf(path), ...below], walk);
  return found;
}

interface Walk {
  readonly host: FileHost;
  readonly found: Map<string, FileFacts>;
}

function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}

async function descend(
  folder: string,
  [segment, ...rest]: readonly string[],
  walk: Walk,
): Promise<void> {
  if (segment === undefined) return await addFolder(folder, walk);
  if (segment === "**") return await addBelow(folder, [segment, ...rest], walk);
  if (!isForm(segment)) {
    const path = folder + segment;
    if (rest.length > 0) return await descend(`${path}/`, rest, walk);
    if (!await addFile(path, walk)) await addFolder(`${path}/`, walk);
    return;
  }
  const form = formOf([segment]);
  for (const name of await walk.host.listNames(folderOf(folder)) ?? []) {
    if (isHidden(name, segment) || !form.matches(name)) continue;
    if (rest.length > 0) await descend(`${folder}${name}/`, rest, walk);
    else await addFile(folder + name, walk);
  }
}

/** All files that stand in a folder. */
async function addFolder(folder: string, walk: Walk): Promise<void> {
  await descend(folder, ["*"], walk);
}

async function addBelow(folder: string, segments: readonly string[], walk: Walk): Promise<void> {
  const form = formOf(segments);
  for (const name of await walk.host.listFiles(folderOf(folder)) ?? []) {
    const isSeen = !name.split("/").some((part) => part.startsWith("."));
    if (isSeen && form.matches(name)) await addFile(folder + name, walk);
  }
}

function isHidden(name: string, segment: string): boolean {
  return name.startsWith(".") && !segment.startsWith(".");
}

async function addFile(path: string, { host, found }: Walk): Promise<boolean> {
  const facts = await host.fileFacts(path);
  if (facts === undefined) return false;
  found.set(path, facts);
  if (found.size <= MAX_WATCHED_FILES) return true;
  throw new HostError("E2BIG", `There are more than ${MAX_WATCHED_FILES} files to look at`);
}

function folderOf(folder: string): string {
  return folder === "" ? "." : folder;
}

function isForm(segment: string): boolean {
  return /[*?]/.test(segment);
}

const NAME = "[^/]*";

/** The form as a pattern that takes linear time, whatever the names are. */
function formOf(segments: readonly string[]): Pattern {
  const parts = segments.map((segment, at) => {
    const end = at === segments.length - 1 ? "" : "/";
    if (segment !== "**") return expressionOf(segment) + end;
    return end === "" ? ".*" : `(${NAME}/)*`;
  });
  const parsed = parsePattern(parts.join(""));
  if (parsed.ok) return parsed.pattern;
  throw new HostError("EINVAL", `Cannot read the path "${segments.join("/")}": ${parsed.message}`);
}

function expressionOf(segment: string): string {
  return Array.from(segment, (char) => {
    if (char === "*") return NAME;
    return char === "?" ? "[^/]" : char.replace(/[\\^$.|+()[\]{}]/, "\\$&");
  }).join("");
}
