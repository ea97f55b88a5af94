/**
 * The runtime's operations on Deno.
 *
 * @module
 */
import type { NeedPermission } from "../core/model/need.ts";
import { KNOWN_VARIABLES } from "./known_variables.ts";
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

/** As much as a pipe holds. */
const READ_BYTES = 64 * 1024;

const UNKNOWN_SIZE = { columns: 80, rows: 24 } as const;

// Where systems that have it keep it.
const SETSID_PLACES = ["/usr/bin/setsid", "/bin/setsid"];

/** The operations of Deno. */
export function openSystem(): System {
  const setsid = SETSID_PLACES.find(isFile);
  return {
    runtime: "deno",
    pid: Deno.pid,
    args: Deno.args,
    program: Deno.execPath(),
    env,
    cwd: () => Deno.cwd(),
    account,
    isGranted: ({ permission, name }) => isGranted(descriptorOf(permission, name)),
    exit: (code) => Deno.exit(code),
    terminal,
    onSignal(name, handler) {
      Deno.addSignalListener(name, handler);
      return () => Deno.removeSignalListener(name, handler);
    },
    stdin: () => Deno.stdin.readable,
    start: (program, options) => start(setsid, program, options),
    kill,
    facts,
    isFileNow,
    open,
    readTextNow: (path) => Deno.readTextFileSync(path),
    appendTextNow(path, text, mode) {
      const options = { append: true, ...(mode === undefined ? {} : { mode }) };
      if (typeof text === "string") Deno.writeTextFileSync(path, text, options);
      else Deno.writeFileSync(path, text, options);
    },
    async appendText(path, text, mode) {
      const options = { append: true, ...(mode === undefined ? {} : { mode }) };
      if (typeof text === "string") await Deno.writeTextFile(path, text, options);
      else await Deno.writeFile(path, text, options);
    },
    makeFolderNow: (path, mode) =>
      Deno.mkdirSync(path, { recursive: true, ...(mode === undefined ? {} : { mode }) }),
    rename: (from, to) => Deno.rename(from, to),
    link: (from, to) => Deno.link(from, to),
    makeFolder: (path, mode) =>
      Deno.mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) }),
    list,
    realPath: (path) => Deno.realPath(path),
    remove: (path) => Deno.remove(path, { recursive: true }),
    makeTempFolder: (prefix, dir) => Deno.makeTempDir({ prefix, ...(dir && { dir }) }),
  };
}

/**
 * Where not all may be seen, of the names that the engine and its stages know
 * those that may. Others that may be seen are there for who asks by name.
 */
function env(): Readonly<Record<string, string>> {
  if (isGranted({ name: "env" })) return Deno.env.toObject();
  const seen: Record<string, string> = {};
  for (const variable of KNOWN_VARIABLES) {
    const value = isGranted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
    if (value !== undefined) seen[variable] = value;
  }
  const look = (name: string | symbol): void => {
    if (typeof name !== "string" || Object.hasOwn(seen, name) || !VARIABLE.test(name)) return;
    const value = isGranted({ name: "env", variable: name }) ? Deno.env.get(name) : undefined;
    if (value !== undefined) seen[name] = value;
  };
  return new Proxy(seen, {
    get: (target, name, receiver) => (look(name), Reflect.get(target, name, receiver)),
    getOwnPropertyDescriptor: (target, name) => (
      look(name), Reflect.getOwnPropertyDescriptor(target, name)
    ),
  });
}

/** Not by `node:os`, which would take longer than a whole start. */
function account(): Account {
  const uid = isGranted({ name: "sys", kind: "uid" }) ? Deno.uid() : null;
  const host = isGranted({ name: "sys", kind: "hostname" }) ? Deno.hostname() : "";
  return { ...(uid === null ? {} : { uid }), ...(host === "" ? {} : { host }) };
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

function descriptorOf(
  permission: NeedPermission,
  name: string | undefined,
): Deno.PermissionDescriptor {
  if (name === undefined) return { name: permission };
  switch (permission) {
    case "read":
    case "write":
      return { name: permission, path: name };
    case "net":
      return { name: permission, host: name };
    case "env":
      return { name: permission, variable: name };
    case "run":
      return { name: permission, command: name };
    case "sys":
      return { name: permission };
    default:
      return permission satisfies never;
  }
}

/** Whoever may start only some programs may signal no process, except by a program. */
function kill(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    const isBound = error instanceof Deno.errors.NotCapable;
    if (!isBound || !isGranted({ name: "run", command: "sh" })) throw error;
    killByShell(String(pid), signal === 0 ? "0" : signal.slice(3));
  }
}

function killByShell(pid: string, signal: string): void {
  const { success, stderr } = new Deno.Command("sh", {
    args: ["-c", 'kill -s "$1" -- "$2"', "sh", signal, pid],
    env: { LC_ALL: "C" },
    clearEnv: true,
    stdin: "null",
  }).outputSync();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim();
  throw /no such process/i.test(reason)
    ? new Deno.errors.NotFound(reason)
    : new Deno.errors.PermissionDenied(reason);
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

function isFileNow(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return isFileNow(path);
  } catch {
    return false; // Absent or out of reach: then it cannot be used either.
  }
}

function terminal(): Terminal {
  const stdoutIsTty = Deno.stdout.isTerminal();
  const stderrIsTty = Deno.stderr.isTerminal();
  const size = stdoutIsTty || stderrIsTty ? Deno.consoleSize() : UNKNOWN_SIZE;
  return { stdoutIsTty, stderrIsTty, columns: size.columns, rows: size.rows };
}

function start(setsid: string | undefined, program: string, options: StartOptions): Child {
  const command = new Deno.Command(setsid ?? program, {
    ...inNewGroup(setsid, program, options.args),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env,
    clearEnv: true,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  });
  return childOf(command.spawn(), options.stdin);
}

/**
 * `detached` makes Deno fork, which copies the page tables of the engine and
 * takes longer than all the rest of a start; `setsid` gives the same group at
 * the price of one exec.
 */
function inNewGroup(
  setsid: string | undefined,
  program: string,
  args: readonly string[],
): Deno.CommandOptions {
  return setsid === undefined ? { args: [...args], detached: true } : { args: [program, ...args] };
}

function childOf(process: Deno.ChildProcess, stdin: StartOptions["stdin"]): Child {
  const writer = stdin === undefined ? undefined : process.stdin.getWriter();
  if (writer !== undefined && stdin instanceof Uint8Array) void feed(writer, stdin);
  const readers = {
    stdout: process.stdout.getReader({ mode: "byob" }),
    stderr: process.stderr.getReader({ mode: "byob" }),
  };
  return {
    pid: process.pid,
    exited: process.status.then(({ code, signal }) => ({
      exitCode: signal === null ? code : null,
      signal,
    })),
    write: async (bytes) => await writer?.write(bytes),
    read: (stream, onChunk) => readAll(readers[stream], onChunk),
    closeStreams() {
      void readers.stdout.cancel();
      void readers.stderr.cancel();
    },
  };
}

/** Into one buffer: with a new one for each piece, half of what a flood takes is making and freeing them. */
async function readAll(
  reader: ReadableStreamBYOBReader,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  let buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const { done, value } = await reader.read(buffer);
    if (done) return;
    onChunk(value);
    buffer = new Uint8Array(value.buffer);
  }
}

async function feed(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    // The process may end without having read all that it was given.
  }
}

async function facts(path: string): Promise<PathFacts | undefined> {
  try {
    const { isFile, mode, size: sizeBytes, mtime, ctime } = await Deno.stat(path);
    const modifiedMs = mtime?.getTime() ?? 0;
    const changedMs = ctime?.getTime() ?? modifiedMs;
    const executable = ((mode ?? ANY_EXECUTE_BIT) & ANY_EXECUTE_BIT) !== 0;
    return { isFile, executable, sizeBytes, modifiedMs, changedMs };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    // Whoever may run a program need not be allowed to look at it.
    const isProgram = error instanceof Deno.errors.NotCapable &&
      isGranted({ name: "run", command: path });
    if (isProgram) {
      return { isFile: true, executable: true, sizeBytes: 0, modifiedMs: 0, changedMs: 0 };
    }
    throw error;
  }
}

async function open(path: string, mode: OpenMode, permissions?: number): Promise<OpenFile> {
  const file = await Deno.open(path, {
    read: mode === "read",
    write: mode === "create",
    createNew: mode === "create",
    ...(permissions === undefined ? {} : { mode: permissions }),
  });
  return {
    read: async (buffer) => await file.read(buffer) ?? 0,
    skipTo: async (byte) => void await file.seek(byte, Deno.SeekMode.Start),
    write: (bytes) => file.write(bytes),
    sync: () => file.sync(),
    close: () => Promise.resolve(file.close()),
  };
}

async function list(folder: string): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const entry of Deno.readDir(folder)) {
    entries.push({ name: entry.name, kind: kindOf(entry) });
  }
  return entries;
}

function kindOf(entry: Deno.DirEntry): FolderEntry["kind"] {
  if (entry.isSymlink) return "link";
  if (entry.isDirectory) return "folder";
  return entry.isFile ? "file" : "other";
}
