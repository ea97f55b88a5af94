/**
 * Looks at workflows without keeping them, for whoever watches thousands: what
 * a workflow takes in memory is twenty times its text, and a scheduler needs of
 * most of them only when they start.
 *
 * @module
 */
import { sha256Hex } from "../expr/sha256.ts";
import type { LoadedFile } from "../model/load_workflow.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { ConfFiles, FileLook, FileStamp } from "./conf_files.ts";
import { duplicateNames } from "./duplicate_names.ts";

/** Loads the workflows of a file; `loadFile` with the kinds that the text needs. */
export type FileLoader = (text: string, file: string) => LoadedFile | Promise<LoadedFile>;

/** What somebody keeps of a workflow, and what they found wrong with it. */
export interface Sight<T> {
  /** What is kept; nothing where the workflow is of no interest. */
  readonly kept?: T | undefined;
  /** What is wrong. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Looks at a workflow; called once for each version of its file. */
export type Look<T> = (workflow: Workflow) => Promise<Sight<T>>;

/** What a survey found. */
export interface SurveyListing<T> {
  /** What is kept, by the names of the workflows; of files that are as they were, the same objects as before. */
  readonly kept: ReadonlyMap<string, T>;
  /** What is wrong. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a workflow can be loaded from again. */
export interface WorkflowText {
  /** Its name. */
  readonly name: string;
  /** The file that it comes from. */
  readonly file: string;
  /** What that file held. */
  readonly text: string;
}

/** Looks at workflows, again and again. */
export interface ConfSurvey<T> {
  /** What there is now; only what has changed since the last time is looked at. */
  list(): Promise<SurveyListing<T>>;
  /** A workflow that was seen, the whole of it. Those that were loaded last are kept ready. */
  load(from: WorkflowText): Promise<Workflow>;
  /** How many files there are that nobody has looked at. */
  unseen(): Promise<number>;
  /** What the last list was made of: plain data, if what is kept is. */
  seen(): SeenFiles<T>;
  /** Goes on from what another survey of the same folders has seen. */
  takeOver(seen: SeenFiles<T>): void;
}

/** What a survey has seen: the files of each folder. */
export type SeenFiles<T> = readonly ReadonlyMap<string, SeenFile<T>>[];

/** What a survey knows of a file. */
export interface SeenFile<T> {
  /** How it was when it was read. */
  readonly stamp: FileStamp;
  /** SHA-256 of its text. */
  readonly digest: string;
  /** The workflows that are right, and what is kept of each. */
  readonly sights: readonly (readonly [name: string, kept: T | undefined])[];
  /** What is wrong with it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** So many characters of text are kept ready as workflows: they take about twenty times as much. */
export const MAX_READY_CHARS = 200_000;

/** The workflows that were loaded last. */
export class ReadyWorkflows {
  readonly #load: FileLoader;
  /** The one that nobody has asked for for the longest time first. */
  readonly #files = new Map<string, { readonly text: string; readonly loaded: LoadedFile }>();
  #chars = 0;

  /** @param load Loads a file. */
  constructor(load: FileLoader) {
    this.#load = load;
  }

  /** The workflow of this name in a text that was found to be right. */
  async load({ name, file, text }: WorkflowText): Promise<Workflow> {
    const known = this.#files.get(file);
    const loaded = known?.text === text ? known.loaded : await this.#load(text, file);
    this.#keep(file, { text, loaded });
    const found = loaded.workflows.find((workflow) => workflow.name === name);
    if (found !== undefined) return found;
    throw new Error(`Internal error: "${file}" had workflow "${name}" and has it no more`);
  }

  #keep(file: string, kept: { readonly text: string; readonly loaded: LoadedFile }): void {
    this.#drop(file);
    this.#files.set(file, kept);
    this.#chars += kept.text.length;
    for (const oldest of this.#files.keys()) {
      if (this.#chars <= MAX_READY_CHARS) return;
      this.#drop(oldest);
    }
  }

  #drop(file: string): void {
    this.#chars -= this.#files.get(file)?.text.length ?? 0;
    this.#files.delete(file);
  }
}

/** A survey of one folder. */
export class FolderSurvey<T> {
  readonly #files: ConfFiles;
  readonly #load: FileLoader;
  readonly #look: Look<T>;
  /** What is known of each file. */
  seen: ReadonlyMap<string, SeenFile<T>> = new Map();

  /** @param files The files of the folder. */
  constructor(
    files: ConfFiles,
    { load, look }: { readonly load: FileLoader; readonly look: Look<T> },
  ) {
    this.#files = files;
    this.#load = load;
    this.#look = look;
  }

  /** All names of workflows in the folder, with what is kept of them, and what is wrong. */
  async list(): Promise<
    { readonly sights: ReadonlyMap<string, T | undefined>; diagnostics: readonly Diagnostic[] }
  > {
    const { files, problems } = await this.#files.names();
    const seen = new Map<string, SeenFile<T>>();
    const diagnostics = [...problems];
    // One after another: of a thousand files that are parsed at once, all is kept at once.
    for (const file of files) {
      const look = await this.#files.look(file, this.seen.get(file)?.stamp);
      if (look.type === "unreadable") diagnostics.push(look.problem);
      else seen.set(file, await this.#seenAs(file, look));
    }
    this.seen = seen;
    const twice = await this.#duplicates();
    const sights = new Map<string, T | undefined>();
    for (const file of seen.values()) {
      diagnostics.push(...file.diagnostics);
      for (const [name, kept] of file.sights) if (!twice.has(name)) sights.set(name, kept);
    }
    return { sights, diagnostics: [...diagnostics, ...[...twice.values()].flat()] };
  }

  /** How many files nobody has looked at. */
  async unseen(): Promise<number> {
    const { files } = await this.#files.names();
    return files.filter((file) => !this.seen.has(file)).length;
  }

  async #seenAs(
    file: string,
    look: Exclude<FileLook, { type: "unreadable" }>,
  ): Promise<SeenFile<T>> {
    const before = this.seen.get(file);
    if (look.type === "same" && before !== undefined) return before;
    if (look.type === "same") throw new Error(`Internal error: "${file}" is as it never was`);
    const { text, stamp } = look;
    const digest = sha256Hex(text);
    if (before?.digest === digest) return { ...before, stamp };
    return { stamp, digest, ...await this.#seenIn(await this.#load(text, file)) };
  }

  async #seenIn(
    { workflows, diagnostics }: LoadedFile,
  ): Promise<Pick<SeenFile<T>, "sights" | "diagnostics">> {
    const found = [...diagnostics];
    const sights: [string, T | undefined][] = [];
    for (const workflow of workflows) {
      const { kept, diagnostics } = await this.#look(workflow);
      sights.push([workflow.name, kept]);
      found.push(...diagnostics);
    }
    return { sights, diagnostics: found };
  }

  /** Where names stand is known of workflows alone, so the files that share one are loaded again. */
  async #duplicates(): Promise<ReadonlyMap<string, readonly Diagnostic[]>> {
    const homes = new Map<string, string>();
    const shared = new Set<string>();
    for (const [file, { sights }] of this.seen) {
      for (const [name] of sights) {
        const other = homes.get(name);
        if (other === undefined) homes.set(name, file);
        else shared.add(other).add(file);
      }
    }
    const workflows: Workflow[] = [];
    for (const file of [...shared].sort()) {
      const look = await this.#files.look(file);
      if (look.type !== "read") continue;
      workflows.push(...(await this.#load(look.text, file)).workflows);
    }
    return duplicateNames(workflows);
  }
}
