/**
 * What expressions see of a run, and the context that a finished run leaves
 * (REFERENCE §1.23). Everything here is read from the state; nothing is kept.
 *
 * @module
 */
import type { EvaluationContext, FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import type { Value, ValueObject, View } from "../expr/value.ts";
import { viewOf } from "../expr/view.ts";
import type { Expansion, Refusal, Round } from "../plan/expansion.ts";
import type { PlannedRelease, PlannedStage } from "../plan/plan.ts";
import {
  errorsOf,
  infoOf,
  jobEntry,
  needEntry,
  plainEntry,
  stageEntry,
  stageOutputs,
  utc,
} from "./entries.ts";
import { type Need, statusOfNeeds } from "./needs.ts";
import {
  type BranchState,
  cancelOf,
  type JobState,
  planOf,
  type RunState,
  type ScopeState,
  stagesById,
  type StageState,
} from "./state.ts";
import { statusOf } from "./status.ts";

/** The parts of the workflow language that plugins extend. Pure. */
export interface Language {
  /** What expressions may call. */
  readonly functions: FunctionTable;
  /** What values may be piped through. */
  readonly filters: FilterTable;
  /** Whether there is a runner for `runs-on` of this type. */
  hasRunner(type: string): boolean;
  /** What a stage that holds stages opens into now. May throw as evaluation does. */
  expand(
    stage: PlannedStage,
    facts: { readonly context: EvaluationContext; readonly rounds: readonly Round[] },
  ): Expansion | Refusal;
}

/** When and in which language something is evaluated. */
export interface Moment {
  /** The event's time, in epoch milliseconds. */
  readonly at: number;
  /** The language. */
  readonly language: Language;
}

/** When a stage's expressions are evaluated, and what they see besides. */
export interface StageMoment extends Moment {
  /** The stage itself, once it has begun. */
  readonly stage?: StageState | undefined;
  /** Names of its own. */
  readonly bindings?: ValueObject;
}

/** What a job's own expressions see. */
export function contextOfJob(
  state: RunState,
  job: JobState,
  { at, language }: Moment,
): EvaluationContext {
  return {
    lookup: (name) => jobName(state, job, name),
    functions: language.functions,
    filters: language.filters,
    nowMs: at,
    status: statusOfNeeds(needsOf(state, job)),
  };
}

/** What the expressions of a stage in `branch` see; `bindings` are names of its own. */
export function contextOfStage(
  state: RunState,
  branch: BranchState,
  { at, language, stage, bindings }: StageMoment,
): EvaluationContext {
  const job = jobOfBranch(branch);
  return {
    // `undefined` alone means that there is no such name: a null is a value.
    lookup: (name) => {
      const bound = ownValue(bindings, name);
      if (bound !== undefined) return bound;
      const near = stageName(state, { branch, stage, name });
      return near === undefined ? jobName(state, job, name) : near;
    },
    functions: language.functions,
    filters: language.filters,
    nowMs: at,
    status: statusWithin(branch),
  };
}

/** The job attempt that a branch belongs to, however deeply nested. */
export function jobOfBranch(branch: BranchState): JobState {
  const { owner } = branch.scope;
  return owner.kind === "job" ? owner : jobOfBranch(owner.branch);
}

/** How the jobs that a job needs ended; those that are left out of this run do not count. */
export function needsOf(state: RunState, { planned }: JobState): Need[] {
  return planned.needs.flatMap((id) => {
    const need = state.jobs.get(id);
    return need === undefined ? [] : [{ id, outcome: need.outcome ?? "skipped" }];
  });
}

/**
 * The context that a run leaves (REFERENCE §1.23): `status`, `params`, `jobs`
 * and `errors`; with times under `info` when asked for.
 */
export function runContext(
  state: RunState,
  options: { readonly info?: boolean } = {},
): ValueObject {
  const reading = { state, ...options };
  const open = [...state.jobs.values()].filter(({ phase }) =>
    phase === "running" || phase === "waiting"
  );
  const jobs = [...state.ended, ...open].map((job) =>
    [job.planned.id, plainEntry(jobEntry(job, reading))] as const
  );
  const info = infoOf(state, reading);
  const errors = errorsOf(state.failure);
  return {
    jobs: Object.fromEntries(jobs),
    status: statusOf(state.outcome),
    ...(info && { info: info() }),
    params: planOf(state).params,
    ...(errors && { errors: errors() }),
  };
}

/** The rounds of an `until` so far, as the next one sees them. */
export function roundsOf(state: RunState, scope: ScopeState | undefined): Round[] {
  return (scope?.branches ?? []).map(({ states }, index) => ({
    number: index + 1,
    outputs: Object.fromEntries(
      states.flatMap((stage) =>
        stage ? [[stage.planned.key, plainEntry(stageOutputs(stage, { state }))] as const] : []
      ),
    ),
  }));
}

function jobName(state: RunState, job: JobState, name: string): Value | undefined {
  const plan = planOf(state);
  switch (name) {
    case "params":
      return plan.params;
    case "extras":
      return plan.extras;
    case "env":
      return { ...plan.env, ...job.planned.env };
    case "jobs":
      return jobsView(state);
    case "needs":
      return needsView(state, job);
    case "run":
      return { id: state.id, workflow: plan.workflow };
    case "release":
      return plan.release && releaseEntry(plan.release);
    case "retry":
      return Math.max(0, job.attempt - 1);
    case "attempt":
      return Math.max(1, job.attempt);
    default:
      return undefined;
  }
}

function releaseEntry({ type, logicalDateMs, followed }: PlannedRelease): ValueObject {
  const entry = { type, logical_date: utc(logicalDateMs) };
  if (followed === undefined) return entry;
  const { workflow, runId, status } = followed;
  return { ...entry, workflow, run_id: runId, status };
}

function stageName(
  state: RunState,
  { branch, stage, name }: {
    readonly branch: BranchState;
    readonly stage: StageState | undefined;
    readonly name: string;
  },
): Value | undefined {
  switch (name) {
    case "matrix":
      return legOf(branch).bindings;
    case "stages":
      return stagesView(state, branch);
    case "retry":
      return stage?.failures ?? 0;
    case "attempt":
      return Math.max(1, stage?.attempt ?? 1);
    default:
      return boundValue(branch, name);
  }
}

/** The innermost value of a name that a surrounding stage bound: `item`, `loop`, `branch`, `case`. */
function boundValue(branch: BranchState, name: string): Value | undefined {
  const { owner } = branch.scope;
  if (owner.kind === "job") return undefined;
  const value = ownValue(branch.bindings, name);
  return value === undefined ? boundValue(owner.branch, name) : value;
}

function legOf(branch: BranchState): BranchState {
  const { owner } = branch.scope;
  return owner.kind === "job" ? branch : legOf(owner.branch);
}

/** Only jobs that have settled: what others have done so far would depend on chance. */
function jobsView(state: RunState): View {
  return viewOf(() => state.jobs.keys(), (id) => {
    const job = state.jobs.get(id);
    return job?.phase === "settled" ? jobEntry(job, { state, refusesCut: true }) : undefined;
  });
}

function needsView(state: RunState, { planned }: JobState): View {
  return viewOf(() => planned.needs, (id) => {
    if (!planned.needs.includes(id)) return undefined;
    const job = state.jobs.get(id);
    return job === undefined ? LEFT_OUT : needEntry(job, { state, refusesCut: true });
  });
}

/** What is seen of a needed job that is not part of this run. */
const LEFT_OUT: ValueObject = { result: "skipped", status: "SKIP", outputs: {} };

/** The stages that have settled, of a branch and of those around it; the innermost wins. */
function stagesView(state: RunState, branch: BranchState): View {
  return viewOf(() => new Set(stageIds(branch)), (id) => {
    const stage = findStage(branch, id);
    return stage && stageEntry(stage, { state, refusesCut: true });
  });
}

function* stageIds(branch: BranchState): Iterable<string> {
  const { owner } = branch.scope;
  if (owner.kind === "stage") yield* stageIds(owner.branch);
  yield* stagesById(branch).keys();
}

/** The stage of this id that has settled, in a branch or around it. */
export function findStage(branch: BranchState, id: string): StageState | undefined {
  const stage = stagesById(branch).get(id);
  if (stage?.phase === "settled") return stage;
  const { owner } = branch.scope;
  return owner.kind === "job" ? undefined : findStage(owner.branch, id);
}

function statusWithin(branch: BranchState): "success" | "failure" | "cancelled" {
  if (cancelOf(branch) !== undefined) return "cancelled";
  if (branch.culprit === undefined) return "success";
  return branch.culprit.outcome === "failed" ? "failure" : "cancelled";
}

function ownValue(values: ValueObject | undefined, name: string): Value | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}
