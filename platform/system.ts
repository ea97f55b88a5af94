/**
 * The few operations that Deno and Bun offer differently. Errors are the
 * runtime's own; `host.ts` turns them into `HostError`.
 *
 * Deno has a part of its own, though it knows `node:*` as well: the first use
 * of `node:fs` alone costs more there than everything else in a cold start.
 *
 * @module
 */

import type { NeedPermission } from "../core/model/need.ts";

/** How a process is started: everything stated, nothing inherited. */
export interface StartOptions {
  /** Arguments, as they are. */
  readonly args: readonly string[];
  /** The working directory; absent means the engine's. */
  readonly cwd: string | undefined;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads; absent means nothing, `"open"` what is written to it while it runs. */
  readonly stdin: Uint8Array | "open" | undefined;
}

/** Which of the two streams of a process. */
export type StreamName = "stdout" | "stderr";

/** A process that has been started, the first of its group. */
export interface Child {
  /** Its process id, and its group's. */
  readonly pid: number;
  /** Resolves once it has exited, whoever still holds its pipes. */
  readonly exited: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
  /** Writes to its standard input, if that is open. Throws when nobody reads it. */
  write(bytes: Uint8Array): Promise<void>;
  /** Hands over all that a stream brings, each piece until `onChunk` returns; resolves when it ends or is closed. */
  read(stream: StreamName, onChunk: (chunk: Uint8Array) => void): Promise<void>;
  /** Stops reading both streams, though others may still write to them. */
  closeStreams(): void;
}

/** An open file; the caller closes it. */
export interface OpenFile {
  /** Reads into the buffer; 0 at the end. */
  read(buffer: Uint8Array): Promise<number>;
  /** Goes on reading at this byte. */
  skipTo(byte: number): Promise<void>;
  /** Writes some of the bytes; says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Waits until all is on disk. */
  sync(): Promise<void>;
  /** Closes it. */
  close(): Promise<void>;
}

/** What is known of a path; links are followed. */
export interface PathFacts {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Whether anybody may execute it. */
  readonly executable: boolean;
  /** Its length; 0 where nobody may know. */
  readonly sizeBytes: number;
  /** When its content was last written, in epoch milliseconds; 0 where nobody knows. */
  readonly modifiedMs: number;
  /** When anything about it last changed, its name or place too; 0 where nobody knows. */
  readonly changedMs: number;
}

/** An entry of a folder; links are not followed. */
export interface FolderEntry {
  /** Its name. */
  readonly name: string;
  /** What it is. */
  readonly kind: "file" | "folder" | "link" | "other";
}

/** Where people look. */
export interface Terminal {
  /** Whether standard output is a terminal. */
  readonly stdoutIsTty: boolean;
  /** Whether standard error is a terminal. */
  readonly stderrIsTty: boolean;
  /** How wide it is; 80 where nobody knows. */
  readonly columns: number;
  /** How high it is; 24 where nobody knows. */
  readonly rows: number;
}

/** Who runs a process, and where. */
export interface Account {
  /** The user's number, where users have one. */
  readonly uid?: number;
  /** The machine's name. */
  readonly host?: string;
}

/** How a file is opened: to read, or to make it anew. */
export type OpenMode = "read" | "create";

/** The runtime's own operations. */
export interface System {
  /** Which runtime this is. */
  readonly runtime: "deno" | "bun";
  /** This process. */
  readonly pid: number;
  /** The arguments of the command line. */
  readonly args: readonly string[];
  /** The runtime's own program, where it is one that can be called. */
  readonly program: string;
  /** The environment. */
  env(): Readonly<Record<string, string>>;
  /** The working directory. */
  cwd(): string;
  /** Whether this process is allowed something; without a name, all of its kind. Where the runtime asks nobody, everything is. */
  isGranted(need: { readonly permission: NeedPermission; readonly name?: string }): boolean;
  /** Who runs this process and where, as the system has it; without what nobody may know. */
  account(): Account;
  /** Ends this process. */
  exit(code: number): never;
  /** The terminal. */
  terminal(): Terminal;
  /** Calls `handler` at each such signal; returns what ends that. */
  onSignal(name: "SIGINT" | "SIGTERM" | "SIGHUP", handler: () => void): () => void;
  /** Standard input. */
  stdin(): AsyncIterable<Uint8Array>;
  /** Starts a program, by its path, as the first of a process group. */
  start(program: string, options: StartOptions): Child | Promise<Child>;
  /** Sends a signal; 0 only asks. A negative id means a group. Throws when there is none such. */
  kill(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): void;
  /** What is known of a path; `undefined` where there is nothing. */
  facts(path: string): Promise<PathFacts | undefined>;
  /** Whether there is a regular file, links followed; without opening it. */
  isFileNow(path: string): boolean;
  /** Opens a file. */
  open(path: string, mode: OpenMode, permissions?: number): Promise<OpenFile>;
  /** Reads a small text file at once, e.g. below `/proc`. */
  readTextNow(path: string): string;
  /** Adds text, or its UTF-8, behind the end of a file, which is made where it is missing, at once. */
  appendTextNow(path: string, text: string | Uint8Array, permissions?: number): void;
  /** As {@linkcode System.appendTextNow}, while others go on. */
  appendText(path: string, text: string | Uint8Array, permissions?: number): Promise<void>;
  /** As {@linkcode System.makeFolder}, at once. */
  makeFolderNow(path: string, permissions?: number): void;
  /** Names a file anew, replacing what is there. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name; throws where there is something of that name. */
  link(from: string, to: string): Promise<void>;
  /** Makes a folder and those above it; quiet when it exists. */
  makeFolder(path: string, permissions?: number): Promise<void>;
  /** The entries of a folder, in no order. */
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** A path without links in it; throws where there is nothing. */
  realPath(path: string): Promise<string>;
  /** Removes a file, or a folder with all in it. */
  remove(path: string): Promise<void>;
  /** Makes an empty private folder where temporary ones belong, or in a folder that is there. */
  makeTempFolder(prefix: string, within?: string): Promise<string>;
}
