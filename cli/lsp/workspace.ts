/**
 * What the language server knows: what is installed, the workflows of the conf
 * folder, and the texts that the editor has open, saved or not.
 *
 * @module
 */
import { type Analysis, analyze, type LanguageFacts } from "../../core/language/analysis.ts";
import { type Completions, completionsAt } from "../../core/language/completion.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { StageEntry } from "../../core/plugin/plugin.ts";
import type { StageKind } from "../../core/plugin/stage_kind.ts";
import { triggerStages } from "../../core/check/trigger_stages.ts";
import { type CheckedFile, openSluice, type Sluice } from "../../preset.ts";

/** A text that is open in the editor. */
export interface OpenText {
  /** Its file. */
  readonly file: string;
  /** What stands in it now. */
  readonly text: string;
  /** Grows with each change. */
  readonly version: number;
}

/** How a workspace is opened. */
export interface WorkspaceOptions {
  /** The folder with workflows. @default the settings' */
  readonly conf: string | undefined;
  /** The folder that the editor has open; what is relative begins there. */
  readonly root: string | undefined;
  /** The texts that are open. */
  readonly texts: () => readonly OpenText[];
  /** Told what goes wrong beside the work. */
  readonly warn: (message: string) => void;
}

/** Of so many other open texts, the workflows are known before they are saved. */
export const MAX_OPEN_TEXTS = 50;

/** In so many other files at most a name is looked for. */
export const MAX_OTHER_FILES = 500;

/** How many analyses are kept. */
const MAX_KEPT = 20;

/** What the language server knows. */
export class Workspace {
  readonly #options: WorkspaceOptions;
  readonly #sluice: Promise<Sluice>;
  readonly #analyses = new Map<string, Analysis & Pick<OpenText, "version">>();
  /** What was last seen of each text while something was typed in it. */
  readonly #seen = new Map<string, Analysis>();
  #facts: Promise<LanguageFacts> | undefined;

  /** Opens a workspace; nothing is read before it is asked for. */
  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#sluice = openSluice(settingsOf(options));
  }

  /** A text with what is wrong with it, as `sluice check` says it, other open texts in view. */
  async check({ file, text }: Pick<OpenText, "file" | "text">): Promise<CheckedFile> {
    // An engine of its own, so that what another text was called before is forgotten.
    const options = settingsOf(this.#options);
    await using sluice = await openSluice({
      ...options,
      showsTimes: true,
      beside: [folderOf(file)],
    });
    if (text.includes("trigger") || text.includes("release")) {
      const others = this.#options.texts().filter((other) => other.file !== file);
      for (const other of others.slice(0, MAX_OPEN_TEXTS)) {
        await sluice.loadText(other.text, other.file);
      }
    }
    return await sluice.loadText(text, file);
  }

  /** What may be written at an offset; of a long text only what was changed is looked at again. */
  async completions({ file, text }: OpenText, offset: number): Promise<Completions> {
    const facts = await this.facts();
    const last = this.#seen.get(file) ?? this.#analyses.get(file);
    const { seen, ...found } = completionsAt(text, offset, { file, facts, last });
    if (seen !== undefined) keep(this.#seen, file, seen);
    return found;
  }

  /** The other files of the workspace in which a word occurs. */
  async othersWith(word: string, { file }: OpenText): Promise<readonly Analysis[]> {
    const facts = await this.facts();
    const texts = new Map(facts.workflows.map(({ document }) => [document.file, document.text]));
    for (const open of this.#options.texts()) texts.set(open.file, open.text);
    texts.delete(file);
    return [...texts].filter(([, text]) => text.includes(word)).slice(0, MAX_OTHER_FILES)
      .map(([file, text]) => analyze(text, { file, facts }));
  }

  /** The files of the conf folder that start one of these workflows, or follow it; open ones are left to whoever opened them. */
  async dependants(names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const { workflows } = await this.facts();
    const open = new Set(this.#options.texts().map(({ file }) => file));
    const found = workflows.filter((workflow) =>
      !open.has(workflow.document.file) && namesOther(workflow, names)
    );
    return new Map(found.map(({ document }) => [document.file, document.text]));
  }

  /** What is known of a text; kept until it changes. */
  async analysis({ file, text, version }: OpenText): Promise<Analysis> {
    const known = this.#analyses.get(file);
    if (known?.version === version) return known;
    const made = { ...analyze(text, { file, facts: await this.facts() }), version };
    keep(this.#analyses, file, made);
    return made;
  }

  /** What is installed, and the workflows of the conf folder and of open texts. */
  facts(): Promise<LanguageFacts> {
    return this.#facts ??= this.#readFacts();
  }

  /** Forgets what files said: some of them may have changed. */
  refresh(): void {
    this.#facts = undefined;
    this.#analyses.clear();
    this.#seen.clear();
  }

  /** Forgets a text that was closed. */
  close(file: string): void {
    this.#analyses.delete(file);
    this.#seen.delete(file);
  }

  /** Lets go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#sluice)[Symbol.asyncDispose]();
  }

  async #readFacts(): Promise<LanguageFacts> {
    const { registry, settings, conf, engine } = await this.#sluice;
    const { next } = await engine.calendar();
    const kinds = await this.#loadKinds(registry.stageEntries);
    const { workflows } = await conf.list();
    const { functions, filters } = registry;
    return {
      kinds,
      functions,
      filters,
      scriptLang: settings.scriptLang,
      workflows,
      times: () => ({ nowMs: engine.now(), next }),
    };
  }

  /** A kind that cannot be loaded does not take the others with it. */
  async #loadKinds(entries: readonly StageEntry[]): Promise<readonly StageKind[]> {
    const loaded = await Promise.allSettled(entries.map((entry) => entry.load()));
    return loaded.flatMap((each, at) => {
      if (each.status === "fulfilled") return [each.value];
      this.#options.warn(`Cannot load stage kind "${entries[at]?.name}": ${String(each.reason)}`);
      return [];
    });
  }
}

/** Whether a workflow starts one of the others, or follows it. */
export function namesOther(workflow: Workflow, names: ReadonlySet<string>): boolean {
  return workflow.triggers.releases.some((release) => names.has(release.workflow)) ||
    triggerStages(workflow).some(({ target }) => names.has(target));
}

/** Puts what is newest last, and lets go of the oldest. */
function keep<T>(kept: Map<string, T>, file: string, made: T): void {
  kept.delete(file);
  kept.set(file, made);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}

function settingsOf({ conf, root, warn }: WorkspaceOptions) {
  return {
    ...{ warn, memory: true, audit: false },
    conf: conf ?? (root === undefined ? undefined : confIn(root)),
  };
}

/** Where the settings of the workspace's folder say that workflows are. */
function confIn(root: string): string {
  return `${root.replace(/\/+$/, "")}/conf`;
}

function folderOf(file: string): string {
  const slash = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\"));
  return slash < 0 ? "." : file.slice(0, Math.max(1, slash));
}
