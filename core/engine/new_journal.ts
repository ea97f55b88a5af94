/**
 * The journal of a run that is not in the store yet.
 *
 * @module
 */
import type { RunJournal, RunSummary } from "../plugin/journal.ts";

/** Makes the run with its first records. */
export type MakeRun = (records: readonly string[], summary?: RunSummary) => Promise<RunJournal>;

/**
 * Makes its run with the first append: the run's id and what it begins with
 * cost one flush of the disk, and no run is ever found that has not begun.
 */
export class NewJournal implements RunJournal {
  readonly #make: MakeRun;
  #journal: RunJournal | undefined;

  /**
   * Makes nothing yet.
   *
   * @param make Called once.
   */
  constructor(make: MakeRun) {
    this.#make = make;
  }

  /** How many records are on disk. */
  get length(): number {
    return this.#journal?.length ?? 0;
  }

  /** Makes the run, and adds to it from then on. */
  async append(records: readonly string[], summary?: RunSummary): Promise<void> {
    if (this.#journal !== undefined) return await this.#journal.append(records, summary);
    this.#journal = await this.#make(records, summary);
  }

  /** Gives the run up, if it was made. */
  async close(): Promise<void> {
    await this.#journal?.close();
  }
}
