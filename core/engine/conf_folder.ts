/**
 * Folders of workflow files: every `.yml` and `.yaml` below them that the
 * folder's `.confignore` does not leave out (REFERENCE §1.9), but the settings.
 *
 * A file that is wrong does not hide the others (W-35). A file is read again
 * each time that something in it is asked for, and parsed again only when its
 * text has changed (W-36). Names are compared with what the files say and are
 * never made into paths.
 *
 * Two files of one folder that define the same name are an error of that name:
 * which file is newer says little about which is meant. Of several folders the
 * earlier one goes before the later one (C-008).
 *
 * @module
 */
import type { LoadedFile } from "../model/load_workflow.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { ConfFiles, type ConfFilesOptions, type FileStamp } from "./conf_files.ts";
import {
  type ConfSurvey,
  type FileLoader,
  FolderSurvey,
  type Look,
  ReadyWorkflows,
  type SurveyListing,
} from "./conf_survey.ts";
import { duplicateNames } from "./duplicate_names.ts";
import { WorkflowError } from "./errors.ts";

/** What the folders hold. */
export interface ConfListing {
  /** The workflows that are right, by name. */
  readonly workflows: readonly Workflow[];
  /** The others, as far as they could be read. */
  readonly partial: readonly Workflow[];
  /** What is wrong with them. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How folders are listed. */
export interface ListOptions {
  /** Whether to remember no more than before. @default false */
  readonly forget?: boolean;
}

/** Folders with workflows. */
export interface ConfFolder {
  /**
   * The workflow of this name; `undefined` when no file defines it.
   *
   * @throws {WorkflowError} with diagnostics, when it is defined wrongly or twice.
   */
  find(name: string): Promise<Workflow | undefined>;
  /** All that the folders hold. With `forget` nothing of it is remembered for the next call: what a workflow takes is twenty times its text. */
  list(options?: ListOptions): Promise<ConfListing>;
  /** Has somebody look at each workflow that is right, and keeps what they keep of it in place of the workflow. */
  survey<T>(look: Look<T>): ConfSurvey<T>;
}

/** What folders are opened with. */
export interface ConfFolderOptions extends ConfFilesOptions {
  /** The folders; the first one that has a name has it. */
  readonly folders: readonly string[];
  /** Loads a file. */
  readonly load: FileLoader;
}

/**
 * Opens folders of workflow files. Nothing is read until something is asked.
 *
 * @example
 * ```ts
 * import { openConfFolder } from "./conf_folder.ts";
 * import { loadFile } from "../model/load_workflow.ts";
 *
 * const conf = openConfFolder({
 *   host: {
 *     listFiles: () => Promise.resolve(["etl.yml"]),
 *     readText: () => Promise.resolve("name: etl"),
 *   },
 *   folders: ["./conf"],
 *   load: (text, file) => loadFile(text, file, { stages: [] }),
 * });
 * console.assert((await conf.find("etl"))?.name === "etl");
 * ```
 */
export function openConfFolder({ folders, load, ...options }: ConfFolderOptions): ConfFolder {
  const files = folders.map((folder) => new ConfFiles(folder, options));
  const opened = files.map((files) => new Folder(files, load));
  return {
    find: async (name) => {
      for (const folder of opened) {
        const found = await folder.find(name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    list: async (options) =>
      merged(await Promise.all(opened.map((folder) => folder.list(options)))),
    survey: (look) => {
      const surveys = files.map((files) => new FolderSurvey(files, { load, look }));
      const ready = new ReadyWorkflows(load);
      return {
        list: async () => surveyed(await Promise.all(surveys.map((survey) => survey.list()))),
        load: (from) => ready.load(from),
        unseen: async () => {
          const counts = await Promise.all(surveys.map((survey) => survey.unseen()));
          return counts.reduce((sum, count) => sum + count, 0);
        },
        seen: () => surveys.map(({ seen }) => seen),
        takeOver: (seen) => {
          for (const [at, survey] of surveys.entries()) survey.seen = seen[at] ?? survey.seen;
        },
      };
    },
  };
}

function merged(listings: readonly ConfListing[]): ConfListing {
  const byName = new Map<string, Workflow>();
  for (const workflow of listings.flatMap(({ workflows }) => workflows)) {
    if (!byName.has(workflow.name)) byName.set(workflow.name, workflow);
  }
  return {
    workflows: [...byName.values()].toSorted((one, other) => one.name < other.name ? -1 : 1),
    partial: listings.flatMap(({ partial }) => partial),
    diagnostics: listings.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** What is kept of workflows that nobody cares for is left out only here: an earlier folder's hide later ones. */
function surveyed<T>(
  found: readonly Awaited<ReturnType<FolderSurvey<T>["list"]>>[],
): SurveyListing<T> {
  const sights = new Map(found.toReversed().flatMap(({ sights }) => [...sights]));
  const kept = new Map<string, T>();
  for (const [name, value] of sights) if (value !== undefined) kept.set(name, value);
  return { kept, diagnostics: found.flatMap(({ diagnostics }) => diagnostics) };
}

interface FileText {
  readonly file: string;
  readonly text: string;
  readonly stamp: FileStamp;
}

/** A file as it was when it was last loaded. */
interface KnownFile extends FileText {
  readonly loaded: LoadedFile;
}

class Folder {
  readonly #files: ConfFiles;
  readonly #load: FileLoader;
  /** What each file held when it was last loaded. */
  readonly #known = new Map<string, KnownFile>();
  /** In which file each name was last found. */
  readonly #homes = new Map<string, string>();

  constructor(files: ConfFiles, load: FileLoader) {
    this.#files = files;
    this.#load = load;
  }

  async find(name: string): Promise<Workflow | undefined> {
    return await this.#findAtHome(name) ?? await this.#findAnywhere(name);
  }

  async list({ forget = false }: ListOptions = {}): Promise<ConfListing> {
    const { files: names, problems } = await this.#files.names();
    const files: KnownFile[] = [];
    const diagnostics = [...problems];
    // One after another: of a thousand files that are parsed at once, all is kept at once.
    for (const name of names) {
      const text = await this.#read(name, { forget });
      if ("file" in text) files.push(await this.#loaded(text, { forget }));
      else diagnostics.push(text);
    }
    const twice = duplicates(files);
    return {
      workflows: files.flatMap(({ loaded }) => loaded.workflows)
        .filter(({ name }) => !twice.has(name)),
      partial: files.flatMap(({ loaded }) => loaded.partial),
      diagnostics: [
        ...diagnostics,
        ...files.flatMap(({ loaded }) => loaded.diagnostics),
        ...[...twice.values()].flat(),
      ],
    };
  }

  // Most finds are of a name that was found before, in a file that is as it was.
  async #findAtHome(name: string): Promise<Workflow | undefined> {
    const file = this.#homes.get(name);
    const known = file === undefined ? undefined : this.#known.get(file);
    if (known === undefined) return undefined;
    const read = await this.#read(known.file);
    if (!("file" in read) || read.text !== known.text) return undefined;
    return known.loaded.workflows.find((workflow) => workflow.name === name);
  }

  async #findAnywhere(name: string): Promise<Workflow | undefined> {
    const texts = await this.#readAll();
    // The file that has the name almost always spells it as it is, so the others need not be parsed.
    const likely = await this.#findAmong(name, texts.filter(({ text }) => text.includes(name)));
    return likely ?? await this.#findAmong(name, texts);
  }

  async #findAmong(name: string, texts: readonly FileText[]): Promise<Workflow | undefined> {
    const files = await Promise.all(texts.map((text) => this.#loaded(text)));
    const twice = duplicates(files).get(name);
    if (twice !== undefined) {
      throw new WorkflowError(`Cannot tell which workflow "${name}" is meant`, {
        diagnostics: twice,
      });
    }
    const home = files.find(({ loaded }) => loaded.workflows.some((found) => found.name === name));
    if (home === undefined) return refuseBroken(name, files);
    this.#homes.set(name, home.file);
    return home.loaded.workflows.find((workflow) => workflow.name === name);
  }

  /** What can be read; the rest is for whoever lists the folder. */
  async #readAll(): Promise<readonly FileText[]> {
    const texts: FileText[] = [];
    for (const file of (await this.#files.names()).files) {
      const text = await this.#read(file);
      if ("file" in text) texts.push(text);
    }
    return texts;
  }

  async #read(
    file: string,
    { forget = false }: ListOptions = {},
  ): Promise<FileText | Diagnostic> {
    const known = this.#known.get(file);
    // How it was when it was read is only for whoever looks again.
    const look = forget && known === undefined
      ? await this.#files.read(file)
      : await this.#files.look(file, known?.stamp);
    if (look.type === "unreadable") return look.problem;
    if (look.type === "read") return { file, ...look };
    if (known !== undefined) return known;
    throw new Error(`Internal error: "${file}" is as it never was`);
  }

  async #loaded(
    { file, text, stamp }: FileText,
    { forget = false }: ListOptions = {},
  ): Promise<KnownFile> {
    const known = this.#known.get(file);
    const loaded = known?.text === text ? known.loaded : await this.#load(text, file);
    const now = { file, text, stamp, loaded };
    if (!forget) this.#known.set(file, now);
    return now;
  }
}

/** Each name that several files define, with an error for each place but the first. */
function duplicates(files: readonly KnownFile[]): ReadonlyMap<string, readonly Diagnostic[]> {
  return duplicateNames(files.flatMap(({ loaded }) => loaded.workflows));
}

/** Nothing right has the name; something wrong may. */
function refuseBroken(name: string, files: readonly KnownFile[]): undefined {
  const diagnostics = files.filter((file) => mayDefine(file, name))
    .flatMap(({ loaded }) => errorsOf(loaded));
  if (diagnostics.length === 0) return undefined;
  throw new WorkflowError(`Cannot load workflow "${name}": its file has errors`, { diagnostics });
}

// A text that could not be taken apart has no names, only letters.
function mayDefine({ text, loaded: { broken, workflows } }: KnownFile, name: string): boolean {
  const isTorn = broken.length === 0 && workflows.length === 0;
  return broken.includes(name) || (isTorn && text.includes(name));
}

function errorsOf({ diagnostics }: LoadedFile): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === "error");
}
