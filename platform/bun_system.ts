/**
 * The runtime's operations on Bun, by way of the `node:*` modules.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, type Dirent, mkdirSync, readFileSync, statSync } from "node:fs";
import * as fs from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import type {
  Account,
  Child,
  FolderEntry,
  OpenFile,
  OpenMode,
  PathFacts,
  StartOptions,
  System,
  Terminal,
} from "./system.ts";

const ANY_EXECUTE_BIT = 0o111;
const UNKNOWN_COLUMNS = 80;
const UNKNOWN_ROWS = 24;
const FIRST_OWN_ARGUMENT = 2;

const FLAGS: Readonly<Record<OpenMode, string>> = { read: "r", create: "wx" };

/** The operations of Bun. */
export function openSystem(): System {
  return {
    runtime: "bun",
    pid: process.pid,
    args: process.argv.slice(FIRST_OWN_ARGUMENT),
    program: process.execPath,
    env,
    cwd: () => process.cwd(),
    account,
    exit: (code) => process.exit(code),
    terminal,
    onSignal(name, handler) {
      process.on(name, handler);
      return () => process.off(name, handler);
    },
    stdin: () => process.stdin,
    start,
    kill: (pid, signal) => void process.kill(pid, signal),
    facts,
    isFileNow: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
    open,
    readTextNow: (path) => readFileSync(path, "utf8"),
    appendTextNow: (path, text, mode) => appendFileSync(path, text, { mode }),
    appendText: (path, text, mode) => fs.appendFile(path, text, { mode }),
    makeFolderNow: (path, mode) => void mkdirSync(path, { recursive: true, mode }),
    rename: (from, to) => fs.rename(from, to),
    link: (from, to) => fs.link(from, to),
    makeFolder: async (path, mode) => void await fs.mkdir(path, { recursive: true, mode }),
    list,
    isGranted: () => true,
    realPath: (path) => fs.realpath(path),
    remove: (path) => fs.rm(path, { recursive: true }),
    makeTempFolder: (prefix, within = tmpdir()) => fs.mkdtemp(join(within, prefix)),
  };
}

/** Not by `userInfo()`, which believes a variable. */
function account(): Account {
  const uid = process.getuid?.();
  return { ...(uid === undefined ? {} : { uid }), host: hostname() };
}

function env(): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) names[name] = value;
  }
  return names;
}

function terminal(): Terminal {
  return {
    stdoutIsTty: process.stdout.isTTY === true,
    stderrIsTty: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? process.stderr.columns ?? UNKNOWN_COLUMNS,
    rows: process.stdout.rows ?? process.stderr.rows ?? UNKNOWN_ROWS,
  };
}

async function start(program: string, options: StartOptions): Promise<Child> {
  const child = spawn(program, [...options.args], {
    detached: true, // A process group of its own.
    env: { ...options.env },
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const exited = exitOf(child);
  await once(child, "spawn"); // Rejects when it cannot be started.
  return childOf(child, exited, options.stdin);
}

function exitOf(child: ChildProcess): Child["exited"] {
  return new Promise((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

function childOf(
  child: ChildProcess,
  exited: Child["exited"],
  stdin: StartOptions["stdin"],
): Child {
  // The process may end without having read all that it was given.
  child.stdin?.on("error", () => {});
  if (stdin instanceof Uint8Array) child.stdin?.end(stdin);
  return {
    pid: child.pid ?? neverStarted(),
    exited,
    write: (bytes) => write(child, bytes),
    read: (stream, onChunk) => readAll(child[stream] ?? neverStarted(), onChunk),
    closeStreams() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

function neverStarted(): never {
  throw new Error("Internal error: a process without id or streams was taken as started");
}

function write(child: ChildProcess, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdin?.write(bytes, (error) => error ? reject(error) : resolve());
  });
}

function readAll(stream: Readable, onChunk: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk: Uint8Array) => {
      try {
        onChunk(chunk);
      } catch (error) {
        reject(error);
      }
    });
    stream.once("error", reject);
    stream.once("close", resolve);
  });
}

async function facts(path: string): Promise<PathFacts | undefined> {
  try {
    const found = await fs.stat(path);
    return {
      isFile: found.isFile(),
      executable: (found.mode & ANY_EXECUTE_BIT) !== 0,
      sizeBytes: found.size,
      modifiedMs: found.mtime.getTime(),
      changedMs: found.ctime.getTime(),
    };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR");
}

async function open(path: string, mode: OpenMode, permissions?: number): Promise<OpenFile> {
  const file = await fs.open(path, FLAGS[mode], permissions);
  // Where nothing was skipped it is a pipe or a device as well, and those have no places.
  let next: number | null = null;
  return {
    read: async (buffer) => {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, next);
      if (next !== null) next += bytesRead;
      return bytesRead;
    },
    skipTo: (byte) => {
      next = byte;
      return Promise.resolve();
    },
    write: async (bytes) => (await file.write(bytes)).bytesWritten,
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

async function list(folder: string): Promise<readonly FolderEntry[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true });
  return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
}

function kindOf(entry: Dirent): FolderEntry["kind"] {
  if (entry.isSymbolicLink()) return "link";
  if (entry.isDirectory()) return "folder";
  return entry.isFile() ? "file" : "other";
}
