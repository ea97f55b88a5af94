/**
 * The files of a run, in the order in which their attempts began.
 *
 * @module
 */
import { encodeName } from "../../core/plugin/file_name.ts";
import type { Address } from "../../core/run/event.ts";
import { AttemptFile, type LogHost } from "./attempt_file.ts";

/** Whose output to read. */
export interface LogQuery {
  /** Only this stage's. */
  readonly stage?: Address;
  /** Only this attempt's. */
  readonly attempt?: number;
  /** Only from this line on, by its number from 0 among those that are meant. */
  readonly from?: number;
}

const FILE = /^(.+)\.(\d+)\.log$/s;

/** The files of one run. */
export class RunFiles {
  readonly #host: LogHost;
  readonly #folder: string;
  readonly #known = new Map<string, AttemptFile>();

  /** Reads nothing yet. */
  constructor(folder: string, host: LogHost) {
    this.#folder = folder;
    this.#host = host;
  }

  /** The files of a stage or an attempt, or all of them; those that began first come first. */
  async find(query: LogQuery): Promise<readonly AttemptFile[]> {
    const names = (await this.#host.listNames(this.#folder) ?? []).filter((it) =>
      isWanted(it, query)
    );
    await this.#forgetOthers(names);
    const files: AttemptFile[] = [];
    for (const name of names) files.push(await this.#open(name));
    return files.sort((one, other) => one.beganMs - other.beganMs);
  }

  async #open(name: string): Promise<AttemptFile> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const file = await AttemptFile.open(`${this.#folder}/${name}`, this.#host);
    // One that has nothing in it yet is looked at again.
    if (file.beganMs > 0) this.#known.set(name, file);
    return file;
  }

  /** Another process may have removed the run, and it may have been started anew: one file tells. */
  async #forgetOthers(names: readonly string[]): Promise<void> {
    const known = names.find((name) => this.#known.has(name));
    const file = known === undefined ? undefined : this.#known.get(known);
    if (file !== undefined && !await file.isSame()) this.#known.clear();
  }
}

function isWanted(name: string, { stage, attempt }: LogQuery): boolean {
  const [, file, number] = FILE.exec(name) ?? [];
  if (file === undefined) return false;
  if (stage !== undefined && file !== encodeName(stage)) return false;
  return attempt === undefined || Number(number) === attempt;
}
