/**
 * Cancels where the reference was cancelled in a recording. It looks whether it
 * is cancelled between its steps, and a recording says at which look it was;
 * here a cancel ends what is under way. So a recorded place becomes the stage
 * that had not ended there: the run is cancelled when that stage begins.
 *
 * @module
 */
import type { Sink } from "../../core/plugin/sink.ts";
import { evolve, initialState, type RunState } from "../../core/run/state.ts";
import type { Json, JsonObject } from "./case.ts";
import { isObject } from "./compare.ts";

/** A signal, and what aborts it once the stage has begun. */
export interface CancelSignal {
  /** To be handed to the call. */
  readonly signal: AbortSignal;
  /** To be told of what happens. */
  readonly sink: Sink;
}

/** Aborts when so many stages have begun, those that hold or trigger others apart; at once for 0. */
export function cancelAtStage(count: number): CancelSignal {
  const controller = new AbortController();
  const states = new Map<string, RunState>();
  let begun = 0;
  if (count === 0) controller.abort();
  return {
    signal: controller.signal,
    sink: {
      name: "cancel",
      events(runId, events) {
        const state = states.get(runId) ?? initialState();
        states.set(runId, state);
        for (const event of events) {
          evolve(state, event);
          if (event.type !== "stage.started") continue;
          const planned = state.stages.get(event.stage)?.planned;
          const isLeaf = planned?.bodies === undefined && planned?.kind !== "trigger";
          if (isLeaf && ++begun === count) controller.abort();
        }
      },
    },
  };
}

/** The stage at which a recorded call was cancelled, from 1; 0 when none had begun. */
export function cancelledStage(context: Json): number {
  const statuses = stageStatuses(context);
  return statuses.length === 0 ? 0 : statuses.filter((status) => status !== "CANCEL").length + 1;
}

/**
 * A context without the stage that was begun and cancelled here, where the
 * reference was cancelled right before it.
 */
export function withoutCancelled(actual: Json, expected: Json): Json {
  if (!isObject(actual) || !isObject(expected)) return actual;
  const entries = Object.entries(actual).map(([name, value]) => {
    const wanted = expected[name] ?? null;
    const kept = name === "stages" ? endedStages(value, wanted) : value;
    return [name, withoutCancelled(kept, wanted)] as const;
  });
  return Object.fromEntries(entries);
}

function endedStages(stages: Json, wanted: Json): Json {
  if (!isObject(stages)) return stages;
  const known = isObject(wanted) ? wanted : {};
  const entries = Object.entries(stages).filter(([id, stage]) =>
    Object.hasOwn(known, id) || !isObject(stage) || stage.status !== "CANCEL"
  );
  return Object.fromEntries(entries);
}

/** Of all stages that hold no others, in order. */
function stageStatuses(value: Json): readonly Json[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, entry]) =>
    name === "stages" && isObject(entry)
      ? Object.values(entry).flatMap(leafStatuses)
      : stageStatuses(entry)
  );
}

function leafStatuses(stage: Json): readonly Json[] {
  const within = stageStatuses(isObject(stage) ? stage.outputs ?? null : null);
  const own: JsonObject = isObject(stage) ? stage : {};
  return within.length > 0 ? within : [own.status ?? null];
}
