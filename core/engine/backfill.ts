/**
 * Runs a workflow for slots of the past. The ids of the runs follow from the
 * slots, so a backfill that was interrupted goes on when it is started again,
 * and no slot is run twice.
 *
 * @module
 */
import type { Workflow } from "../model/workflow.ts";
import { JournalError, type RunSummary } from "../plugin/journal.ts";
import { paramsOfSlot, slotsBetween } from "../schedule/slots.ts";
import type { Engine } from "./engine.ts";
import { WorkflowError } from "./errors.ts";
import type { RunHandle } from "./run_handle.ts";
import { releaseRunId } from "./run_id.ts";
import { together } from "./together.ts";

/** The most slots of one backfill. */
export const MAX_BACKFILL_SLOTS = 10_000;

/** A slot of a backfill. */
export interface BackfillSlot {
  /** The slot. */
  readonly slotMs: number;
  /** The id of its run. */
  readonly runId: string;
  /** Its run, where there has been one. */
  readonly known: RunSummary | undefined;
}

/** From when to when; both count. */
export interface BackfillSpan {
  /** The first moment. */
  readonly fromMs: number;
  /** The last moment. */
  readonly toMs: number;
}

/**
 * The slots of all schedules of a workflow that have come, oldest first: one
 * that is still to come is the scheduler's.
 *
 * @throws {WorkflowError} when it has no schedule, or more than {@linkcode MAX_BACKFILL_SLOTS} slots.
 */
export async function backfillSlots(
  engine: Engine,
  workflow: Workflow,
  { fromMs, toMs }: BackfillSpan,
): Promise<readonly BackfillSlot[]> {
  const { name, triggers: { schedules } } = workflow;
  if (schedules.length === 0) {
    throw new WorkflowError(
      `Cannot backfill "${name}": it has no schedule that says for which slots`,
    );
  }
  const calendar = await engine.calendar();
  const untilMs = Math.min(toMs, engine.now());
  const found = new Set<number>();
  for (const schedule of schedules) {
    for (
      const slot of slotsBetween(schedule, { afterMs: fromMs - 1, untilMs }, { calendar })
    ) {
      found.add(slot);
      if (found.size > MAX_BACKFILL_SLOTS) throw tooMany(name);
    }
  }
  const store = await engine.store();
  const slots: BackfillSlot[] = [];
  for (const slotMs of [...found].sort((one, other) => one - other)) {
    const runId = releaseRunId(name, slotMs);
    slots.push({ slotMs, runId, known: await store.find(runId) });
  }
  return slots;
}

/** How a backfill goes. */
export interface BackfillOptions {
  /** What it runs. */
  readonly workflow: Workflow;
  /** How many runs may be under way at once. @default 1 */
  readonly parallel?: number;
  /** Told of each slot that has ended, or whose run somebody else has under way. */
  readonly tell?: (slot: BackfillSlot, status: string) => void;
}

/** Runs slots, oldest first. */
export class Backfill {
  readonly #engine: Engine;
  readonly #options: BackfillOptions;
  readonly #active = new Set<RunHandle>();
  #cancelled = false;

  /**
   * Makes one.
   *
   * @param engine Starts the runs.
   */
  constructor(engine: Engine, options: BackfillOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /**
   * Runs all slots that have no run that has ended; resolves with how many ended in each status.
   * When one cannot be started, none is any more, and it rejects once those under way have ended.
   */
  async run(slots: readonly BackfillSlot[]): Promise<ReadonlyMap<string, number>> {
    const { parallel = 1, tell } = this.#options;
    const counts = new Map<string, number>();
    const left = slots.values();
    const work = async (ending: AbortSignal) => {
      for (const slot of left) {
        if (this.#cancelled || ending.aborted) return;
        const status = await this.#settled(slot);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        tell?.(slot, status);
      }
    };
    // Whoever ends a backfill early cancels it.
    const never = new AbortController().signal;
    await together(never, Array.from({ length: parallel }, () => work));
    return counts;
  }

  /** Starts nothing more and asks what is under way to end; again, its clean-up as well. */
  cancel(by: string, why: string): void {
    this.#cancelled = true;
    for (const handle of this.#active) handle.cancel(by, why);
  }

  async #settled({ slotMs, runId, known }: BackfillSlot): Promise<string> {
    if (known?.settledAt !== undefined) return known.status;
    try {
      const { workflow } = this.#options;
      const calendar = await this.#engine.calendar();
      const handle = await this.#engine.start(workflow, {
        ...{ runId, trigger: "backfill", params: paramsOfSlot(workflow, slotMs, { calendar }) },
        release: { type: "normal", logicalDateMs: slotMs },
      });
      this.#active.add(handle);
      return await handle.result.then(({ status }) => status).finally(() =>
        this.#active.delete(handle)
      );
    } catch (error) {
      if (error instanceof JournalError && error.code === "busy") return "RUNNING";
      if (error instanceof JournalError && error.code === "exists") return "RUNNING";
      throw error;
    }
  }
}

function tooMany(name: string): WorkflowError {
  return new WorkflowError(
    `Cannot backfill "${name}": there are more than ${MAX_BACKFILL_SLOTS} slots; choose a shorter time`,
  );
}
