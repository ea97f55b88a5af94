/**
 * The states of a run and of the runs that its stages start, from the events
 * that an engine tells.
 *
 * @module
 */
import { childRunId } from "../core/engine/run_id.ts";
import type { RunEvent } from "../core/run/event.ts";
import { evolve, initialState, type RunState, type StageState } from "../core/run/state.ts";

/** The states of a run and of those that it leads to. */
export class RunStates {
  readonly #states = new Map<string, RunState>();
  readonly #origins = new Map<string, StageState>();
  #root: RunState;

  /** @param root The state so far of a run that is taken up again. */
  constructor(root: RunState = initialState()) {
    this.#root = root;
    if (root.id !== "") this.#states.set(root.id, root);
  }

  /** The run itself. */
  get root(): RunState {
    return this.#root;
  }

  /** The state of a run, if anything is known of it. */
  find(runId: string): RunState | undefined {
    return this.#states.get(runId);
  }

  /** Takes an event in, and gives the state that it leads to. */
  record(runId: string, event: RunEvent): RunState {
    const state = this.#states.get(runId) ?? this.#begin(runId);
    evolve(state, event);
    return state;
  }

  /** The stage of the run itself that led to another run. */
  originOf(runId: string): StageState | undefined {
    return this.#origins.get(runId);
  }

  #begin(runId: string): RunState {
    const isRoot = this.#states.size === 0;
    const state = isRoot ? this.#root : initialState();
    const origin = isRoot ? undefined : this.#starterOf(runId);
    this.#states.set(runId, state);
    if (origin !== undefined) this.#origins.set(runId, origin);
    return state;
  }

  /** The id of a run that a stage starts follows from the stage. */
  #starterOf(runId: string): StageState | undefined {
    for (const state of this.#states.values()) {
      for (const stage of state.live.values()) {
        const key = `${stage.address}#${stage.failures + 1}`;
        if (childRunId(state.id, key) === runId) return this.originOf(state.id) ?? stage;
      }
    }
    return undefined;
  }
}
