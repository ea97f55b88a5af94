/**
 * What the world looks like to a plugin: small interfaces that the platform
 * implements and that tests replace with fakes.
 *
 * @module
 */
import type { PrintedLines } from "./printed_lines.ts";

/**
 * Time: of the clock on the wall, which may be put right at any moment, and of
 * the one that only runs on.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Resolves when the clock shows `until` (epoch milliseconds) or later, and so
   * later when it is put back: for moments, as those of a schedule. Rejects with
   * the signal's reason when aborted.
   */
  sleep(until: number, signal: AbortSignal): Promise<void>;
  /**
   * Resolves `ms` milliseconds from now, whatever the clock shows then: for
   * intervals, as between two looks. Rejects with the signal's reason when aborted.
   */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** How a process is to be started. */
export interface SpawnOptions {
  /** Arguments, passed as they are: no shell in between. */
  readonly args?: readonly string[];
  /** The working directory. @default the engine's */
  readonly cwd?: string;
  /** The whole environment of the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for its standard input; without it standard input is empty. */
  readonly stdin?: string | Uint8Array;
  /** Called with each line of output as it comes, without its end; invalid UTF-8 is replaced. */
  readonly onLine?: (stream: "stdout" | "stderr", line: string) => void;
  /** Called instead with as many whole lines as came at once: for what may print a lot. */
  readonly onLines?: (stream: "stdout" | "stderr", lines: PrintedLines) => void;
  /** Bytes of each stream that are kept for the result; the rest is still streamed. @default {@linkcode MAX_KEPT_OUTPUT_BYTES} */
  readonly keepBytes?: number;
  /** Ends the process's whole group: SIGTERM, then SIGKILL after `graceMs`. */
  readonly signal?: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL. @default {@linkcode DEFAULT_GRACE_MS} */
  readonly graceMs?: number;
  /** Marks it and all that it starts, so that {@linkcode Host.endMarked} finds them whoever is left. One line. */
  readonly mark?: string;
}

/** How a process is to be started that is written to while it runs. */
export type OpenProcessOptions = Omit<SpawnOptions, "stdin">;

/** A process that is under way. */
export interface OpenProcess {
  /**
   * Adds text to its standard input. Quiet when nobody reads any more: how it
   * ended says why.
   */
  write(text: string): Promise<void>;
  /** Ends its whole group: SIGTERM, then SIGKILL after `graceMs`; with 0 SIGKILL at once. Again and with less, it is ended sooner. */
  end(options?: { readonly graceMs?: number }): void;
  /** How it ended, once nothing of it is left. */
  readonly ended: Promise<SpawnResult>;
}

/** A symbolic link, and what it leads to. */
export interface Link {
  /** Where it stands. */
  readonly path: string;
  /** The real path of what it leads to; `undefined` where there is nothing. */
  readonly target: string | undefined;
}

/** Bytes of each output stream kept for a stage's outputs: 1 MiB. */
export const MAX_KEPT_OUTPUT_BYTES: number = 1024 * 1024;

/** The longest line of output in UTF-16 code units; a longer one is split. */
export const MAX_LINE_LENGTH: number = 64 * 1024;

/** Bytes of the longest text file that is read into memory: 64 MiB. */
export const MAX_TEXT_FILE_BYTES: number = 64 * 1024 * 1024;

/** Milliseconds that a process has between SIGTERM and SIGKILL. */
export const DEFAULT_GRACE_MS = 5_000;

/** How marked processes are ended. */
export interface EndMarkedOptions {
  /** Milliseconds between SIGTERM and SIGKILL. @default {@linkcode DEFAULT_GRACE_MS} */
  readonly graceMs?: number;
}

/** How a process ended. */
export interface SpawnResult {
  /** The exit code; `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, e.g. `"SIGKILL"`; `null` when it exited. */
  readonly signal: string | null;
  /** What it wrote to standard output, up to the bound. */
  readonly stdout: string;
  /** What it wrote to standard error, up to the bound. */
  readonly stderr: string;
  /** Whether either stream was longer than what was kept. */
  readonly truncated: boolean;
  /** Which of them were. @default both, where `truncated` */
  readonly cut?: readonly ("stdout" | "stderr")[];
}

/** The machine, as a plugin may use it. */
export interface Host {
  /** Which runtime this is. */
  readonly runtime: "deno" | "bun";
  /** Starts a process in a group of its own and waits for it. Throws {@linkcode HostError} when it cannot be started. */
  spawn(command: string, options?: SpawnOptions): Promise<SpawnResult>;
  /** Starts a process as {@linkcode Host.spawn} does, with its standard input left open. Throws {@linkcode HostError} when it cannot be started. */
  open(command: string, options?: OpenProcessOptions): Promise<OpenProcess>;
  /**
   * Ends what was started with one of these marks and is still there: each
   * process's whole group, SIGTERM first, then SIGKILL after `graceMs`. Says
   * how many groups there were, once none is left. Only Linux tells who carries
   * a mark. Throws {@linkcode HostError} `EBUSY` for one that outlives even
   * SIGKILL, `ENOSYS` where the system does not tell, `EACCES` where it does
   * and nobody may look.
   */
  endMarked(marks: ReadonlySet<string>, options?: EndMarkedOptions): Promise<number>;
  /** The program's full path, or `undefined` where it is not installed. */
  which(command: string): Promise<string | undefined>;
  /** The engine's own environment. */
  env(): Readonly<Record<string, string>>;
  /** The engine's working directory. */
  cwd(): string;
  /** Reads a text file; `EFBIG` when it has more than `maxBytes`, by default {@linkcode MAX_TEXT_FILE_BYTES}. Throws {@linkcode HostError}. */
  readText(path: string, options?: { readonly maxBytes?: number }): Promise<string>;
  /** Writes a text file whole or not at all, making its folder. Throws {@linkcode HostError}. */
  writeText(path: string, text: string, options?: WriteOptions): Promise<void>;
  /** As {@linkcode Host.writeText}, but only where there is no file yet: of any number of writers one succeeds. Throws {@linkcode HostError} `EEXIST` to the others. */
  createText(path: string, text: string, options?: WriteOptions): Promise<void>;
  /**
   * Adds text, or what is its UTF-8, behind the end of a file, making the file and its folder where
   * they are missing. At once, so that a flood of output slows its source down
   * and does not pile up; without waiting for the disk. Throws {@linkcode HostError}.
   */
  appendTextNow(path: string, text: string | Uint8Array, options?: WriteOptions): void;
  /** As {@linkcode Host.appendTextNow}, while others go on: for what nobody waits for. Throws {@linkcode HostError}. */
  appendText(path: string, text: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** The lines of a text file as they are read, without their ends; a last line without an end counts. Throws {@linkcode HostError}. */
  readLines(path: string): AsyncIterable<string>;
  /** The same lines from a byte on at which one begins, many at a time, so that a later reading may go on where this one ended. Throws {@linkcode HostError}. */
  readPieces(path: string, options: { readonly from: number }): AsyncIterable<TextPiece>;
  /** The files below a folder, recursively, sorted, relative with `/`; `undefined` when it does not exist. */
  listFiles(folder: string): Promise<readonly string[] | undefined>;
  /** The names of the files and folders that stand directly in a folder, sorted; `undefined` when it does not exist. */
  listNames(folder: string): Promise<readonly string[] | undefined>;
  /**
   * Whether there is a regular file, links followed; at once, and without opening it: a process
   * that opens and closes a file loses the locks that it holds on it. Throws {@linkcode HostError}.
   */
  isFileNow(path: string): boolean;
  /** What is known of a regular file, links followed, without reading it; `undefined` where there is none. Throws {@linkcode HostError}. */
  fileFacts(path: string): Promise<FileFacts | undefined>;
  /** A path without links in it; `undefined` where there is nothing. Throws {@linkcode HostError}. */
  realPath(path: string): Promise<string | undefined>;
  /**
   * The symbolic links below a folder, in no order; links are not followed.
   * Empty where there is no folder. Throws {@linkcode HostError} `E2BIG` when
   * there are more than `maxEntries` files and folders.
   */
  listLinks(folder: string, options: { readonly maxEntries: number }): Promise<readonly Link[]>;
  /** Removes a file or a folder with all in it; quiet when absent. */
  remove(path: string): Promise<void>;
  /** Makes an empty private folder (mode 0700), where the system keeps temporary ones or within another; the caller removes it. */
  makeTempFolder(prefix: string, options?: { readonly within?: string }): Promise<string>;
}

/** Some lines of a text file. */
export interface TextPiece {
  /** The lines, without their ends. */
  readonly lines: readonly string[];
  /** The byte behind them. A last line without an end comes alone, and this is where it begins: more of it may follow. */
  readonly endByte: number;
}

/** What is known of a file without reading it. */
export interface FileFacts {
  /** Its length. */
  readonly sizeBytes: number;
  /** When its content was last written, in epoch milliseconds. Whoever copies a file may keep it. */
  readonly modifiedMs: number;
  /** When anything about it last changed, its name or place too, in epoch milliseconds; a whole second where its content was last written in another one. Nobody can set it. */
  readonly changedMs: number;
}

/** How a file is written. */
export interface WriteOptions {
  /** Permissions of a new file. Folders made for it let the same people in: 0600 makes them 0700. @default what the system gives */
  readonly mode?: number;
}

/** Why the machine would not. `code` is the system's: `ENOENT`, `EACCES`, `ENOSPC`, … */
export class HostError extends Error {
  /** The error's class as users see it. */
  override readonly name = "HostError";

  /**
   * Makes one.
   *
   * @param code The system's code.
   * @param message What could not be done, and why.
   */
  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
