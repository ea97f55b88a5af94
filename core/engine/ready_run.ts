/**
 * A run that could begin at once.
 *
 * @module
 */
import type { NewRunOptions } from "../plugin/journal.ts";
import type { RunHandle } from "./run_handle.ts";

/** A run of which all is done that can be done before it begins. */
export interface ReadyRun {
  /** Its id. */
  readonly runId: string;
  /**
   * Starts it. Resolves once it has begun.
   *
   * @throws {JournalError} `exists` when there is a run of this id; `overtaken` as the options have it.
   */
  begin(options?: NewRunOptions): Promise<RunHandle>;
  /** Says that it will not begin when it was to: what was decided for that moment is decided anew. */
  postpone(): void;
}
