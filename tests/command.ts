/** The command as people run it: a real process of the runtime under test. @module */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import process from "node:process";

const CLI = fileURLToPath(new URL("../cli.ts", import.meta.url));
const RUNTIME_ARGS = "Bun" in globalThis ? [CLI] : ["run", "-A", "--no-check", CLI];

/** The program of the command, with what comes before its own arguments. */
export const COMMAND: readonly [string, ...string[]] = [process.execPath, ...RUNTIME_ARGS];

/** What the README has Deno allow the command that it installs. */
export const README_FLAGS: readonly string[] = readFileSync(
  new URL("../README.md", import.meta.url),
  "utf8",
).match(/deno install --global ([^]*?)--name/)?.[1]?.match(/--allow-\S+/g) ?? [];

/** The command on Deno, allowed only so much. */
export function withFlags(flags: readonly string[]): readonly [string, ...string[]] {
  return ["deno", "run", "--no-prompt", "--no-check", ...flags, CLI];
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The program, with what comes before its own arguments. @default {@linkcode COMMAND} */
  readonly command?: readonly [string, ...string[]];
  /** Kills it with SIGKILL after so many milliseconds, if it still runs. */
  readonly killAfterMs?: number;
}

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sluice` with these arguments. */
export function sluice(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [program, ...before] = options.command ?? COMMAND;
  const child = spawn(program, [...before, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const timer = options.killAfterMs === undefined
    ? undefined
    : setTimeout(() => child.kill("SIGKILL"), options.killAfterMs);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => stdout += chunk);
  child.stderr.on("data", (chunk) => stderr += chunk);
  child.stdin.on("error", () => {}); // It may have ended without reading.
  child.stdin.end(options.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}
