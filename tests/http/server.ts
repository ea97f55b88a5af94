/** `sluice serve` as people start it: a process that listens on a port. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { COMMAND } from "../command.ts";
import { WORKFLOWS } from "./endpoint.ts";

/** A server that listens. */
export interface Serving {
  readonly cwd: string;
  readonly url: string;
  readonly token: string;
  readonly child: ChildProcess;
  /** Waits until it has told of something. */
  tells(text: string): Promise<void>;
}

/** Lends a server over a fresh folder of workflows. */
export async function withServer(
  body: (serving: Serving) => Promise<void>,
  { args = [], workflows = WORKFLOWS, settings, within, command = COMMAND }: {
    readonly args?: readonly string[];
    readonly workflows?: string;
    readonly settings?: string;
    /** The folder of another server, to share it. */
    readonly within?: string;
    /** The program, with what comes before its own arguments. */
    readonly command?: readonly [string, ...string[]];
  } = {},
): Promise<void> {
  const cwd = within ?? await mkdtemp(join(tmpdir(), "sluice-serve-"));
  const [program, ...before] = command;
  let child: ChildProcess | undefined;
  try {
    await mkdir(join(cwd, "conf"), { recursive: true });
    await writeFile(join(cwd, "conf", "w.yml"), workflows);
    if (settings !== undefined) await writeFile(join(cwd, "conf", "sluice.yml"), settings);
    child = spawn(program, [...before, "serve", "--port", "0", "--json", ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let told = "";
    let heard = () => {};
    child.stderr?.on("data", (chunk) => {
      told += chunk;
      heard();
    });
    const tells = (text: string) =>
      new Promise<void>((resolve) => {
        heard = () => told.includes(text) && resolve();
        heard();
      });
    const { url, token_file } = await firstDocument(child);
    const token = (await readFile(join(cwd, token_file), "utf8")).trim();
    await body({ cwd, url, token, child, tells });
  } finally {
    child?.kill("SIGKILL");
    if (within === undefined) await rm(cwd, { recursive: true, force: true });
  }
}

async function firstDocument(child: ChildProcess): Promise<{ url: string; token_file: string }> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (text.includes("}")) return JSON.parse(text);
  }
  throw new Error(`It printed only: ${text}`);
}

/** Not by the child's own method: Deno then says that the signal ended it, however it ended. */
export function terminate({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(pid, "SIGTERM");
}

/** What it ended with. */
export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code, signal] = await once(child, "exit");
  if (signal !== null) throw new Error(`It was ended by ${signal}`);
  return code;
}
