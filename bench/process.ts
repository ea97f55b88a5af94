/** Whole commands, timed from outside. @module */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const CLI = fileURLToPath(new URL("../cli.ts", import.meta.url));
const BUILD = fileURLToPath(new URL("../tools/build.ts", import.meta.url));

/** Runs a command to its end; throws when it fails. What it prints is shown where that is asked for. */
export async function command(
  [program = "", ...args]: readonly string[],
  cwd: string,
  { shown = false }: { readonly shown?: boolean } = {},
): Promise<void> {
  const stdout = shown ? "inherit" : "ignore";
  const child = spawn(program, args, { cwd, stdio: ["ignore", stdout, "pipe"] });
  let complaint = "";
  child.stderr?.on("data", (chunk) => complaint += chunk);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) {
    throw new Error(`"${program} ${args.join(" ")}" ended with ${code}: ${complaint}`);
  }
}

/** Runs a command to its end and gives what it printed; what goes wrong is shown as it is. */
export async function printedBy([program = "", ...args]: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk) => printed += chunk);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`"${program} ${args.join(" ")}" ended with ${code}`);
  return printed;
}

/** A script as a command of the runtime that runs the benchmark. */
export function runtimeCommand(script: URL, args: readonly string[]): readonly string[] {
  return [process.execPath, ...runtimeArgs(), fileURLToPath(script), ...args];
}

/** The same, and the script can have its garbage collected when it asks. */
export function collectingCommand(script: URL, args: readonly string[]): readonly string[] {
  const [program = "", ...rest] = runtimeCommand(script, args);
  const [run = "", ...further] = rest;
  return "Bun" in globalThis
    ? [program, ...rest]
    : [program, run, "--v8-flags=--expose-gc", ...further];
}

/** Runs `sluice` with the runtime that runs the benchmark. */
export function sluice(args: readonly string[], cwd: string): Promise<void> {
  return command(sluiceCommand(args), cwd);
}

/** `sluice` as a command of the runtime that runs the benchmark. */
export function sluiceCommand(args: readonly string[]): readonly string[] {
  return [process.execPath, ...runtimeArgs(), CLI, ...args];
}

/** What people install: the command as "deno task build" makes it in this folder, with its arguments. */
export async function builtCommand(
  folder: string,
): Promise<(args: readonly string[]) => readonly string[]> {
  const dist = join(folder, "dist");
  await command(["deno", "run", "-A", "--no-check", BUILD, dist], folder);
  const main = pathToFileURL(join(dist, "sluice.js"));
  return (args) => runtimeCommand(main, args);
}

/** Runs a script with the runtime that runs the benchmark. */
export function script(file: string, cwd: string): Promise<void> {
  return command([process.execPath, ...runtimeArgs(), file], cwd);
}

/** Lends a folder that is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runtimeArgs(): string[] {
  return "Bun" in globalThis ? ["run"] : ["run", "-A", "--no-check"];
}
