/**
 * A machine in memory: files in a map, programs as functions.
 *
 * @module
 */
import { absolutePath, normalPath } from "../paths.ts";
import {
  type FileFacts,
  type Host,
  HostError,
  type Link,
  MAX_KEPT_OUTPUT_BYTES,
  MAX_TEXT_FILE_BYTES,
  type OpenProcess,
  type OpenProcessOptions,
  type SpawnOptions,
  type SpawnResult,
  type TextPiece,
  type WriteOptions,
} from "../ports.ts";
import { PrintedLines } from "../printed_lines.ts";

/** So many lines come at a time: few, so that whoever reads meets many pieces. */
const PIECE_LINES = 2;

/** A program of a {@linkcode FakeHost}, as it is called. */
export interface FakeCall {
  /** The command. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Its working directory. */
  readonly cwd: string;
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads; `""` where it was given nothing. */
  readonly stdin: string;
  /** What is written to it while it runs, piece by piece, where it was opened for that. */
  readonly input: AsyncIterable<string>;
  /** What {@linkcode Host.endMarked} finds it by. */
  readonly mark: string | undefined;
  /** Aborted when the caller ends it; a program that goes on regardless is left behind. */
  readonly signal: AbortSignal;
  /** Prints a line. */
  print(line: string, stream?: "stdout" | "stderr"): void;
}

/** How a program of a {@linkcode FakeHost} ended. */
export type FakeEnd = Pick<SpawnResult, "exitCode"> | Pick<SpawnResult, "signal">;

/** Does what a program would do; says how it ended where it did not end well. */
export type FakeProgram = (call: FakeCall) => void | FakeEnd | Promise<void | FakeEnd>;

/** What a {@linkcode FakeHost} is asked to do with files. */
export type FileOperation = "read" | "write" | "list" | "remove";

/** What a {@linkcode FakeHost} has. */
export interface FakeHostOptions {
  /** Which runtime it pretends to be. @default "deno" */
  readonly runtime?: Host["runtime"];
  /** The engine's environment. @default empty */
  readonly env?: Readonly<Record<string, string>>;
  /** The engine's working directory. @default "/work" */
  readonly cwd?: string;
  /** Files by path. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links by absolute path, and the real paths that they lead to. @default none */
  readonly links?: Readonly<Record<string, string>>;
  /** Programs by name. @default none */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  /** The system's code with which an operation is to fail, such as `"ENOSPC"`; `undefined` lets it be. */
  readonly fault?: (operation: FileOperation, path: string) => string | undefined;
}

/**
 * A machine that a test can look into.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const host = new FakeHost({
 *   files: { "/etc/greeting": "hello" },
 *   programs: { shout: ({ args, print }) => print(`${args.join(" ").toUpperCase()}!`) },
 * });
 * const { stdout } = await host.spawn("shout", { args: [await host.readText("/etc/greeting")] });
 * assert.equal(stdout, "HELLO!\n");
 * ```
 */
export class FakeHost implements Host {
  /** Which runtime it pretends to be. */
  readonly runtime: Host["runtime"];
  /** The files, by absolute path. Tests may change them. */
  readonly files: Map<string, string> = new Map();
  /** Permissions of the files that were written with any. */
  readonly modes: Map<string, number> = new Map();
  /** When files were last written and changed, in epoch milliseconds, by absolute path; 0 for those that are not here. Tests may change it. */
  readonly times: Map<string, number> = new Map();
  /** The programs that were started, in order. */
  readonly calls: FakeCall[] = [];
  readonly #options: FakeHostOptions;
  /** Folders that are there even when they are empty. */
  readonly #folders = new Set<string>();
  readonly #running = new Map<FakeCall, AbortController>();
  #tempFolders = 0;

  /** Makes a machine with what `options` name and nothing else. */
  constructor(options: FakeHostOptions = {}) {
    this.#options = options;
    this.runtime = options.runtime ?? "deno";
    for (const [path, text] of Object.entries(options.files ?? {})) {
      this.files.set(this.#resolved(path), text);
    }
  }

  /** Calls a program; without one of that name it fails as a machine does. */
  async spawn(command: string, options: SpawnOptions = {}): Promise<SpawnResult> {
    return await this.#begin(command, options, new WrittenText()).ended;
  }

  /** Calls a program that is written to while it runs. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async open(command: string, options: OpenProcessOptions = {}): Promise<OpenProcess> {
    const input = new WrittenText();
    const { ended, end } = this.#begin(command, options, input);
    return { ended, end, write: (text) => Promise.resolve(input.add(text)) };
  }

  #begin(
    command: string,
    options: SpawnOptions,
    input: WrittenText,
  ): Pick<OpenProcess, "ended" | "end"> {
    options.signal?.throwIfAborted();
    const program = this.#program(command);
    if (program === undefined) {
      throw new HostError("ENOENT", `Cannot start "${command}": there is no such program`);
    }
    const printed = new Printed(options);
    const ending = new AbortController();
    const signals = options.signal === undefined ? [] : [options.signal];
    const call: FakeCall = {
      command,
      args: options.args ?? [],
      cwd: this.#resolved(options.cwd ?? "."),
      env: options.env ?? {},
      stdin: textOf(options.stdin ?? ""),
      input,
      mark: options.mark,
      signal: AbortSignal.any([ending.signal, ...signals]),
      print: (line, stream = "stdout") => printed.add(stream, line),
    };
    this.calls.push(call);
    this.#running.set(call, ending);
    return { ended: this.#carriedOut(call, program, printed), end: () => ending.abort() };
  }

  async #carriedOut(
    call: FakeCall,
    program: FakeProgram,
    printed: Printed,
  ): Promise<SpawnResult> {
    const end = await Promise.race([program(call), killed(call.signal)])
      .finally(() => this.#running.delete(call));
    const exitCode = end !== undefined && "signal" in end ? null : 0;
    return { exitCode, signal: null, ...end, ...printed.result() };
  }

  /** Ends the programs that run with one of these marks. */
  // deno-lint-ignore require-await -- the contract is asynchronous
  async endMarked(marks: ReadonlySet<string>): Promise<number> {
    const marked = [...this.#running].filter(([{ mark }]) => mark !== undefined && marks.has(mark));
    for (const [, ending] of marked) ending.abort();
    return marked.length;
  }

  /** The path of a program. */
  which(command: string): Promise<string | undefined> {
    const known = this.#program(command) !== undefined;
    return Promise.resolve(known ? `/usr/bin/${lastPart(command)}` : undefined);
  }

  /** Its environment. */
  env(): Readonly<Record<string, string>> {
    return this.#options.env ?? {};
  }

  /** Its working directory. */
  cwd(): string {
    return this.#options.cwd ?? "/work";
  }

  /** A file's text. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async readText(path: string, options: { readonly maxBytes?: number } = {}): Promise<string> {
    const text = this.#text(path);
    const { maxBytes = MAX_TEXT_FILE_BYTES } = options;
    if (sizeOf(text) > maxBytes) throw failure("read", path, "EFBIG");
    return text;
  }

  /** A file's lines. */
  async *readLines(path: string): AsyncIterable<string> {
    const lines = this.#text(path).split("\n");
    if (lines.at(-1) === "") lines.pop();
    yield* lines;
  }

  /** A file's lines from a byte on, two at a time. */
  async *readPieces(
    path: string,
    { from }: { readonly from: number },
  ): AsyncIterable<TextPiece> {
    const bytes = new TextEncoder().encode(this.#text(path)).subarray(from);
    const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\n");
    const rest = lines.pop() ?? "";
    let endByte = from;
    for (let at = 0; at < lines.length; at += PIECE_LINES) {
      const some = lines.slice(at, at + PIECE_LINES);
      endByte += sizeOf(some.join("\n")) + 1;
      yield { lines: some, endByte };
    }
    if (rest !== "") yield { lines: [rest], endByte };
  }

  /** Replaces a file. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async writeText(path: string, text: string, options: WriteOptions = {}): Promise<void> {
    this.#write(path, { text, ...options });
  }

  /** Keeps a file where there is none. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async createText(path: string, text: string, options: WriteOptions = {}): Promise<void> {
    this.#meetFault("write", path);
    if (this.files.has(this.#resolved(path))) throw failure("write", path, "EEXIST");
    this.#write(path, { text, ...options });
  }

  /** Adds to a file. */
  appendTextNow(path: string, added: string | Uint8Array, options: WriteOptions = {}): void {
    const text = textOf(added);
    const before = this.files.get(this.#resolved(path));
    this.#write(path, before === undefined ? { text, ...options } : { text: before + text });
  }

  /** Adds to a file. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async appendText(
    path: string,
    text: string | Uint8Array,
    options: WriteOptions = {},
  ): Promise<void> {
    this.appendTextNow(path, text, options);
  }

  /** All files below a folder. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async listFiles(folder: string): Promise<readonly string[] | undefined> {
    this.#meetFault("list", folder);
    return this.#isFolder(folder) ? below(this.files.keys(), this.#resolved(folder)) : undefined;
  }

  /** What stands in a folder. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async listNames(folder: string): Promise<readonly string[] | undefined> {
    this.#meetFault("list", folder);
    if (!this.#isFolder(folder)) return undefined;
    const paths = below([...this.files.keys(), ...this.#folders], this.#resolved(folder));
    return [...new Set(paths.map((path) => path.replace(/\/.*/s, "")))];
  }

  /** Whether there is a file. */
  isFileNow(path: string): boolean {
    this.#meetFault("read", path);
    return this.files.has(this.#resolved(path));
  }

  /** What is known of a file. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async fileFacts(path: string): Promise<FileFacts | undefined> {
    this.#meetFault("read", path);
    const text = this.files.get(this.#resolved(path));
    if (text === undefined) return undefined;
    const atMs = this.times.get(this.#resolved(path)) ?? 0;
    return { sizeBytes: sizeOf(text), modifiedMs: atMs, changedMs: atMs };
  }

  /** A path, where its links lead. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async realPath(path: string): Promise<string | undefined> {
    const wanted = this.#resolved(path);
    const link = Object.entries(this.#options.links ?? {})
      .find(([from]) => wanted === from || wanted.startsWith(`${from}/`));
    const real = link === undefined ? wanted : link[1] + wanted.slice(link[0].length);
    return this.files.has(real) || this.#isFolder(real) ? real : undefined;
  }

  /** The links below a folder. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async listLinks(
    folder: string,
    { maxEntries }: { readonly maxEntries: number },
  ): Promise<readonly Link[]> {
    this.#meetFault("list", folder);
    const root = this.#resolved(folder);
    const links = Object.entries(this.#options.links ?? {})
      .filter(([path]) => path.startsWith(`${root}/`));
    if (below(this.files.keys(), root).length + links.length > maxEntries) {
      throw failure("list", folder, "E2BIG");
    }
    return links.map(([path, target]) => ({ path, target }));
  }

  /** Removes a file or a folder. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async remove(path: string): Promise<void> {
    this.#meetFault("remove", path);
    const target = this.#resolved(path);
    const gone = (it: string): boolean => it === target || it.startsWith(`${target}/`);
    for (const file of [...this.files.keys()].filter(gone)) this.files.delete(file);
    for (const folder of [...this.#folders].filter(gone)) this.#folders.delete(folder);
  }

  /** Makes a folder below `/tmp`. */
  // deno-lint-ignore require-await -- a failure is a rejected promise
  async makeTempFolder(prefix: string): Promise<string> {
    const path = `/tmp/${prefix}${++this.#tempFolders}`;
    this.#meetFault("write", path);
    this.#folders.add(path);
    return path;
  }

  #program(command: string): FakeProgram | undefined {
    const { programs = {} } = this.#options;
    const name = lastPart(command);
    return Object.hasOwn(programs, name) ? programs[name] : undefined;
  }

  #text(path: string): string {
    this.#meetFault("read", path);
    const text = this.files.get(this.#resolved(path));
    if (text !== undefined) return text;
    throw failure("read", path, this.#isFolder(path) ? "EISDIR" : "ENOENT");
  }

  #write(path: string, { text, mode }: WriteOptions & { readonly text: string }): void {
    this.#meetFault("write", path);
    const target = this.#resolved(path);
    if (this.#isFolder(path)) throw failure("write", path, "EISDIR");
    const folders = foldersAbove(target);
    if (folders.some((folder) => this.files.has(folder))) throw failure("write", path, "ENOTDIR");
    folders.forEach((folder) => this.#folders.add(folder));
    this.files.set(target, text);
    if (mode !== undefined) this.modes.set(target, mode);
  }

  /** Files that a test put there need no folder of their own. */
  #isFolder(path: string): boolean {
    const folder = this.#resolved(path);
    return this.#folders.has(folder) || below(this.files.keys(), folder).length > 0;
  }

  #meetFault(operation: FileOperation, path: string): void {
    const code = this.#options.fault?.(operation, this.#resolved(path));
    if (code !== undefined) throw failure(operation, path, code);
  }

  #resolved(path: string): string {
    return normalPath(absolutePath(path, this.cwd()));
  }
}

/** What is written to a program while it runs. */
class WrittenText implements AsyncIterable<string> {
  readonly #pieces: string[] = [];
  #arrival = Promise.withResolvers<void>();

  add(text: string): void {
    this.#pieces.push(text);
    this.#arrival.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    for (;;) {
      await this.#arrival.promise;
      this.#arrival = Promise.withResolvers();
      yield* this.#pieces.splice(0);
    }
  }
}

const STREAMS = ["stdout", "stderr"] as const;

/** What a program has printed, as far as it is kept. */
class Printed {
  readonly #options: SpawnOptions;
  readonly #texts = { stdout: "", stderr: "" };

  constructor(options: SpawnOptions) {
    this.#options = options;
  }

  add(stream: "stdout" | "stderr", line: string): void {
    this.#texts[stream] += `${line}\n`;
    const { onLine, onLines } = this.#options;
    if (onLines !== undefined) onLines(stream, new PrintedLines(new TextEncoder().encode(line)));
    else onLine?.(stream, line);
  }

  result(): Pick<SpawnResult, "stdout" | "stderr" | "truncated" | "cut"> {
    const { keepBytes = MAX_KEPT_OUTPUT_BYTES } = this.#options;
    const { stdout, stderr } = this.#texts;
    const long = STREAMS.filter((stream) => sizeOf(this.#texts[stream]) > keepBytes);
    return {
      ...{ stdout: cut(stdout, keepBytes), stderr: cut(stderr, keepBytes) },
      truncated: long.length > 0,
      ...(long.length > 0 ? { cut: long } : {}),
    };
  }
}

/** Resolves once the signal says so: the process got what an abort sends. */
function killed(signal: AbortSignal): Promise<FakeEnd> {
  const { promise, resolve } = Promise.withResolvers<FakeEnd>();
  signal.addEventListener("abort", () => resolve({ signal: "SIGTERM" }), { once: true });
  return promise;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function textOf(input: string | Uint8Array): string {
  if (typeof input === "string") return input;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A character that the limit cuts is left out, as on a real machine. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, bytes), {
    stream: true,
  });
}

/** Which of these absolute paths are below a folder, sorted, relative to it. */
function below(paths: Iterable<string>, folder: string): string[] {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return [...paths]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
    .sort();
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

function failure(operation: FileOperation, path: string, code: string): HostError {
  return new HostError(code, `Cannot ${operation} "${path}": the system says ${code}`);
}
