/**
 * A run's state as plain data: what `sluice show --at` prints, and what a test
 * compares when it asks whether a replayed state is the live one. What is
 * derived for speed (the agenda, the ready list) is left out.
 *
 * @module
 */
import { type JobState, type RunState, stagesById, type StageState } from "./state.ts";

/** Plain data about one part of a run. */
export type PartSnapshot = Readonly<Record<string, unknown>>;

/** Plain data about a run. */
export interface RunSnapshot {
  /** The run itself. */
  readonly run: PartSnapshot;
  /** Jobs by id. */
  readonly jobs: Readonly<Record<string, PartSnapshot>>;
  /** Branches by address. */
  readonly branches: Readonly<Record<string, PartSnapshot>>;
  /** Stages by address. */
  readonly stages: Readonly<Record<string, PartSnapshot>>;
}

/** The state as plain data. */
export function snapshot(state: RunState): RunSnapshot {
  const {
    id,
    phase,
    permit,
    at,
    outcome,
    failure,
    cancel,
    forced,
    abortedBy,
    startedAt,
    settledAt,
    runningJobs,
    unsettledJobs,
  } = state;
  return {
    run: {
      ...{
        id,
        phase,
        permit,
        at,
        outcome,
        failure,
        cancel,
        forced,
        abortedBy,
        startedAt,
        settledAt,
        runningJobs,
        unsettledJobs,
      },
      live: [...state.live.keys()].sort(),
      given: Object.fromEntries(state.given),
      dues: Object.fromEntries([...state.dues.entries()].sort()),
    },
    jobs: mapped(state.jobs, jobSnapshot),
    branches: mapped(state.branches, (branch) => {
      const { phase, next, outcome, failure, cancel, startedAt, settledAt, bindings } = branch;
      return {
        ...{ phase, next, outcome, failure, cancel, startedAt, settledAt, bindings },
        culprit: branch.culprit?.address,
        byId: [...stagesById(branch)].map(([id, stage]) => [id, stage.address]),
      };
    }),
    stages: mapped(state.stages, stageSnapshot),
  };
}

function jobSnapshot(job: JobState): PartSnapshot {
  const { planned: _planned, scope, ...facts } = job;
  return { ...facts, scope: scopeSnapshot(scope) };
}

function stageSnapshot(stage: StageState): PartSnapshot {
  const { planned: _planned, branch, scope, ...facts } = stage;
  return { ...facts, branch: branch.address, scope: scopeSnapshot(scope) };
}

function scopeSnapshot(scope: JobState["scope"]): PartSnapshot | undefined {
  if (scope === undefined) return undefined;
  const { expansion, round, begun, open, failed, cancelled, branches } = scope;
  return {
    expansion,
    round,
    begun,
    open,
    failed: failed?.address,
    cancelled: cancelled?.address,
    branches: branches.map((branch) => branch.address),
  };
}

function mapped<Part>(
  parts: Iterable<readonly [string, Part]>,
  toPlain: (part: Part) => PartSnapshot,
): Record<string, PartSnapshot> {
  return Object.fromEntries([...parts].map(([name, part]) => [name, toPlain(part)]));
}
