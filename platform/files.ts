/**
 * Text files: read within bounds, written whole or not at all.
 *
 * @module
 */
import {
  type FileFacts,
  HostError,
  type Link,
  MAX_TEXT_FILE_BYTES,
  type TextPiece,
  type WriteOptions,
} from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { hostErrorOf } from "./host_error.ts";
import { joined } from "./output.ts";
import type { FolderEntry, OpenFile, PathFacts } from "./system.ts";

/** How deep a folder is listed. */
export const MAX_FOLDER_DEPTH = 32;

/** How many files a folder may have in all to be listed. */
export const MAX_LISTED_FILES = 100_000;

const SECOND_MS = 1_000;
const CHUNK_BYTES = 64 * 1024;
const LINE_END = 0x0a;

/** What is known of a regular file, links followed; `undefined` of anything else. */
export async function fileFacts(path: string): Promise<FileFacts | undefined> {
  const facts = await system.facts(path);
  if (facts?.isFile !== true) return undefined;
  const { sizeBytes, modifiedMs } = facts;
  return { sizeBytes, modifiedMs, changedMs: changedMs(facts) };
}

/** Deno tells the second alone, and both runtimes are to say the same. Whatever was written has changed just then. */
function changedMs({ modifiedMs, changedMs }: PathFacts): number {
  const second = Math.floor(changedMs / SECOND_MS);
  return Math.floor(modifiedMs / SECOND_MS) === second ? modifiedMs : second * SECOND_MS;
}

/** Reads a file of at most `maxBytes`. */
export async function readText(
  path: string,
  { maxBytes = MAX_TEXT_FILE_BYTES }: { readonly maxBytes?: number } = {},
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(path)) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new HostError("EFBIG", `Cannot read "${path}": it has more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(joined(chunks, size));
}

/** The lines of a file, without their ends. */
export async function* readLines(path: string): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let unfinished = "";
  for await (const chunk of chunksOf(path)) {
    const lines = (unfinished + decoder.decode(chunk, { stream: true })).split("\n");
    unfinished = lines.pop() ?? "";
    yield* lines;
  }
  const rest = unfinished + decoder.decode();
  if (rest !== "") yield rest;
}

/** The lines of a file from a byte on, as many at a time as were read at once. */
export async function* readPieces(path: string, from: number): AsyncIterable<TextPiece> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let endByte = from;
  let parts: Uint8Array[] = [];
  let size = 0;
  const taken = () => {
    const text = decoder.decode(joined(parts, size));
    [parts, size] = [[], 0];
    return text;
  };
  for await (const chunk of chunksOf(path, from)) {
    const cut = chunk.lastIndexOf(LINE_END) + 1;
    parts.push(chunk.subarray(0, cut === 0 ? chunk.length : cut));
    size += cut === 0 ? chunk.length : cut;
    if (cut === 0) continue;
    endByte += size;
    yield { lines: taken().slice(0, -1).split("\n"), endByte };
    parts.push(chunk.subarray(cut));
    size = chunk.length - cut;
  }
  if (size > 0) yield { lines: [taken()], endByte };
}

async function* chunksOf(path: string, from = 0): AsyncIterable<Uint8Array> {
  const file = await system.open(path, "read");
  try {
    if (from > 0) await file.skipTo(from);
    for (;;) {
      const buffer = new Uint8Array(CHUNK_BYTES);
      const count = await file.read(buffer);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    await file.close();
  }
}

/**
 * Writes a file whole or not at all, even if the machine loses power: the text
 * is on disk before the name leads to it, and the name before this returns.
 */
export async function writeText(
  path: string,
  text: string,
  options: WriteOptions = {},
): Promise<void> {
  await writeDraft(path, text, {
    ...options,
    finish: (draft) => system.rename(draft, path),
  });
}

/** As {@linkcode writeText}, but fails where there is a file already. */
export async function createText(
  path: string,
  text: string,
  options: WriteOptions = {},
): Promise<void> {
  await writeDraft(path, text, {
    ...options,
    // A second name, unlike a new one, replaces nothing.
    finish: async (draft) => {
      await system.link(draft, path);
      await system.remove(draft);
    },
  });
}

async function writeDraft(
  path: string,
  text: string,
  { finish, ...options }: WriteOptions & { readonly finish: (draft: string) => Promise<void> },
): Promise<void> {
  const folder = folderOf(path);
  await system.makeFolder(folder, folderMode(options));
  const draft = `${folder}/.${crypto.randomUUID()}.tmp`;
  try {
    await writeNew(draft, text, options.mode);
    await finish(draft);
  } catch (error) {
    await system.remove(draft).catch(() => {}); // Perhaps it was never there; the first error counts.
    throw error;
  }
  await syncFolder(folder);
}

async function writeNew(path: string, text: string, mode: number | undefined): Promise<void> {
  const file = await system.open(path, "create", mode);
  try {
    await writeAll(file, text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Adds text at the end of a file; the folder is missing once at most, so it is tried without first. */
export function appendTextNow(
  path: string,
  text: string | Uint8Array,
  options: WriteOptions = {},
): void {
  try {
    system.appendTextNow(path, text, options.mode);
  } catch (error) {
    if (hostErrorOf("", error).code !== "ENOENT") throw error;
    system.makeFolderNow(folderOf(path), folderMode(options));
    system.appendTextNow(path, text, options.mode);
  }
}

/** As {@linkcode appendTextNow}, while others go on. */
export async function appendText(
  path: string,
  text: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  try {
    await system.appendText(path, text, options.mode);
  } catch (error) {
    if (hostErrorOf("", error).code !== "ENOENT") throw error;
    await system.makeFolder(folderOf(path), folderMode(options));
    await system.appendText(path, text, options.mode);
  }
}

async function writeAll(file: OpenFile, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await system.open(folder, "read");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Who may read a file may enter its folder. */
function folderMode({ mode }: WriteOptions): number | undefined {
  return mode === undefined ? undefined : mode | (mode & 0o444) >> 2;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** The files below a folder; a link counts as what it leads to, but leads into no folder. */
export async function listFiles(folder: string): Promise<readonly string[] | undefined> {
  const facts = await system.facts(folder);
  if (facts === undefined) return undefined;
  const files: string[] = [];
  await collect(folder, "", files);
  return files.sort();
}

/** The names of what stands directly in a folder. */
export async function listNames(folder: string): Promise<readonly string[] | undefined> {
  const facts = await system.facts(folder);
  if (facts === undefined) return undefined;
  return (await system.list(folder)).map(({ name }) => name).sort();
}

/** The links below a folder of at most `maxEntries` files and folders. */
export async function listLinks(
  folder: string,
  { maxEntries }: { readonly maxEntries: number },
): Promise<readonly Link[]> {
  if (await system.facts(folder) === undefined) return [];
  const links: Link[] = [];
  const folders = [folder];
  let entries = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const { name, kind } of await system.list(next)) {
      if (++entries > maxEntries) throw tooManyEntries(folder, maxEntries);
      const path = `${next}/${name}`;
      if (kind === "folder") folders.push(path);
      if (kind === "link") links.push({ path, target: await realPath(path) });
    }
  }
  return links;
}

function tooManyEntries(folder: string, maxEntries: number): HostError {
  return new HostError("E2BIG", `"${folder}" has more than ${maxEntries} files and folders`);
}

/** A path without links in it. */
export async function realPath(path: string): Promise<string | undefined> {
  try {
    return await system.realPath(path);
  } catch (error) {
    const { code } = hostErrorOf("", error);
    // A circle of links leads nowhere, either.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw error;
  }
}

async function collect(folder: string, prefix: string, files: string[]): Promise<void> {
  if (prefix.split("/").length > MAX_FOLDER_DEPTH) {
    throw new HostError("ELOOP", `"${folder}" has more than ${MAX_FOLDER_DEPTH} levels of folders`);
  }
  for (const entry of await system.list(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.kind === "folder") await collect(path, `${prefix}${entry.name}/`, files);
    else if (await isFile(entry, path)) files.push(prefix + entry.name);
  }
  if (files.length > MAX_LISTED_FILES) {
    throw new HostError("EFBIG", `"${folder}" has more than ${MAX_LISTED_FILES} files`);
  }
}

async function isFile(entry: FolderEntry, path: string): Promise<boolean> {
  if (entry.kind !== "link") return entry.kind === "file";
  return (await system.facts(path))?.isFile === true;
}
