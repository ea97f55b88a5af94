/**
 * The machine behind the port that plugins see.
 *
 * @module
 */
import { type Host, HostError } from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { endMarked } from "./end_marked.ts";
import {
  appendText,
  appendTextNow,
  createText,
  fileFacts,
  listFiles,
  listLinks,
  listNames,
  readLines,
  readPieces,
  readText,
  realPath,
  writeText,
} from "./files.ts";
import { hostErrorOf } from "./host_error.ts";
import { open, spawn } from "./spawn.ts";

/**
 * Opens the machine.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const host = openHost();
 * const { stdout } = await host.spawn("echo", { args: ["hello"] });
 * assert.equal(stdout, "hello\n");
 * ```
 */
export function openHost(): Host {
  const programs = new Map<string, string>();
  return {
    runtime: system.runtime,
    spawn: (command, options = {}) =>
      started(command, options.signal, { programs, start: (program) => spawn(program, options) }),
    open: (command, options = {}) =>
      started(command, options.signal, { programs, start: (program) => open(program, options) }),
    endMarked,
    which: (command) => which(command, programs),
    env: () => system.env(),
    cwd: () => system.cwd(),
    readText: (path, options) => answered(`read "${path}"`, () => readText(path, options)),
    writeText: (path, text, options) =>
      answered(`write "${path}"`, () => writeText(path, text, options)),
    createText: (path, text, options) =>
      answered(`make "${path}"`, () => createText(path, text, options)),
    appendTextNow: (path, text, options) =>
      answeredNow(`write "${path}"`, () => appendTextNow(path, text, options)),
    appendText: (path, text, options) =>
      answered(`write "${path}"`, () => appendText(path, text, options)),
    readLines: (path) => answeredOf(path, readLines(path)),
    readPieces: (path, { from }) => answeredOf(path, readPieces(path, from)),
    listFiles: (folder) => answered(`list "${folder}"`, () => listFiles(folder)),
    listNames: (folder) => answered(`list "${folder}"`, () => listNames(folder)),
    realPath: (path) => answered(`look at "${path}"`, () => realPath(path)),
    isFileNow: (path) => answeredNow(`look at "${path}"`, () => system.isFileNow(path)),
    fileFacts: (path) => answered(`look at "${path}"`, () => fileFacts(path)),
    listLinks: (folder, options) => answered(`list "${folder}"`, () => listLinks(folder, options)),
    remove: (path) => answered(`remove "${path}"`, () => remove(path)),
    makeTempFolder: (prefix, options) =>
      answered("make a temporary folder", () => makeTempFolder(prefix, options?.within)),
  };
}

/** Starts a program by its name. */
async function started<T>(
  command: string,
  signal: AbortSignal | undefined,
  { programs, start }: {
    readonly programs: Map<string, string>;
    readonly start: (program: string) => Promise<T>;
  },
): Promise<T> {
  const program = await which(command, programs);
  if (program === undefined) {
    throw new HostError(
      "ENOENT",
      `Cannot start "${command}": there is no such program in the engine's PATH`,
    );
  }
  try {
    return await start(program);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw hostErrorOf(`start "${command}"`, error);
  }
}

/**
 * Found programs are remembered, for as long as they are there: a workflow
 * starts the same few again and again, and an update moves one under a daemon.
 */
async function which(
  command: string,
  programs: Map<string, string>,
): Promise<string | undefined> {
  const known = programs.get(command);
  if (known !== undefined && isThere(known)) return known;
  programs.delete(command);
  const found = await answered(`look for "${command}"`, () => search(command));
  if (found !== undefined) programs.set(command, found);
  return found;
}

/** At once, since this comes before each start. */
function isThere(program: string): boolean {
  try {
    return system.isFileNow(program);
  } catch {
    return false; // Whoever looks for it anew says why it cannot be found.
  }
}

async function search(command: string): Promise<string | undefined> {
  for (const path of candidates(command)) {
    const facts = await system.facts(path).catch(outOfReach);
    if (facts?.isFile && facts.executable) return path;
  }
  return undefined;
}

/** A folder of PATH that may not be looked at has nothing that could be started. */
function outOfReach(error: unknown): undefined {
  if (!(error instanceof Error) || error.name !== "NotCapable") throw error;
}

function candidates(command: string): readonly string[] {
  if (command.includes("/")) return [command];
  const folders = (system.env()["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const inPath = folders.map((folder) => `${folder}/${command}`);
  // The Deno that runs this need not be the one in PATH, nor in PATH at all.
  return command === "deno" && system.program.endsWith("/deno")
    ? [system.program, ...inPath]
    : inPath;
}

async function makeTempFolder(prefix: string, within: string | undefined): Promise<string> {
  if (within === undefined) return await system.makeTempFolder(prefix);
  const folder = within.startsWith("/") ? within : `${system.cwd()}/${within}`;
  await system.makeFolder(folder, 0o700);
  return await system.makeTempFolder(prefix, folder);
}

async function remove(path: string): Promise<void> {
  try {
    await system.remove(path);
  } catch (error) {
    if (hostErrorOf("", error).code !== "ENOENT") throw error;
  }
}

async function* answeredOf<T>(path: string, read: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* read;
  } catch (error) {
    throw hostErrorOf(`read "${path}"`, error);
  }
}

function answeredNow<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw hostErrorOf(what, error);
  }
}

async function answered<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw hostErrorOf(what, error);
  }
}
