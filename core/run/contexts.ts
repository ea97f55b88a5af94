/**
 * What expressions see of a run, and the context that a finished run leaves
 * (REFERENCE §1.23). Everything here is read from the state; nothing is kept.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import type { EvaluationContext, FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import { referenceId } from "../expr/id.ts";
import { mappingOf } from "../expr/mapping.ts";
import type { Value, ValueObject, View } from "../expr/value.ts";
import { viewOf } from "../expr/view.ts";
import type { Expansion, Refusal, Round } from "../plan/expansion.ts";
import type { PlannedStage } from "../plan/plan.ts";
import type { Failure, Outcome } from "./event.ts";
import { statusOfNeeds } from "./needs.ts";
import type { BranchState, JobState, RunState, ScopeState, StageState } from "./state.ts";
import { cancelOf, planOf } from "./state.ts";
import { resultOf, statusOf } from "./status.ts";

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

/** What a job's own expressions see. */
export function contextOfJob(state: RunState, job: JobState, moment: Moment): EvaluationContext {
  const names = jobNames(state, job);
  return {
    lookup: (name) => names(name),
    functions: moment.language.functions,
    filters: moment.language.filters,
    nowMs: moment.at,
    status: statusOfNeeds(needsOf(state, job)),
  };
}

/** What the expressions of a stage in `branch` see; `bindings` are names of its own. */
export function contextOfStage(
  state: RunState,
  branch: BranchState,
  moment: Moment & { readonly stage?: StageState | undefined; readonly bindings?: ValueObject },
): EvaluationContext {
  const names = jobNames(state, jobOfBranch(branch));
  return {
    lookup: (name) =>
      ownValue(moment.bindings, name) ?? stageName(branch, moment.stage, name) ?? names(name),
    functions: moment.language.functions,
    filters: moment.language.filters,
    nowMs: moment.at,
    status: statusWithin(branch),
  };
}

/** The job attempt that a branch belongs to, however deeply nested. */
export function jobOfBranch(branch: BranchState): JobState {
  const { owner } = branch.scope;
  return owner.kind === "job" ? owner : jobOfBranch(owner.branch);
}

/** How the jobs that a job needs ended; one that never ran counts as skipped. */
export function needsOf(state: RunState, job: JobState): { id: string; outcome: Outcome }[] {
  return job.planned.needs.map((id) => ({ id, outcome: state.jobs.get(id)?.outcome ?? "skipped" }));
}

/**
 * The context that a run leaves (REFERENCE §1.23): `status`, `params`, `jobs`
 * and `errors`; with times under `info` when asked for.
 */
export function runContext(
  state: RunState,
  options: { readonly info?: boolean } = {},
): ValueObject {
  const info = options.info ?? false;
  const jobs: Record<string, Value> = Object.create(null);
  const settled = [...state.jobs.values()].filter((job) => job.phase !== "pending");
  settled.sort((a, b) => (a.settledAt ?? Infinity) - (b.settledAt ?? Infinity));
  for (const job of settled) jobs[job.planned.id] = jobEntry(job, info);
  return {
    jobs,
    status: statusOf(state.outcome),
    ...(info ? infoOf(state.startedAt, state.settledAt) : {}),
    params: planOf(state).params,
    ...errorsOf(state.failure),
  };
}

/** What a job leaves in the context (REFERENCE C-114, C-115). */
export function jobEntry(job: JobState, info: boolean): ValueObject {
  if (job.kept !== undefined) return job.kept;
  const outputs = job.planned.outputs === undefined ? {} : { outputs: job.outputs ?? {} };
  const times = info ? infoOf(job.startedAt, job.settledAt) : {};
  if (job.scope === undefined) {
    return { status: statusOf(job.outcome), ...errorsOf(job.failure), ...outputs, ...times };
  }
  if (job.planned.strategy === undefined) {
    const { stages } = branchEntry(job.scope.branches[0], info);
    const retried = job.attempt > 1 ? { retry: job.attempt - 1 } : {};
    return {
      status: statusOf(job.outcome),
      stages: stages ?? {},
      ...errorsOf(job.failure),
      ...retried,
      ...outputs,
      ...times,
    };
  }
  return {
    strategies: entriesOf(job.scope, (leg) => ({
      matrix: leg.bindings,
      ...branchEntry(leg, info),
    })),
    ...errorsOfScope(job.scope),
    status: statusOf(job.outcome),
    ...outputs,
    ...times,
  };
}

/** The outputs of a job as `needs.<job>.outputs` gives them (REFERENCE §2, row 4): the declared ones, else all of its stages'. */
export function jobOutputs(job: JobState): ValueObject {
  if (job.outputs !== undefined) return job.outputs;
  if (job.kept !== undefined) return keptOutputs(job.kept);
  const legs = legOutputs(job);
  if (job.planned.strategy === undefined) return legs[0] ?? {};
  const names = new Set(legs.flatMap((leg) => Object.keys(leg)));
  const lists = [...names].map((name) => [name, legs.map((leg) => leg[name] ?? null)] as const);
  return Object.fromEntries(lists);
}

function keptOutputs(entry: ValueObject): ValueObject {
  const stages = Object.values(mappingOf(entry.stages));
  const outputs = stages.map((stage) => mappingOf(mappingOf(stage).outputs));
  return Object.assign({}, ...outputs, mappingOf(entry.outputs));
}

/** What a stage leaves in the context (REFERENCE C-159). */
export function stageEntry(stage: StageState, info: boolean): ValueObject {
  return {
    outputs: stageOutputs(stage, info),
    ...(stage.scope === undefined || stage.outcome !== "failed"
      ? errorsOf(stage.failure)
      : errorsOfScope(stage.scope, stage.failure)),
    status: statusOf(stage.outcome),
    ...(info ? infoOf(stage.startedAt, stage.settledAt) : {}),
  };
}

/** The outputs of a stage, those of its branches included. */
export function stageOutputs(stage: StageState, info = false): ValueObject {
  const retries = stage.failures - (stage.outcome === "failed" ? 1 : 0);
  return {
    ...(retries > 0 ? { retry: retries } : {}),
    ...(stage.scope === undefined ? {} : scopeOutputs(stage.scope, info)),
    ...stage.outputs,
  };
}

/** The rounds of an `until` so far, as the next one sees them. */
export function roundsOf(scope: ScopeState | undefined): Round[] {
  return (scope?.branches ?? []).map((branch, index) => ({
    number: index + 1,
    outputs: Object.fromEntries(
      startedStages(branch).map((stage) => [stage.planned.key, stageOutputs(stage)]),
    ),
  }));
}

function jobNames(state: RunState, job: JobState): (name: string) => Value | undefined {
  return (name) => {
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
        return plan.release && {
          type: plan.release.type,
          logical_date: new Datetime(plan.release.logicalDateMs),
        };
      case "retry":
        return Math.max(0, job.attempt - 1);
      case "attempt":
        return Math.max(1, job.attempt);
      default:
        return undefined;
    }
  };
}

function stageName(
  branch: BranchState,
  stage: StageState | undefined,
  name: string,
): Value | undefined {
  switch (name) {
    case "matrix":
      return legOf(branch).bindings;
    case "stages":
      return stagesView(branch);
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
  return ownValue(branch.bindings, name) ?? boundValue(owner.branch, name);
}

function legOf(branch: BranchState): BranchState {
  const { owner } = branch.scope;
  return owner.kind === "job" ? branch : legOf(owner.branch);
}

/** Only jobs that have settled: what others have done so far would depend on chance. */
function jobsView(state: RunState): View {
  const get = (id: string): Value | undefined => {
    const job = state.jobs.get(id);
    return job?.phase === "settled" ? withLegIds(job, jobEntry(job, false)) : undefined;
  };
  return viewOf(() => state.jobs.keys(), get);
}

/** Legs are listed by a readable key; the reference's ten digits find them too (C-127). */
function withLegIds(job: JobState, entry: ValueObject): ValueObject {
  const { strategies } = entry;
  if (job.scope === undefined || strategies === undefined) return entry;
  const { branches } = job.scope;
  const get = (key: string): Value | undefined => {
    const leg = branches.find((leg) => leg.key === key || referenceId(leg.bindings) === key);
    return leg?.phase === "settled"
      ? { matrix: leg.bindings, ...branchEntry(leg, false) }
      : undefined;
  };
  return { ...entry, strategies: viewOf(() => branches.map((leg) => leg.key), get) };
}

function needsView(state: RunState, { planned }: JobState): View {
  return viewOf(() => planned.needs, (id) => {
    const job = planned.needs.includes(id) ? state.jobs.get(id) : undefined;
    if (job === undefined) return undefined;
    const { outcome } = job;
    return {
      result: resultOf(outcome),
      status: statusOf(outcome ?? "skipped"),
      outputs: jobOutputs(job),
      ...(job.planned.strategy === undefined ? {} : { legs: legsOf(job) }),
    };
  });
}

function legsOf(job: JobState): Value[] {
  const outputs = legOutputs(job);
  return (job.scope?.branches ?? []).map((leg, index) => ({
    matrix: leg.bindings,
    result: resultOf(leg.outcome),
    outputs: outputs[index] ?? {},
  }));
}

function legOutputs(job: JobState): ValueObject[] {
  return (job.scope?.branches ?? []).map((leg) =>
    Object.assign({}, ...startedStages(leg).map((stage) => stageOutputs(stage)))
  );
}

/** The stages of a branch and of those around it, the innermost first. */
function stagesView(branch: BranchState): View {
  const get = (id: string): Value | undefined => {
    const stage = findStage(branch, id);
    return stage && stageEntry(stage, false);
  };
  return viewOf(() => branch.byId?.keys() ?? [], get);
}

function findStage(branch: BranchState, id: string): StageState | undefined {
  const stage = branch.byId?.get(id);
  if (stage?.phase === "settled") return stage;
  const { owner } = branch.scope;
  return owner.kind === "job" ? undefined : findStage(owner.branch, id);
}

function statusWithin(branch: BranchState): "success" | "failure" | "cancelled" {
  if (cancelOf(branch) !== undefined) return "cancelled";
  if (branch.culprit === undefined) return "success";
  return branch.culprit.outcome === "failed" ? "failure" : "cancelled";
}

function scopeOutputs(scope: ScopeState, info: boolean): ValueObject {
  const { header, under, shown } = scope.expansion;
  if (under === undefined) {
    const stages = branchEntry(scope.branches[0], info).stages;
    return stages === undefined ? header : { ...header, stages };
  }
  const entryOf = (branch: BranchState) => {
    const { status, ...rest } = branchEntry(branch, info);
    const names = shown.map((name) => [name, branch.bindings[name] ?? null] as const);
    return { status: status ?? "WAIT", ...Object.fromEntries(names), ...rest };
  };
  return { ...header, [under]: entriesOf(scope, entryOf) };
}

/** The entries of the branches that began, by key. */
function entriesOf(scope: ScopeState, entryOf: (branch: BranchState) => ValueObject): ValueObject {
  const entries: Record<string, Value> = Object.create(null);
  for (const branch of scope.branches) {
    if (branch.phase !== "pending") entries[branch.key] = entryOf(branch);
  }
  return entries;
}

function branchEntry(branch: BranchState | undefined, info: boolean): ValueObject {
  if (branch === undefined || branch.phase === "pending") return {};
  const stages: Record<string, Value> = Object.create(null);
  for (const [id, stage] of branch.byId ?? []) stages[id] = stageEntry(stage, info);
  return { status: statusOf(branch.outcome), stages, ...errorsOf(branch.failure) };
}

function startedStages(branch: BranchState): StageState[] {
  return branch.states.filter((stage) => stage !== undefined);
}

function errorsOf(failure: Failure | undefined): ValueObject {
  return failure === undefined ? {} : { errors: { name: failure.name, message: failure.message } };
}

/** Errors keyed by branch where several may fail (REFERENCE C-116, C-265); a scope with one at a time has its owner's. */
function errorsOfScope(scope: ScopeState, own?: Failure): ValueObject {
  const { noun } = scope.expansion;
  if (noun === "loop" || noun === "case") return errorsOf(own);
  const failed = scope.branches.filter((branch) => branch.failure !== undefined);
  if (failed.length === 0) return errorsOf(own);
  const entries = failed.map((branch) => [
    branch.key,
    { name: branch.failure?.name ?? "", message: branch.failure?.message ?? "" },
  ]);
  return { errors: Object.fromEntries(entries) };
}

function infoOf(startedAt: number | undefined, settledAt: number | undefined): ValueObject {
  if (startedAt === undefined || settledAt === undefined) return {};
  return {
    info: {
      exec_start: new Datetime(startedAt),
      exec_end: new Datetime(settledAt),
      exec_latency: (settledAt - startedAt) / 1000,
    },
  };
}

function ownValue(values: ValueObject | undefined, name: string): Value | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}
