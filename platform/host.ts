/**
 * The machine behind the port that plugins see.
 *
 * @module
 */
import { type Host, HostError, type SpawnOptions, type SpawnResult } from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { endMarked } from "./end_marked.ts";
import {
  appendTextNow,
  createText,
  listFiles,
  listNames,
  readLines,
  readText,
  writeText,
} from "./files.ts";
import { hostErrorOf } from "./host_error.ts";
import { spawn } from "./spawn.ts";

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
    spawn: (command, options = {}) => spawnByName(command, options, programs),
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
    readLines: (path) => answeredLines(path),
    listFiles: (folder) => answered(`list "${folder}"`, () => listFiles(folder)),
    listNames: (folder) => answered(`list "${folder}"`, () => listNames(folder)),
    remove: (path) => answered(`remove "${path}"`, () => remove(path)),
    makeTempFolder: (prefix) =>
      answered("make a temporary folder", () => system.makeTempFolder(prefix)),
  };
}

async function spawnByName(
  command: string,
  options: SpawnOptions,
  programs: Map<string, string>,
): Promise<SpawnResult> {
  const program = await which(command, programs);
  if (program === undefined) {
    throw new HostError(
      "ENOENT",
      `Cannot start "${command}": there is no such program in the engine's PATH`,
    );
  }
  try {
    return await spawn(program, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw hostErrorOf(`start "${command}"`, error);
  }
}

/** Found programs are remembered: a workflow starts the same few again and again. */
async function which(
  command: string,
  programs: Map<string, string>,
): Promise<string | undefined> {
  const known = programs.get(command);
  if (known !== undefined) return known;
  const found = await answered(`look for "${command}"`, () => search(command));
  if (found !== undefined) programs.set(command, found);
  return found;
}

async function search(command: string): Promise<string | undefined> {
  for (const path of candidates(command)) {
    const facts = await system.facts(path);
    if (facts?.isFile && facts.executable) return path;
  }
  return undefined;
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

async function remove(path: string): Promise<void> {
  try {
    await system.remove(path);
  } catch (error) {
    if (hostErrorOf("", error).code !== "ENOENT") throw error;
  }
}

async function* answeredLines(path: string): AsyncIterable<string> {
  try {
    yield* readLines(path);
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
