/**
 * What a run that follows another one is told of it.
 *
 * @module
 */
import type { FollowedRun } from "../plan/plan.ts";
import type { JournalStore, RunSummary } from "../plugin/journal.ts";
import { CodecError, decodeEvent } from "../run/codec.ts";
import { slotOfRunId } from "./run_id.ts";

/** What follows from a run that has ended for the one behind it. */
export interface Following {
  /** The run that is followed. */
  readonly followed: FollowedRun;
  /** The slot that it stands for, and the one behind it as well; of one that stands for none, when it ended. */
  readonly slotMs: number;
}

/** What a run that follows this one stands for, and is told of it. */
export async function following(run: RunSummary, store: JournalStore): Promise<Following> {
  const { runId, workflow, status, startedAt, settledAt = startedAt } = run;
  const slotMs = slotOfRunId(runId) ?? await plannedSlot(runId, store) ?? settledAt;
  return { followed: { workflow, runId, status }, slotMs };
}

/** The plan is the first thing in a journal; one that cannot be read tells of no slot. */
async function plannedSlot(runId: string, store: JournalStore): Promise<number | undefined> {
  try {
    for await (const record of store.read(runId)) {
      const event = decodeEvent(record);
      return event.type === "run.started" ? event.plan.release?.logicalDateMs : undefined;
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  return undefined;
}
