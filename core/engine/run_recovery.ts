/**
 * Takes up runs whose engine has died, for whoever has started them on behalf
 * of others and is there again.
 *
 * @module
 */
import type { RunSummary } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";
import { messageOf } from "../source/message_of.ts";
import type { Engine } from "./engine.ts";
import { InterruptedRuns } from "./interrupted_runs.ts";
import type { RunHandle } from "./run_handle.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** Milliseconds between two looks. */
export const LOOK_AGAIN_MS = 10_000;

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
  readonly #interrupted: InterruptedRuns;
  /** What was said of the store, so that it is said once. */
  #trouble = "";
  #underWay = 0;

  /** @param options What it is made of. */
  constructor(options: RunRecoveryOptions) {
    this.#options = options;
    this.#interrupted = new InterruptedRuns(options);
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
    const { triggers } = this.#options;
    const hasRoom = () => !signal.aborted && this.#underWay < MAX_AT_ONCE;
    await this.#interrupted.each(
      ({ trigger }) => hasRoom() && triggers.includes(trigger),
      (run) => this.#takeUp(run),
    );
  }

  async #takeUp({ runId, workflow }: RunSummary): Promise<void> {
    const { engine, tell } = this.#options;
    const handle = await engine.resume(runId);
    tell({ type: "recovered", workflow, runId });
    this.#follow(handle, workflow);
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
