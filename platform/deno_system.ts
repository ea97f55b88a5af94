/**
 * The runtime's operations on Deno.
 *
 * @module
 */
import type {
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
    env: () => Deno.env.toObject(),
    cwd: () => Deno.cwd(),
    exit: (code) => Deno.exit(code),
    terminal,
    onSignal(name, handler) {
      Deno.addSignalListener(name, handler);
      return () => Deno.removeSignalListener(name, handler);
    },
    stdin: () => Deno.stdin.readable,
    start: (program, options) => start(setsid, program, options),
    kill: (pid, signal) => Deno.kill(pid, signal),
    facts,
    open,
    readTextNow: (path) => Deno.readTextFileSync(path),
    appendTextNow: (path, text, mode) =>
      Deno.writeTextFileSync(path, text, { append: true, ...(mode === undefined ? {} : { mode }) }),
    makeFolderNow: (path, mode) =>
      Deno.mkdirSync(path, { recursive: true, ...(mode === undefined ? {} : { mode }) }),
    rename: (from, to) => Deno.rename(from, to),
    link: (from, to) => Deno.link(from, to),
    makeFolder: (path, mode) =>
      Deno.mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) }),
    list,
    remove: (path) => Deno.remove(path, { recursive: true }),
    makeTempFolder: (prefix) => Deno.makeTempDir({ prefix }),
  };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
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

function childOf(process: Deno.ChildProcess, stdin: Uint8Array | undefined): Child {
  if (stdin !== undefined) void feed(process.stdin, stdin);
  const readers = { stdout: process.stdout.getReader(), stderr: process.stderr.getReader() };
  return {
    pid: process.pid,
    exited: process.status.then(({ code, signal }) => ({
      exitCode: signal === null ? code : null,
      signal,
    })),
    async read(stream, onChunk) {
      for (;;) {
        const { done, value } = await readers[stream].read();
        if (done) return;
        onChunk(value);
      }
    },
    closeStreams() {
      void readers.stdout.cancel();
      void readers.stderr.cancel();
    },
  };
}

async function feed(stdin: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    const writer = stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
  } catch {
    // The process may end without having read all that it was given.
  }
}

async function facts(path: string): Promise<PathFacts | undefined> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return { isFile, executable: ((mode ?? ANY_EXECUTE_BIT) & ANY_EXECUTE_BIT) !== 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
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
