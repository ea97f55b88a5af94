/**
 * What the language server knows: what is installed, the workflows of the conf
 * folder, and the texts that the editor has open, saved or not.
 *
 * @module
 */
import { type Analysis, analyze, type LanguageFacts } from "../../core/language/analysis.ts";
import type { StageEntry } from "../../core/plugin/plugin.ts";
import type { StageKind } from "../../core/plugin/stage_kind.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { openSluice, type Sluice } from "../../preset.ts";

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

/** How many analyses are kept. */
const MAX_KEPT = 20;

/** What the language server knows. */
export class Workspace {
  readonly #options: WorkspaceOptions;
  readonly #sluice: Promise<Sluice>;
  readonly #analyses = new Map<string, Analysis & Pick<OpenText, "version">>();
  #facts: Promise<LanguageFacts> | undefined;

  /** Opens a workspace; nothing is read before it is asked for. */
  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#sluice = openSluice(settingsOf(options));
  }

  /** What is wrong with a text, as `sluice check` says it, other open texts in view. */
  async check({ file, text }: OpenText): Promise<readonly Diagnostic[]> {
    // An engine of its own, so that what another text was called before is forgotten.
    const options = settingsOf(this.#options);
    await using sluice = await openSluice({ ...options, beside: [folderOf(file)] });
    if (text.includes("trigger") || text.includes("release")) {
      const others = this.#options.texts().filter((other) => other.file !== file);
      for (const other of others.slice(0, MAX_OPEN_TEXTS)) {
        await sluice.loadText(other.text, other.file);
      }
    }
    return (await sluice.loadText(text, file)).diagnostics;
  }

  /** What is known of a text; kept until it changes. */
  async analysis({ file, text, version }: OpenText): Promise<Analysis> {
    const known = this.#analyses.get(file);
    if (known?.version === version) return known;
    const made = { ...analyze(text, { file, facts: await this.facts() }), version };
    this.#analyses.delete(file);
    this.#analyses.set(file, made);
    const [oldest] = this.#analyses.keys();
    if (this.#analyses.size > MAX_KEPT && oldest !== undefined) this.#analyses.delete(oldest);
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
  }

  /** Forgets a text that was closed. */
  close(file: string): void {
    this.#analyses.delete(file);
  }

  /** Lets go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#sluice)[Symbol.asyncDispose]();
  }

  async #readFacts(): Promise<LanguageFacts> {
    const { registry, settings, conf } = await this.#sluice;
    const kinds = await this.#loadKinds(registry.stageEntries);
    const { workflows } = await conf.list();
    const { functions, filters } = registry;
    return { kinds, functions, filters, scriptLang: settings.scriptLang, workflows };
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
