/**
 * A run that could begin at once.
 *
 * @module
 */
import type { RunHandle } from "./run_handle.ts";

/** A run of which all is done that can be done before it begins. */
export interface ReadyRun {
  /** Its id. */
  readonly runId: string;
  /**
   * Starts it. Resolves once it has begun.
   *
   * @throws {JournalError} `exists` when there is a run of this id.
   */
  begin(): Promise<RunHandle>;
}
