/**
 * Finds runs that have ended and that other workflows follow.
 *
 * @module
 */
import type { ReleaseWhen } from "../model/triggers.ts";
import type { JournalStore, RunSummary } from "../plugin/journal.ts";
import { followedCursor, pauseOf } from "../schedule/schedule_cursors.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import { following } from "./followed_run.ts";
import type { DueRelease } from "./due_release.ts";
import { followerRunId } from "./run_id.ts";

/** So many runs that have ended are read at a time, */
export const FOLLOWED_PAGE = 200;

/** … and so many times in one look, for each workflow that is followed; the next look goes on from there. */
export const MAX_FOLLOWED_PAGES = 10;

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
  /** Whether releases of a workflow wait that could not be started yet. */
  readonly waits: (workflow: string) => boolean;
}

/** A workflow that follows another one. */
interface Follower {
  readonly workflow: ScheduledWorkflow;
  readonly followed: string;
  /** Names the two of them. */
  readonly key: string;
  /** The ends that are followed. */
  readonly statuses: ReadonlySet<string>;
}

/**
 * How far it has come. It goes through the runs in the order of their ends, and
 * then again through those that ended a short time ago: one of them may be seen
 * only now.
 */
interface Sweep {
  /** Where it begins. */
  fromMs: number;
  /** The run behind which it goes on; none where it begins anew. */
  afterRunId: string | undefined;
  /** When the last run ended that it has seen. */
  seenMs: number;
  /** When runs ended that were found already, by their ids; no others can be found again. */
  readonly found: Map<string, number>;
}

/** Finds what is to follow. Finds each run once. */
export class ReleaseFollower {
  /** By the keys of the followers. */
  readonly #sweeps = new Map<string, Sweep>();

  /**
   * The releases that are due because of runs that have ended, in the order of
   * their ends; new triggers follow what ends from now on. Whoever asks takes
   * each of them before the next one: it is not found once more.
   */
  async *releases(
    workflows: Iterable<ScheduledWorkflow>,
    facts: FollowFacts,
  ): AsyncIterable<DueRelease> {
    const followers = Array.from(workflows).flatMap(followersIn);
    const keys = new Set(followers.map(({ key }) => key));
    for (const key of this.#sweeps.keys()) if (!keys.has(key)) this.#sweeps.delete(key);
    for (const follower of followers) {
      const sweep = await this.#sweepOf(follower, facts);
      if (sweep !== undefined) yield* goOn(sweep, { follower, ...facts });
    }
  }

  /** While it is paused, what ends is passed over. */
  async #sweepOf(
    { workflow, key }: Follower,
    { store, nowMs, cursors }: FollowFacts,
  ): Promise<Sweep | undefined> {
    const { paused, endedMs } = pauseOf(workflow.name, cursors);
    const known = cursors.get(key);
    if (known === undefined || paused) {
      this.#sweeps.delete(key);
      await store.advance(new Map([[key, nowMs]]));
      return undefined;
    }
    const sinceMs = Math.max(known, endedMs);
    const sweep = this.#sweeps.get(key) ?? newSweep(sinceMs);
    sweep.fromMs = Math.max(sweep.fromMs, sinceMs);
    this.#sweeps.set(key, sweep);
    return sweep;
  }
}

/** One for each workflow that it follows, whatever it follows it for. */
function followersIn(workflow: ScheduledWorkflow): readonly Follower[] {
  const byName = Map.groupBy(workflow.triggers.releases, ({ workflow }) => workflow);
  return Array.from(byName, ([followed, triggers]) => ({
    ...{ workflow, followed },
    key: followedCursor(workflow.name, followed),
    statuses: new Set(triggers.flatMap(({ when }) => STATUSES[when])),
  }));
}

function newSweep(fromMs: number): Sweep {
  return { fromMs, afterRunId: undefined, seenMs: fromMs, found: new Map() };
}

interface Look extends FollowFacts {
  readonly follower: Follower;
}

async function* goOn(sweep: Sweep, look: Look): AsyncIterable<DueRelease> {
  const { store, nowMs, follower: { followed } } = look;
  for (let pages = 0; pages < MAX_FOLLOWED_PAGES; pages++) {
    const { fromMs, afterRunId } = sweep;
    const ended = await store.list({
      ...{ workflow: followed, settledFrom: fromMs, limit: FOLLOWED_PAGE },
      ...(afterRunId === undefined ? {} : { after: afterRunId }),
    });
    for (const run of ended) {
      const due = await releaseFor(run, { sweep, ...look });
      const { runId, settledAt = 0 } = run;
      sweep.afterRunId = runId;
      // Whoever ended it may have a clock that is ahead of this one.
      sweep.seenMs = Math.max(sweep.seenMs, Math.min(settledAt, nowMs));
      if (due === undefined) continue;
      sweep.found.set(runId, settledAt);
      yield due;
    }
    if (ended.length < FOLLOWED_PAGE) return await beginAnew(sweep, look);
  }
}

async function releaseFor(
  run: RunSummary,
  { sweep, store, nowMs, follower: { workflow, key, statuses } }: Look & { readonly sweep: Sweep },
): Promise<DueRelease | undefined> {
  const { runId, status, settledAt = 0, trigger } = run;
  if (!statuses.has(status) || trigger === "dryrun" || sweep.found.has(runId)) return undefined;
  return {
    ...{ workflow, runId: followerRunId(workflow.name, runId), trigger: "release", params: {} },
    ...await following(run, store),
    overlap: workflow.triggers.policy.overlap,
    cursors: new Map([[key, Math.min(settledAt, nowMs) - FOLLOW_MARGIN_MS]]),
    missed: () => new Map(),
  };
}

/** What lies behind it by more than the margin is not looked at any more, after a restart either. */
async function beginAnew(
  sweep: Sweep,
  { store, cursors, waits, follower: { workflow, key } }: Look,
): Promise<void> {
  sweep.fromMs = Math.max(sweep.fromMs, sweep.seenMs - FOLLOW_MARGIN_MS);
  sweep.afterRunId = undefined;
  for (const [runId, endedMs] of sweep.found) {
    if (endedMs < sweep.fromMs) sweep.found.delete(runId);
  }
  // The cursor may not pass what waits; where nothing does, it need not move for every run.
  const isFar = sweep.fromMs - (cursors.get(key) ?? 0) >= FOLLOW_MARGIN_MS;
  if (isFar && !waits(workflow.name)) await store.advance(new Map([[key, sweep.fromMs]]));
}
