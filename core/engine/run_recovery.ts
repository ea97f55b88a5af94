/**
 * Takes up runs whose engine has died, for whoever has started them on behalf
 * of others and is there again.
 *
 * @module
 */
import { JournalError, type RunSummary } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";
import { messageOf } from "../source/message_of.ts";
import type { Engine } from "./engine.ts";
import { RefusedRuns } from "./refused_runs.ts";
import type { RunHandle } from "./run_handle.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** Milliseconds between two looks. */
export const LOOK_AGAIN_MS = 10_000;

/** So many of the newest runs that have not ended are looked at. */
export const MAX_SEEN_RUNS = 1_000;

/** So many runs that were taken up are under way at most; the others wait for the next look. */
export const MAX_AT_ONCE = 64;

/** What takes them up. */
export interface RunRecoveryOptions {
  /** Drives them. */
  readonly engine: Engine;
  /** Time. */
  readonly clock: Clock;
  /** Runs that were started so are taken up: `http`, `webhook`, … */
  readonly triggers: readonly string[];
  /** Told of each that is taken up, has ended, or cannot be taken up. */
  readonly tell: (note: ScheduleNote) => void;
}

/** Takes up runs whose engine has died. */
export class RunRecovery {
  readonly #options: RunRecoveryOptions;
  readonly #refused = new RefusedRuns();
  /** What was said of the store, so that it is said once. */
  #trouble = "";
  #underWay = 0;

  /** @param options What it is made of. */
  constructor(options: RunRecoveryOptions) {
    this.#options = options;
  }

  /** Looks for them again and again until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal).then(() => this.#trouble = "", (error) => this.#tellOnce(error));
      await clock.pause(LOOK_AGAIN_MS, signal).catch(() => {}); // Aborted: all is to end.
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { engine, clock, triggers } = this.#options;
    const statuses = ["RUNNING", "WAIT"];
    const open = await (await engine.store()).list({ statuses, limit: MAX_SEEN_RUNS });
    this.#refused.keep(open.map(({ runId }) => runId));
    for (const run of open.toReversed()) {
      if (signal.aborted || this.#underWay >= MAX_AT_ONCE) return;
      if (!triggers.includes(run.trigger) || this.#refused.rests(run.runId, clock.now())) continue;
      await this.#takeUp(run);
    }
  }

  /** One that cannot be taken up, whatever the reason, keeps no other from it. */
  async #takeUp({ runId, workflow }: RunSummary): Promise<void> {
    const { engine, clock, tell } = this.#options;
    try {
      if (await engine.isHeld(runId)) return;
      const handle = await engine.resume(runId);
      tell({ type: "recovered", workflow, runId });
      this.#follow(handle, workflow);
    } catch (error) {
      if (error instanceof JournalError && error.code === "busy") return; // Somebody was quicker.
      const message = `Cannot take up run "${runId}": ${messageOf(error)}`;
      if (this.#refused.add(runId, { message, nowMs: clock.now() })) {
        tell({ type: "trouble", message });
      }
    }
  }

  #follow({ runId, result }: RunHandle, workflow: string): void {
    const { tell } = this.#options;
    this.#underWay++;
    result.then(
      ({ status }) => tell({ type: "settled", workflow, runId, status }),
      (error) => tell({ type: "trouble", message: messageOf(error) }),
    ).finally(() => this.#underWay--);
  }

  #tellOnce(error: unknown): void {
    const message = `Cannot look for interrupted runs: ${messageOf(error)}`;
    if (message !== this.#trouble) this.#options.tell({ type: "trouble", message });
    this.#trouble = message;
  }
}
