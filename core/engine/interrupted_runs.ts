/**
 * Runs that have not ended and whose engine has died.
 *
 * @module
 */
import { JournalError, OPEN_STATUSES, type RunSummary } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";
import { messageOf } from "../source/message_of.ts";
import type { Engine } from "./engine.ts";
import { RefusedRuns } from "./refused_runs.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** So many of the newest runs that have not ended are looked at. */
export const MAX_SEEN_RUNS = 1_000;

/** What finds them. */
export interface InterruptedRunsOptions {
  /** Knows who is at work. */
  readonly engine: Pick<Engine, "isHeld" | "store">;
  /** Time. */
  readonly clock: Clock;
  /** Told of each that cannot be taken up, once for each reason. */
  readonly tell: (note: ScheduleNote) => void;
}

/** Finds them for whoever takes them up, and remembers those that could not be. */
export class InterruptedRuns {
  readonly #options: InterruptedRunsOptions;
  readonly #refused = new RefusedRuns();

  /** @param options What finds them. */
  constructor(options: InterruptedRunsOptions) {
    this.#options = options;
  }

  /**
   * Has those that are wanted taken up, the oldest first. One that cannot be,
   * whatever the reason, keeps no other from it.
   */
  async each(
    isWanted: (run: RunSummary) => boolean,
    takeUp: (run: RunSummary) => Promise<void>,
  ): Promise<void> {
    const { engine, clock } = this.#options;
    const store = await engine.store();
    const open = await store.list({ statuses: OPEN_STATUSES, limit: MAX_SEEN_RUNS });
    this.#refused.keep(open.map(({ runId }) => runId));
    for (const run of open.toReversed()) {
      if (!isWanted(run) || this.#refused.rests(run.runId, clock.now())) continue;
      try {
        if (!await engine.isHeld(run.runId)) await takeUp(run);
      } catch (error) {
        if (error instanceof JournalError && error.code === "busy") continue; // Somebody was quicker.
        this.#tellOnce(run, error);
      }
    }
  }

  /** Whether a run could not be taken up when that was last tried. */
  isRefused(runId: string): boolean {
    return this.#refused.has(runId);
  }

  /** Leaves a run alone for a while; says whether the reason is news. */
  refuse(runId: string, message: string): boolean {
    return this.#refused.add(runId, { message, nowMs: this.#options.clock.now() });
  }

  #tellOnce({ runId }: RunSummary, error: unknown): void {
    const message = `Cannot take up run "${runId}": ${messageOf(error)}`;
    if (this.refuse(runId, message)) this.#options.tell({ type: "trouble", message });
  }
}
