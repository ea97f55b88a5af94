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
import { type Host, HostError } from "../plugin/ports.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { Place } from "../source/span.ts";
import { WorkflowError } from "./errors.ts";
import { parseIgnoreFile } from "./ignore_file.ts";
import { SETTINGS_FILE } from "./settings_file.ts";

/** The most files that are looked at in one folder. */
export const MAX_CONF_FILES = 10_000;

/** The file that says which files are left out. */
export const IGNORE_FILE = ".confignore";

/** What the folders hold. */
export interface ConfListing {
  /** The workflows that are right, by name. */
  readonly workflows: readonly Workflow[];
  /** What is wrong with the others. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Folders with workflows. */
export interface ConfFolder {
  /**
   * The workflow of this name; `undefined` when no file defines it.
   *
   * @throws {WorkflowError} with diagnostics, when it is defined wrongly or twice.
   */
  find(name: string): Promise<Workflow | undefined>;
  /** All that the folders hold. */
  list(): Promise<ConfListing>;
}

/** Loads the workflows of a file; `loadFile` with the kinds that the text needs. */
export type FileLoader = (text: string, file: string) => LoadedFile | Promise<LoadedFile>;

/** What folders are opened with. */
export interface ConfFolderOptions {
  /** The machine. */
  readonly host: Pick<Host, "listFiles" | "readText">;
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
export function openConfFolder({ host, folders, load }: ConfFolderOptions): ConfFolder {
  const opened = folders.map((folder) => new Folder(folder, { host, load }));
  return {
    find: async (name) => {
      for (const folder of opened) {
        const found = await folder.find(name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    list: async () => merged(await Promise.all(opened.map((folder) => folder.list()))),
  };
}

function merged(listings: readonly ConfListing[]): ConfListing {
  const byName = new Map<string, Workflow>();
  for (const workflow of listings.flatMap(({ workflows }) => workflows)) {
    if (!byName.has(workflow.name)) byName.set(workflow.name, workflow);
  }
  return {
    workflows: [...byName.values()].toSorted((one, other) => one.name < other.name ? -1 : 1),
    diagnostics: listings.flatMap(({ diagnostics }) => diagnostics),
  };
}

interface FileText {
  readonly file: string;
  readonly text: string;
}

/** A file as it was when it was last loaded. */
interface KnownFile extends FileText {
  readonly loaded: LoadedFile;
}

class Folder {
  readonly #folder: string;
  readonly #host: ConfFolderOptions["host"];
  readonly #load: FileLoader;
  /** What each file held when it was last loaded. */
  readonly #known = new Map<string, KnownFile>();
  /** In which file each name was last found. */
  readonly #homes = new Map<string, string>();

  constructor(folder: string, { host, load }: Omit<ConfFolderOptions, "folders">) {
    this.#folder = folder;
    this.#host = host;
    this.#load = load;
  }

  async find(name: string): Promise<Workflow | undefined> {
    return await this.#findAtHome(name) ?? await this.#findAnywhere(name);
  }

  async list(): Promise<ConfListing> {
    const { names, problems } = await this.#namesOfFiles();
    const files: KnownFile[] = [];
    // One after another: of a thousand files that are parsed at once, all is kept at once.
    for (const name of names) {
      const text = await this.#read(name);
      if (typeof text === "string") files.push(await this.#loaded({ file: name, text }));
      else problems.push(text);
    }
    const twice = duplicates(files);
    return {
      workflows: files.flatMap(({ loaded }) => loaded.workflows)
        .filter(({ name }) => !twice.has(name)),
      diagnostics: [
        ...problems,
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
    const text = await this.#read(known.file);
    if (text !== known.text) return undefined;
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
    const { names } = await this.#namesOfFiles();
    const texts: FileText[] = [];
    for (const file of names) {
      const text = await this.#read(file);
      if (typeof text === "string") texts.push({ file, text });
    }
    return texts;
  }

  async #namesOfFiles(): Promise<
    { readonly names: readonly string[]; readonly problems: Diagnostic[] }
  > {
    const names = await this.#host.listFiles(this.#folder);
    if (names === undefined) return { names: [], problems: [this.#missing()] };
    const problems: Diagnostic[] = [];
    const ignore = names.includes(IGNORE_FILE) ? await this.#read(this.#pathOf(IGNORE_FILE)) : "";
    if (typeof ignore !== "string") problems.push(ignore);
    const ignores = parseIgnoreFile(typeof ignore === "string" ? ignore : "");
    const wanted = names.filter((name) =>
      /\.ya?ml$/.test(name) && name !== SETTINGS_FILE && !ignores(name)
    );
    if (wanted.length > MAX_CONF_FILES) problems.push(this.#tooMany(wanted.length));
    const files = wanted.slice(0, MAX_CONF_FILES).map((name) => this.#pathOf(name));
    return { names: files, problems };
  }

  // Only names that the folder itself has listed come here.
  #pathOf(name: string): string {
    return `${this.#folder.replace(/\/+$/, "")}/${name}`;
  }

  async #read(file: string): Promise<string | Diagnostic> {
    try {
      return await this.#host.readText(file);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const message = `Cannot read the file: ${error.message}`;
      return { code: "file-unreadable", severity: "error", message, place: startOf(file) };
    }
  }

  async #loaded({ file, text }: FileText): Promise<KnownFile> {
    const known = this.#known.get(file);
    if (known?.text === text) return known;
    const loaded = { file, text, loaded: await this.#load(text, file) };
    this.#known.set(file, loaded);
    return loaded;
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

/** Each name that several files define, with an error for each place but the first. */
function duplicates(files: readonly KnownFile[]): ReadonlyMap<string, readonly Diagnostic[]> {
  const all = files.flatMap(({ loaded }) => loaded.workflows);
  const twice = new Map<string, readonly Diagnostic[]>();
  for (const [name, [first, ...others]] of Map.groupBy(all, (workflow) => workflow.name)) {
    if (first === undefined || others.length === 0) continue;
    twice.set(
      name,
      others.map((other) => ({
        code: "workflow-duplicate",
        severity: "error",
        message: `Workflow "${name}" is defined twice, so neither can be run; rename one of them`,
        place: placeOfName(other),
        related: [{ message: "the other one", place: placeOfName(first) }],
      })),
    );
  }
  return twice;
}

function placeOfName({ document, path }: Workflow): Place {
  const span = path.length === 0 ? document.locate(["name"]) : document.locate(path, "key");
  return { file: document.file, span };
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

function startOf(file: string): Place {
  const start = { line: 1, column: 1 };
  return { file, span: { start, end: start } };
}
