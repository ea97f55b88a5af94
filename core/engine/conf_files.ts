/**
 * The files of a folder of workflows: which there are, what they hold, and
 * which of them can have changed since they were last read.
 *
 * @module
 */
import { type Clock, type FileFacts, type Host, HostError } from "../plugin/ports.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { Place } from "../source/span.ts";
import { parseIgnoreFile } from "./ignore_file.ts";
import { SETTINGS_FILE } from "./settings_file.ts";

/** The most files that are looked at in one folder. */
export const MAX_CONF_FILES = 10_000;

/** The file that says which files are left out. */
export const IGNORE_FILE = ".confignore";

/**
 * A file that was written less than this ago is read whatever its times say:
 * two changes within one tick of the file system's clock show the same times.
 */
export const UNSETTLED_MS = 2_000;

/** Reads folders and files. */
export type ConfHost = Pick<Host, "listFiles" | "readText">;

/** Tells whether a file can have changed without reading it. */
export type ConfWatch = Pick<Host, "fileFacts"> & Pick<Clock, "now">;

/** What a folder is read with. */
export interface ConfFilesOptions {
  /** The machine. */
  readonly host: ConfHost;
  /** How files are, and what time it is. @default files are read each time */
  readonly watch?: ConfWatch | undefined;
}

/** How a file was when it was read; `undefined` when that says nothing about what it holds later. */
export type FileStamp = FileFacts | undefined;

/** What a look at a file found. */
export type FileLook =
  | {
    /** It is as it was. */
    readonly type: "same";
  }
  | {
    /** It was read. */
    readonly type: "read";
    readonly text: string;
    readonly stamp: FileStamp;
  }
  | {
    /** It cannot be read. */
    readonly type: "unreadable";
    readonly problem: Diagnostic;
  };

/** The names of the files of a folder, and what is wrong with the folder. */
export interface ConfNames {
  /** The files, as paths. */
  readonly files: readonly string[];
  /** What is wrong. */
  readonly problems: readonly Diagnostic[];
}

/** The workflow files of one folder. */
export class ConfFiles {
  readonly #folder: string;
  readonly #options: ConfFilesOptions;

  /** @param folder Where they stand. */
  constructor(folder: string, options: ConfFilesOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** The files that there are, without those that are left out. */
  async names(): Promise<ConfNames> {
    const names = await this.#options.host.listFiles(this.#folder);
    if (names === undefined) return { files: [], problems: [this.#missing()] };
    const problems: Diagnostic[] = [];
    const ignored = names.includes(IGNORE_FILE) ? await this.#ignoreFile() : "";
    if (typeof ignored !== "string") problems.push(ignored);
    const ignores = parseIgnoreFile(typeof ignored === "string" ? ignored : "");
    const wanted = names.filter((name) =>
      /\.ya?ml$/.test(name) && name !== SETTINGS_FILE && !ignores(name)
    );
    if (wanted.length > MAX_CONF_FILES) problems.push(this.#tooMany(wanted.length));
    const files = wanted.slice(0, MAX_CONF_FILES).map((name) => this.#pathOf(name));
    return { files, problems };
  }

  /** Reads a file, unless it is as it was when it had `known`. */
  async look(file: string, known?: FileStamp): Promise<FileLook> {
    // Before it is read: what changes in between is seen the next time.
    const stamp = await this.#stampOf(file);
    if (stamp !== undefined && known !== undefined && isSame(stamp, known)) return { type: "same" };
    return await this.read(file, stamp);
  }

  /** Reads a file; `stamp` is how it was before, for whoever looks at it again. */
  async read(file: string, stamp?: FileStamp): Promise<Exclude<FileLook, { type: "same" }>> {
    const text = await this.#read(file);
    return typeof text === "string"
      ? { type: "read", text, stamp }
      : { type: "unreadable", problem: text };
  }

  async #stampOf(file: string): Promise<FileStamp> {
    const { watch } = this.#options;
    try {
      const facts = await watch?.fileFacts(file);
      if (watch === undefined || facts === undefined) return undefined;
      const touchedMs = Math.max(facts.modifiedMs, facts.changedMs);
      return watch.now() - touchedMs < UNSETTLED_MS ? undefined : facts;
    } catch (error) {
      if (error instanceof HostError) return undefined; // Reading it says why.
      throw error;
    }
  }

  async #read(file: string): Promise<string | Diagnostic> {
    try {
      return await this.#options.host.readText(file);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const message = `Cannot read the file: ${error.message}`;
      return { code: "file-unreadable", severity: "error", message, place: startOf(file) };
    }
  }

  #ignoreFile(): Promise<string | Diagnostic> {
    return this.#read(this.#pathOf(IGNORE_FILE));
  }

  // Only names that the folder itself has listed come here.
  #pathOf(name: string): string {
    return `${this.#folder.replace(/\/+$/, "")}/${name}`;
  }

  #missing(): Diagnostic {
    const message = `There is no folder "${this.#folder}" to find workflows in`;
    return { code: "conf-missing", severity: "warning", message, place: startOf(this.#folder) };
  }

  #tooMany(count: number): Diagnostic {
    const message = `Only the first ${MAX_CONF_FILES} of ${count} files are looked at`;
    return { code: "too-many", severity: "error", message, place: startOf(this.#folder) };
  }
}

function isSame(one: FileFacts, other: FileFacts): boolean {
  return one.sizeBytes === other.sizeBytes && one.modifiedMs === other.modifiedMs &&
    one.changedMs === other.changedMs;
}

function startOf(file: string): Place {
  const start = { line: 1, column: 1 };
  return { file, span: { start, end: start } };
}
