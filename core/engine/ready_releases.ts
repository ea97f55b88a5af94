/**
 * Makes releases ready before they are due: what a run is planned with, what it
 * may do and what it is read with is settled by then, and at the slot only its
 * first events are left to decide and to keep.
 *
 * @module
 */
import { type DueRelease, startOptionsOf, type WorkflowLoader } from "./due_release.ts";
import type { Engine } from "./engine.ts";
import type { ReadyRun } from "./ready_run.ts";

/** So long before a slot its release is made ready, and for so long behind it it stays so. */
export const AHEAD_MS = 2_000;

/** A release that is about to be due. */
export interface ComingRelease {
  /** The release. */
  readonly release: DueRelease;
  /** When it is due. */
  readonly dueMs: number;
}

/** What makes releases ready. */
export interface ReadyReleasesOptions {
  readonly engine: Engine;
  /** Loads the whole of a workflow. */
  readonly load: WorkflowLoader;
}

interface MadeReady extends ComingRelease {
  readonly run: ReadyRun;
}

/** Releases that could begin at once. */
export class ReadyReleases {
  readonly #options: ReadyReleasesOptions;
  readonly #made = new Map<string, MadeReady>();

  /** @param options What makes them ready. */
  constructor(options: ReadyReleasesOptions) {
    this.#options = options;
  }

  /** Makes one ready, unless it is or has its run already. What is wrong with it its start will say. */
  async make({ release, dueMs }: ComingRelease): Promise<void> {
    const { engine, load } = this.#options;
    const { runId } = release;
    if (this.#made.has(runId) || await (await engine.store()).find(runId) !== undefined) return;
    const workflow = await load(release.workflow);
    const options = { ...startOptionsOf(release), runId, atMs: dueMs };
    this.#made.set(runId, { release, dueMs, run: await engine.ready(workflow, options) });
  }

  /** Whether a release is ready, as it is now. */
  has(release: DueRelease): boolean {
    return this.#find(release) !== undefined;
  }

  /** Gives a release that is ready away, as it can begin only once. */
  take(release: DueRelease): ReadyRun | undefined {
    const made = this.#find(release);
    if (made !== undefined) this.#made.delete(release.runId);
    return made?.run;
  }

  /** Says of one that it will not begin when it is due. */
  postpone({ runId }: DueRelease): void {
    this.#made.get(runId)?.run.postpone();
  }

  /** Forgets those whose time has come and that nobody took. */
  forget(): void {
    const nowMs = this.#options.engine.now();
    for (const [runId, { dueMs }] of this.#made) {
      if (!isNear(dueMs, nowMs)) this.#made.delete(runId);
    }
  }

  /** Its file may have been changed since, or another schedule have the same slot; and a run that waited for hours is of another day. */
  #find({ runId, workflow, params }: DueRelease): MadeReady | undefined {
    const made = this.#made.get(runId);
    if (made === undefined || !isNear(made.dueMs, this.#options.engine.now())) return undefined;
    const { release } = made;
    return release.workflow === workflow && release.params === params ? made : undefined;
  }
}

function isNear(dueMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - dueMs) <= AHEAD_MS;
}
