/** Plans and journals written by hand, for what is drawn of them. @module */
import type { Branch, Expansion } from "../../core/plan/expansion.ts";
import type { Plan, PlannedJob, PlannedStage } from "../../core/plan/plan.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { replay, type RunState } from "../../core/run/state.ts";
import type { TreeFacts } from "../../core/engine/render/tree_row.ts";

/** When the runs of these tests begin. */
export const START: number = Date.UTC(2026, 0, 31, 9);

/** A plan with these jobs. */
export function plan(jobs: readonly PlannedJob[], extra: Partial<Plan> = {}): Plan {
  return {
    workflow: "etl",
    digest: "",
    engine: "test",
    jobs,
    maxParallel: 2,
    params: {},
    env: {},
    stageDefaultId: false,
    scriptLang: "ts",
    extras: {},
    ancestry: [],
    ...extra,
  };
}

/** A job with these stages. */
export function job(
  id: string,
  stages: readonly string[],
  extra: Partial<PlannedJob> = {},
): PlannedJob {
  return {
    id,
    needs: [],
    rule: "all_success",
    ruleExplicit: false,
    stages: stages.map((name) => stage(name)),
    runsOn: { type: "local", with: {} },
    env: {},
    ...extra,
  };
}

/** A stage of the kind "bash". */
export function stage(name: string, extra: Partial<PlannedStage> = {}): PlannedStage {
  return { key: name, name, kind: "bash", input: {}, ...extra };
}

/** Legs with these keys, as a job opens into them. */
export function legs(keys: readonly string[], extra: Partial<Expansion> = {}): Expansion {
  return {
    branches: keys.map((key): Branch => ({ key, body: "stages", bindings: {} })),
    limit: keys.length,
    failFast: false,
    again: false,
    header: {},
    noun: "leg",
    under: "strategies",
    shown: ["matrix"],
    ...extra,
  };
}

/** An event without its time; it happens `after` milliseconds after the one before. */
export type Step = RunEvent extends infer Event
  ? Event extends RunEvent ? Omit<Event, "at"> & { readonly after?: number }
  : never
  : never;

/** The events of a run of this plan. */
export function journal(plan: Plan, steps: readonly Step[]): readonly RunEvent[] {
  let at = START;
  const begun: RunEvent = { type: "run.started", at, run: "run-1", plan };
  const rest = steps.map(({ after = 0, ...event }) => {
    at += after;
    return { ...event, at } as RunEvent;
  });
  return [begun, ...rest];
}

/** The state after these events. */
export function stateAfter(plan: Plan, steps: readonly Step[]): RunState {
  return replay(journal(plan, steps));
}

/** What happens when a job without a matrix begins its first stage. */
export function begins(job: string, stage: string): Step[] {
  return [
    { type: "job.started", job, attempt: 1 },
    { type: "scope.opened", owner: job, round: 1, expansion: legs([""]) },
    { type: "branch.started", branch: `${job}[]` },
    { type: "stage.started", stage: `${job}[]/${stage}`, attempt: 1 },
  ];
}

/** What happens when the last stage of such a job succeeds. */
export function succeeds(job: string, stage: string, after: number): Step[] {
  return [
    { type: "stage.settled", stage: `${job}[]/${stage}`, attempt: 1, outcome: "succeeded", after },
    { type: "branch.settled", branch: `${job}[]`, outcome: "succeeded" },
    { type: "job.settled", job, outcome: "succeeded" },
  ];
}

/** What happens when a stage of such a job fails. */
export function fails(job: string, stage: string, message: string): Step[] {
  const failure = { name: "StageError", message, retryable: true };
  const outcome = "failed";
  return [
    { type: "stage.settled", stage: `${job}[]/${stage}`, attempt: 1, outcome, failure, after: 50 },
    { type: "branch.settled", branch: `${job}[]`, outcome, failure },
    { type: "job.settled", job, outcome, failure },
  ];
}

/** What trees are drawn with: the time, and what stages printed. */
export function facts(
  state: RunState,
  { nowMs = START, printed = {} }: {
    readonly nowMs?: number;
    readonly printed?: Readonly<Record<string, readonly string[]>>;
  } = {},
): TreeFacts {
  return {
    nowMs,
    dues: state.dues,
    tailOf: ({ address }) => {
      const lines = printed[address];
      return lines === undefined ? undefined : { lines, count: lines.length };
    },
  };
}
