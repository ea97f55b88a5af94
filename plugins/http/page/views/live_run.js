/**
 * A run as it is now, or as it was after some of its events.
 *
 * @module
 */
/** @import { EventPage, RunDetail, RunTimeline } from "../../api/mod.ts" */
/** @import { Resource } from "../core/api.js" */
/** @import { Signal } from "../core/signal.js" */
import { errorOf, ProblemError, request, resource } from "../core/api.js";
import { ask, place } from "../core/router.js";
import { computed, onEnd, signal } from "../core/signal.js";
import { follow } from "../core/stream.js";

/** However much happens, it is asked for no more often. */
const MIN_PAUSE_MS = 120;

/**
 * A run that is followed.
 *
 * @typedef {object} LiveRun
 * @property {string} id
 * @property {Signal<RunDetail | undefined>} detail As it is now.
 * @property {Signal<RunTimeline | undefined>} timeline As it is shown.
 * @property {Signal<Error | undefined>} error
 * @property {Signal<number | null>} at After how many events it is shown; `null` for now.
 * @property {() => string | null} asOf When time stands still because one looks back; `null` for now.
 * @property {() => number} length How many events there are.
 * @property {(at: number | null) => void} stepTo Shows it as it was then.
 * @property {Resource<EventPage | null>} event The event that it is shown after.
 * @property {() => void} refresh
 */

/**
 * Follows a run.
 *
 * @param {string} id
 * @returns {LiveRun}
 */
export function liveRun(id) {
  /** @type {Signal<RunDetail | undefined>} */
  const detail = signal(undefined);
  /** @type {Signal<RunTimeline | undefined>} */
  const newest = signal(undefined);
  /** @type {Signal<Error | undefined>} */
  const error = signal(undefined);
  const at = computed(() => Number(place.value.query.get("at")) || null);

  const refresh = coalesced(async () => {
    try {
      /** @type {RunDetail} */
      const found = await request(["runs", id]);
      // What has not changed need not be drawn again, under somebody's fingers.
      if (!isSame(found, detail.peek())) detail.value = found;
      newest.value = await request(["runs", id, "timeline"]);
      error.value = undefined;
    } catch (reason) {
      // One that has not begun has no plan yet: its first event says when.
      const isEarly = reason instanceof ProblemError && reason.problem.code === "conflict";
      if (!isEarly) error.value = errorOf(reason);
    }
  });
  refresh();
  follow(["runs", id, "events", "stream"], { from: 0, message: refresh, ended: refresh });

  /** @type {Resource<RunTimeline | null>} */
  const past = resource(async (signal) =>
    at.value === null
      ? null
      : await request(["runs", id, "timeline"], { query: { at: at.value }, signal })
  );
  /** @type {Resource<EventPage | null>} */
  const event = resource(async (signal) =>
    at.value === null
      ? null
      : await request(["runs", id, "events"], { query: { from: at.value - 1, limit: 1 }, signal })
  );
  const timeline = computed(() =>
    at.value === null ? newest.value : past.value.value ?? newest.value
  );
  return {
    ...{ id, detail, error, at, event, refresh, timeline },
    asOf: () => at.value === null ? null : timeline.value?.at ?? null,
    length: () => newest.value?.length ?? 0,
    stepTo: (to) => {
      const { length = 0 } = newest.peek() ?? {};
      ask({ at: to === null ? null : String(Math.max(1, Math.min(length, to))) });
    },
  };
}

/**
 * Whether two documents of a run differ in nothing but how many events there were.
 *
 * @param {RunDetail} one
 * @param {RunDetail | undefined} other
 */
function isSame(one, other) {
  return other !== undefined &&
    JSON.stringify({ ...one, position: 0 }) === JSON.stringify({ ...other, position: 0 });
}

/**
 * What is asked for while it is under way is done once afterwards, and never
 * more than half of the time.
 *
 * @param {() => Promise<void>} work
 * @returns {() => void}
 */
function coalesced(work) {
  let isWanted = false;
  let isRunning = false;
  let isOver = false;
  onEnd(() => {
    isOver = true;
  });
  const run = async () => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted && !isOver) {
      isWanted = false;
      const startedMs = performance.now();
      await work();
      const tookMs = performance.now() - startedMs;
      await new Promise((resolve) => setTimeout(resolve, Math.max(MIN_PAUSE_MS, tookMs)));
    }
    isRunning = false;
  };
  return () => void run();
}
