/**
 * Finds runs that have ended and that other workflows follow.
 *
 * @module
 */
import type { ReleaseTrigger, ReleaseWhen } from "../model/triggers.ts";
import type { JournalStore, RunSummary } from "../plugin/journal.ts";
import { followedCursor, pauseOf } from "../schedule/schedule_cursors.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import type { DueRelease } from "./release_lanes.ts";
import { followerRunId, slotOfRunId } from "./run_id.ts";

/** So many of the newest ended runs of a workflow are looked at. */
export const MAX_FOLLOWED_RUNS = 200;

/** A run may be seen so much later than it ended, when another process has ended it. */
export const FOLLOW_MARGIN_MS = 60_000;

const STATUSES: Readonly<Record<ReleaseWhen, readonly string[]>> = {
  success: ["SUCCESS"],
  failure: ["FAILED"],
  always: ["SUCCESS", "FAILED", "CANCEL"],
};

/** What a look is based on. */
export interface FollowFacts {
  /** Where runs are kept. */
  readonly store: JournalStore;
  /** The time. */
  readonly nowMs: number;
  /** The scheduler's cursors. */
  readonly cursors: ReadonlyMap<string, number>;
}

/** Finds what is to follow. Finds each run once. */
export class ReleaseFollower {
  /** When runs ended that were found already, by the id of what follows. */
  readonly #found = new Map<string, number>();

  /** The releases that are due because of runs that have ended; new triggers follow what ends from now on. */
  async releases(
    workflows: Iterable<ScheduledWorkflow>,
    facts: FollowFacts,
  ): Promise<DueRelease[]> {
    this.#forget(facts.nowMs);
    const due: DueRelease[] = [];
    for (const workflow of workflows) {
      for (const trigger of workflow.triggers.releases) {
        due.push(...await this.#following(workflow, trigger, facts));
      }
    }
    return due;
  }

  async #following(
    workflow: ScheduledWorkflow,
    { workflow: followed, when }: ReleaseTrigger,
    { store, nowMs, cursors }: FollowFacts,
  ): Promise<readonly DueRelease[]> {
    const key = followedCursor(workflow.name, followed);
    const { paused, endedMs } = pauseOf(workflow.name, cursors);
    const known = cursors.get(key);
    // While it is paused, what ends is passed over.
    if (known === undefined || paused) await store.advance(new Map([[key, nowMs]]));
    if (known === undefined || paused) return [];
    const sinceMs = Math.max(known, endedMs);
    const statuses = STATUSES[when];
    const ended = await store.list({ workflow: followed, statuses, limit: MAX_FOLLOWED_RUNS });
    return [...ended].reverse().flatMap((run) => this.#follower(run, { workflow, key, sinceMs }));
  }

  #follower(
    { runId, settledAt = 0, trigger }: RunSummary,
    { workflow, key, sinceMs }: {
      readonly workflow: ScheduledWorkflow;
      readonly key: string;
      readonly sinceMs: number;
    },
  ): readonly DueRelease[] {
    const follower = followerRunId(workflow.name, runId);
    if (settledAt < sinceMs || trigger === "dryrun" || this.#found.has(follower)) return [];
    this.#found.set(follower, settledAt);
    return [{
      workflow,
      runId: follower,
      slotMs: slotOfRunId(runId) ?? settledAt,
      ...{ trigger: "release", params: {} },
      parentRunId: runId,
      overlap: workflow.triggers.policy.overlap,
      cursors: new Map([[key, settledAt - FOLLOW_MARGIN_MS]]),
      missed: new Map(),
    }];
  }

  /** What the cursors are behind of by more than the margin is not found any more. */
  #forget(nowMs: number): void {
    if (this.#found.size < MAX_FOLLOWED_RUNS) return;
    for (const [runId, endedMs] of this.#found) {
      if (endedMs < nowMs - FORGET_AFTER_MS) this.#found.delete(runId);
    }
  }
}

/** Long enough for every cursor to have moved on; what is found twice is not run twice. */
const FORGET_AFTER_MS = 86_400_000;
