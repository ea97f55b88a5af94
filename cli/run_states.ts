/**
 * The states of a run and of the runs that its stages start, from the events
 * that an engine tells.
 *
 * @module
 */
import { childRunId } from "../core/engine/run_id.ts";
import type { RunEvent } from "../core/run/event.ts";
import { evolve, initialState, type RunState, type StageState } from "../core/run/state.ts";

/** Where a run that a stage started comes from. */
interface Origin {
  readonly parent: RunState;
  readonly stage: StageState;
}

/** The states of a run and of those that it leads to. */
export class RunStates {
  readonly #states = new Map<string, RunState>();
  readonly #origins = new Map<RunState, Origin>();
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

  /**
   * Learns what has become of the runs that its unfinished stages have started
   * before, however deep: these are taken up with it, and tell only what is new.
   */
  async recall(read: (runId: string) => Promise<RunState | undefined>): Promise<void> {
    // The map grows meanwhile, and what is added to it has its turn.
    for (const parent of this.#states.values()) {
      for (const stage of unfinished(parent)) {
        const state = await read(startedBy(stage, parent));
        if (state === undefined || state.plan === undefined) continue;
        this.#states.set(state.id, state);
        this.#origins.set(state, { parent, stage });
      }
    }
  }

  /** Takes an event in, and gives the state that it leads to: an empty one for a run of which the beginning is not known. */
  record(runId: string, event: RunEvent): RunState {
    const state = this.#states.get(runId) ?? this.#begin(runId);
    if (state.plan !== undefined || event.type === "run.started") evolve(state, event);
    return state;
  }

  /** The stage of the run itself that led to another run. */
  originOf(runId: string): StageState | undefined {
    const state = this.#states.get(runId);
    return state === undefined ? undefined : this.startersOf(state)[0];
  }

  /** The stages that led to a run, one within the run of the other, the outermost first. */
  startersOf(state: RunState): readonly StageState[] {
    const origin = this.#origins.get(state);
    return origin === undefined ? [] : [...this.startersOf(origin.parent), origin.stage];
  }

  #begin(runId: string): RunState {
    const isRoot = this.#states.size === 0;
    const state = isRoot ? this.#root : initialState();
    const origin = isRoot ? undefined : this.#originFor(runId);
    this.#states.set(runId, state);
    if (origin !== undefined) this.#origins.set(state, origin);
    return state;
  }

  #originFor(runId: string): Origin | undefined {
    for (const parent of this.#states.values()) {
      for (const stage of parent.live.values()) {
        if (startedBy(stage, parent) === runId) return { parent, stage };
      }
    }
    return undefined;
  }
}

/** The id of a run that a stage starts follows from the stage. */
function startedBy({ address, failures }: StageState, parent: RunState): string {
  return childRunId(parent.id, `${address}#${failures + 1}`);
}

/** The stages that may go on with what they have started; those that hold stages start nothing themselves. */
function unfinished({ stages }: RunState): readonly StageState[] {
  return [...stages.values()].filter(({ phase, scope }) =>
    phase !== "settled" && scope === undefined
  );
}
