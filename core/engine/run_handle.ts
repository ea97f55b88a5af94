/**
 * A run that has been started, as its starter holds it.
 *
 * @module
 */
import type { RunEvent } from "../run/event.ts";
import type { Result } from "./result.ts";

/** A run that has been started. */
export interface RunHandle {
  /** The run's id. */
  readonly runId: string;
  /** When its beginning was on disk; absent of a run that had begun before. */
  readonly begunMs?: number | undefined;
  /** What it comes to. Rejects only when it cannot be journalled any more; then it can be resumed. */
  readonly result: Promise<Result>;
  /** The run's events from its start, as they become durable, to its end. */
  events(): AsyncIterable<RunEvent>;
  /** Asks for an early end; a second time ends clean-up as well. */
  cancel(by: string, why: string): void;
}
