/**
 * What a run's events add up to.
 *
 * The state is changed in place and only by {@linkcode evolve}: copying maps
 * made a run of 3,000 jobs sixteen times slower. Parts point at each other
 * directly, so that a decision never searches.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import { referenceId } from "../expr/id.ts";
import type { Branch, Expansion } from "../plan/expansion.ts";
import type { JobId, Plan, PlannedJob, PlannedStage } from "../plan/plan.ts";
import type { GivenStage } from "./command.ts";
import {
  anyAttempt,
  branchAddress,
  jobAddress,
  jobOf,
  RUN,
  splitStageAddress,
  stageAddress,
  stageKey,
  withAttempt,
} from "./address.ts";
import { Agenda } from "./agenda.ts";
import { Dues } from "./dues.ts";
import { LiveStages } from "./live_stages.ts";
import { StageIndex } from "./stage_index.ts";
import type {
  Address,
  BranchSettled,
  CancelRequested,
  Failure,
  JobSettled,
  JobStarted,
  Outcome,
  PermitGranted,
  Reason,
  ResolvedRetry,
  RunEvent,
  RunSettled,
  RunStarted,
  ScopeOpened,
  StageGiven,
  StageRetryScheduled,
  StageSettled,
  StageStarted,
} from "./event.ts";

/** A job and how far it has come. */
export interface JobState {
  /** Tells this part of a run from others. */
  readonly kind: "job";
  /** The job as planned. */
  readonly planned: PlannedJob;
  /** `waiting` for its next attempt; it holds no slot then. */
  phase: "pending" | "running" | "waiting" | "settled";
  /** Which attempt, from 1; 0 before the first. */
  attempt: number;
  /** How many needed jobs have not settled. */
  unsettledNeeds: number;
  /** The legs of the current attempt, once they are known. */
  scope: ScopeState | undefined;
  /** How it is retried, once that is resolved. */
  retry: ResolvedRetry | undefined;
  /** Milliseconds this attempt may take. */
  timeoutMs: number | undefined;
  /** Why this attempt is to end early. */
  cancel: Reason | undefined;
  /** Whether clean-up within it is to end too. */
  forced: boolean;
  /** Began to clean up after the run's end had been asked for, so that this does not reach it. */
  shielded: boolean;
  /** How it ended, once it has. */
  outcome: Outcome | undefined;
  /** What it failed of. */
  failure: Failure | undefined;
  /** Why it ended so. */
  reason: Reason | undefined;
  /** What it left behind. */
  outputs: ValueObject | undefined;
  /** What it left in an earlier run's context, if it was taken over from there. */
  kept: ValueObject | undefined;
  /** When it began, in epoch milliseconds. */
  startedAt: number | undefined;
  /** When it ended, in epoch milliseconds. */
  settledAt: number | undefined;
}

/** The branches of a job or stage, and how many may be open at once. */
export interface ScopeState {
  /** Tells this part of a run from others. */
  readonly kind: "scope";
  /** The job or stage that opened it. */
  readonly owner: JobState | StageState;
  /** Its branches; the rounds of an `until` one after another. */
  readonly branches: BranchState[];
  /** The expansion of the latest round. */
  expansion: Expansion;
  /** Which round, from 1. */
  round: number;
  /** How many branches have begun. */
  begun: number;
  /** How many have begun and not settled. */
  open: number;
  /** The first branch that failed. */
  failed: BranchState | undefined;
  /** The first branch that was cancelled. */
  cancelled: BranchState | undefined;
}

/** A leg of a job, or a branch of a stage: a list of stages, one after another. */
export interface BranchState {
  /** Tells this part of a run from others. */
  readonly kind: "branch";
  /** Its name within the run. */
  readonly address: Address;
  /** Its name among its siblings. */
  readonly key: string;
  /** The names that its stages see besides the usual ones. */
  readonly bindings: ValueObject;
  /** What it opened into, once that is known. */
  readonly scope: ScopeState;
  /** Its stages as planned. */
  readonly stages: readonly PlannedStage[];
  /** What has become of them, by the same index; a hole where nothing has. */
  states: (StageState | undefined)[];
  /** The same by the id under which expressions find them, once one has looked; see {@linkcode stagesById}. */
  byId: Map<string, StageState> | undefined;
  /** How far it has come. */
  phase: "pending" | "running" | "settled";
  /** The index of the stage that is under way, or next. */
  next: number;
  /** The first stage that did not succeed, or the outcome so far. */
  culprit: StageState | undefined;
  /** Why it is to end early. */
  cancel: Reason | undefined;
  /** How it ended, once it has. */
  outcome: Outcome | undefined;
  /** What it failed of. */
  failure: Failure | undefined;
  /** When it began, in epoch milliseconds. */
  startedAt: number | undefined;
  /** When it ended, in epoch milliseconds. */
  settledAt: number | undefined;
}

/** A stage that has begun, or was skipped. */
export interface StageState {
  /** Tells this part of a run from others. */
  readonly kind: "stage";
  /** Its name within the run. */
  readonly address: Address;
  /** As planned. */
  readonly planned: PlannedStage;
  /** The branch that it stands in. */
  readonly branch: BranchState;
  /** `waiting` for its next attempt. */
  phase: "running" | "waiting" | "settled";
  /** Which attempt, from 1; 0 when it was skipped. */
  attempt: number;
  /** Attempts that failed. */
  failures: number;
  /** Attempts that died with their engine. */
  losses: number;
  /** Its name with templates rendered. */
  name: string;
  /** What `stages.<id>` finds it by; absent means it cannot be found. */
  id: string | undefined;
  /** The branches it opened, if it is one that holds stages. */
  scope: ScopeState | undefined;
  /** How it is retried, once that is resolved. */
  retry: ResolvedRetry | undefined;
  /** Milliseconds this attempt may take. */
  timeoutMs: number | undefined;
  /** Why this attempt is to end early. */
  cancel: Reason | undefined;
  /** Whether clean-up within it is to end too. */
  forced: boolean;
  /** Began to clean up after an end around it had been asked for, so that this does not reach it. */
  shielded: boolean;
  /** How it ended, once it has. */
  outcome: Outcome | undefined;
  /** What it left behind. */
  outputs: ValueObject | undefined;
  /** What it failed of. */
  failure: Failure | undefined;
  /** Why it ended so. */
  reason: Reason | undefined;
  /** When it began, in epoch milliseconds. */
  startedAt: number;
  /** When it ended, in epoch milliseconds. */
  settledAt: number | undefined;
}

/** A run and how far it has come. */
export interface RunState {
  /** Tells this part of a run from others. */
  readonly kind: "run";
  /** The run's id; empty before it began. */
  id: string;
  /** All that it will do, once it has begun. */
  plan: Plan | undefined;
  /** How far it has come. */
  phase: "new" | "running" | "cancelling" | "settled";
  /** Whether it may begin anything: it holds a permit or needs none. A `returned` one is asked for again. */
  permit: "unneeded" | "wanted" | "held" | "returned";
  /** When its latest event happened. */
  at: number;
  /** The latest time it was told of, events or not. Derived, like the agenda. */
  toldAt: number;
  /** The jobs by id. */
  readonly jobs: Map<JobId, JobState>;
  /** The jobs that have settled, in that order. */
  readonly ended: JobState[];
  /** Which jobs wait for a job, by its id. */
  readonly dependants: Map<JobId, JobState[]>;
  /** Its branches, in order. */
  readonly branches: Map<Address, BranchState>;
  /** Its stages. */
  readonly stages: StageIndex<StageState, BranchState>;
  /** Attempts under way, those that are being ended included. */
  readonly live: LiveStages<StageState>;
  /** How stages end that were given their end before their turn, by address in any attempt. */
  readonly given: Map<Address, GivenStage>;
  /** When a time limit or a wait is due, by what it belongs to. */
  readonly dues: Dues;
  /** How many jobs hold a slot. */
  runningJobs: number;
  /** How many jobs have not settled. */
  unsettledJobs: number;
  /** Why the run is to end early. */
  cancel: Reason | undefined;
  /** Whether clean-up is to end too. */
  forced: boolean;
  /** The job whose trigger rule was not met, after which no other job begins. */
  abortedBy: JobId | undefined;
  /** How it ended, once it has. */
  outcome: Outcome | undefined;
  /** The latest of what made it fail. */
  failure: Failure | undefined;
  /** When it began, in epoch milliseconds. */
  startedAt: number;
  /** When it ended, in epoch milliseconds. */
  settledAt: number | undefined;
  /** What a decision must look at next. Derived, and empty in a state that was replayed. */
  readonly agenda: Agenda<Part>;
  /** Stages that began an attempt, or are to end one, since that was last asked. Derived, like the agenda. */
  readonly stirred: Agenda<StageState>;
  /** Jobs that may run, in the order in which they get a slot. Derived, like the agenda. */
  readonly ready: Agenda<JobState>;
}

/** A part of a run that may have something to decide. */
export type Part = RunState | JobState | ScopeState | BranchState | StageState;

/** The state of a run of which nothing has happened. */
export function initialState(): RunState {
  const branches = new Map<Address, BranchState>();
  const stages = new StageIndex<StageState, BranchState>(branches);
  return {
    kind: "run",
    id: "",
    plan: undefined,
    phase: "new",
    permit: "unneeded",
    at: 0,
    toldAt: 0,
    jobs: new Map(),
    ended: [],
    dependants: new Map(),
    branches,
    stages,
    live: new LiveStages(stages),
    given: new Map(),
    dues: new Dues(),
    runningJobs: 0,
    unsettledJobs: 0,
    cancel: undefined,
    forced: false,
    abortedBy: undefined,
    outcome: undefined,
    failure: undefined,
    startedAt: 0,
    settledAt: undefined,
    agenda: new Agenda(),
    stirred: new Agenda(),
    ready: new Agenda(),
  };
}

/** The state that a journal adds up to. */
export function replay(events: Iterable<RunEvent>): RunState {
  const state = initialState();
  for (const event of events) evolve(state, event);
  return state;
}

/** What an event means. Changes `state` in place. */
export function evolve(state: RunState, event: RunEvent): void {
  state.at = event.at;
  switch (event.type) {
    case "run.started":
      return runStarted(state, event);
    case "permit.requested":
      state.permit = "wanted";
      return;
    case "permit.granted":
      return permitGranted(state, event);
    case "permit.returned":
      state.permit = "returned";
      return;
    case "cancel.requested":
      return cancelRequested(state, event);
    case "run.settled":
      return runSettled(state, event);
    case "job.kept": {
      const { job, outcome, entry, at } = event;
      jobIn(state, job).kept = entry;
      return jobSettled(state, { type: "job.settled", at, job, outcome });
    }
    case "stage.given":
      return stageGiven(state, event);
    case "job.started":
      return jobStarted(state, event);
    case "job.retry-scheduled": {
      const job = jobIn(state, event.job);
      leaveSlot(state, job);
      job.phase = "waiting";
      job.failure = event.failure;
      state.dues.set(jobAddress(event.job, job.attempt), event.dueAt);
      return state.agenda.add(job);
    }
    case "job.settled":
      return jobSettled(state, event);
    case "scope.opened":
      return scopeOpened(state, event);
    case "branch.started": {
      const branch = branchIn(state, event.branch);
      branch.phase = "running";
      branch.startedAt = event.at;
      branch.scope.begun++;
      branch.scope.open++;
      return state.agenda.add(branch);
    }
    case "branch.settled":
      return branchSettled(state, event);
    case "stage.started":
      return stageStarted(state, event);
    case "stage.retry-scheduled":
      return stageRetryScheduled(state, event);
    case "stage.settled":
      return stageSettled(state, event);
    default:
      event satisfies never;
  }
}

/** Whether a run that has begun may begin anything: clean-up never waits for a permit. */
export function mayAct({ permit, cancel }: RunState): boolean {
  return permit === "unneeded" || permit === "held" || cancel !== undefined;
}

/** The end that a stage was given before its turn, if it was. */
export function givenEnd(state: RunState, stage: Address): GivenStage | undefined {
  return state.given.size === 0 ? undefined : state.given.get(anyAttempt(stage));
}

/** The plan of a run that has begun. */
export function planOf(state: RunState): Plan {
  return state.plan ?? fail("the run has no plan yet");
}

/** Why `branch` is to end early: its own reason, or one above it. */
export function cancelOf(branch: BranchState): Reason | undefined {
  return branch.cancel ?? cancelOfOwner(branch.scope.owner);
}

/** Why the parts of a job or stage are to end early. */
export function cancelOfOwner(owner: JobState | StageState): Reason | undefined {
  return owner.cancel ?? (owner.kind === "job" ? undefined : cancelAround(owner));
}

/** Why a stage is to end early, if that has nothing to do with itself. */
export function cancelAround(stage: StageState): Reason | undefined {
  return stage.shielded ? undefined : cancelOf(stage.branch);
}

/** Whether nothing more is to begin in `branch`, clean-up included. */
export function isForced({ scope: { owner } }: BranchState): boolean {
  return owner.forced || owner.kind === "stage" && isForced(owner.branch);
}

/** Whether nothing in a scope is open and nothing more will begin. */
export function isDone(scope: ScopeState, cancel: Reason | undefined): boolean {
  if (scope.open > 0) return false;
  const stopped = cancel !== undefined || scope.failed !== undefined && scope.expansion.failFast;
  return stopped || scope.begun === scope.branches.length;
}

/** The stages of a branch that have an id, by it. Made when it is first asked for: most legs of a big matrix never are. */
export function stagesById(branch: BranchState): ReadonlyMap<string, StageState> {
  return branch.byId ??= new Map(
    branch.states.flatMap((stage) => stage?.id === undefined ? [] : [[stage.id, stage] as const]),
  );
}

/** The address of the current attempt of a job or of a stage that holds stages. */
export function attemptAddress(owner: JobState | StageState): Address {
  return owner.kind === "job"
    ? jobAddress(owner.planned.id, owner.attempt)
    : withAttempt(owner.address, owner.attempt);
}

function runStarted(state: RunState, { run, plan, at }: RunStarted): void {
  state.id = run;
  state.plan = plan;
  state.phase = "running";
  state.startedAt = at;
  state.unsettledJobs = plan.jobs.length;
  for (const planned of plan.jobs) state.jobs.set(planned.id, newJob(planned));
  for (const job of state.jobs.values()) {
    for (const need of job.planned.needs) {
      // A job that is left out of this run is not waited for.
      if (!state.jobs.has(need)) continue;
      job.unsettledNeeds++;
      const waiting = state.dependants.get(need);
      if (waiting === undefined) state.dependants.set(need, [job]);
      else waiting.push(job);
    }
    if (job.unsettledNeeds === 0) state.agenda.add(job);
  }
  // Standing in line does not count.
  if ((plan.concurrency?.groups.length ?? 0) > 0) state.permit = "returned";
  else if (plan.timeoutMs !== undefined) state.dues.set(RUN, at + plan.timeoutMs);
  state.agenda.add(state);
}

/** Everything that came due meanwhile is looked at once more. */
function permitGranted(state: RunState, { at }: PermitGranted): void {
  const { timeoutMs } = planOf(state);
  state.permit = "held";
  if (timeoutMs !== undefined && state.dues.get(RUN) === undefined) {
    state.dues.set(RUN, at + timeoutMs);
  }
  for (const part of [...state.jobs.values(), ...state.stages.values()]) {
    if (part.phase === "waiting") state.agenda.add(part);
  }
  for (const branch of state.branches.values()) {
    if (branch.phase === "running") state.agenda.add(branch);
  }
  state.agenda.add(state);
}

function cancelRequested(state: RunState, event: CancelRequested): void {
  if (event.target === RUN) cancelRun(state, event);
  else cancelPart(state, event);
}

/** Milliseconds that clean-up (`if: always()`) may take once something is past its limit or is cancelled. */
export const MAX_CLEANUP_MS = 300_000;

function cancelRun(state: RunState, event: CancelRequested): void {
  const { reason, force, at } = event;
  state.phase = "cancelling";
  state.cancel ??= reason;
  state.forced ||= force ?? false;
  if (state.forced) state.dues.delete(RUN);
  else state.dues.set(RUN, at + MAX_CLEANUP_MS);
  for (const job of state.jobs.values()) {
    if (job.phase === "settled") continue;
    // What has not begun is refused where it would begin, unless it is there to clean up.
    if (job.phase === "pending") state.agenda.add(job);
    else endJob(state, job, event);
  }
  state.agenda.add(state);
}

function endJob(state: RunState, job: JobState, event: CancelRequested): void {
  if (event.force) job.shielded = false;
  job.forced ||= event.force ?? false;
  job.cancel ??= event.reason;
  state.dues.delete(jobAddress(job.planned.id, job.attempt));
  endWithin(state, job, event);
}

function cancelPart(state: RunState, event: CancelRequested): void {
  const { target, reason, force, at } = event;
  const stage = state.stages.get(target);
  const branch = state.branches.get(target);
  const part = stage ?? branch ?? jobIn(state, jobOf(target));
  part.cancel ??= reason;
  if (stage !== undefined && state.live.has(target)) state.stirred.add(stage);
  if (part.kind !== "branch") {
    part.forced ||= force ?? false;
    if (part.forced || part.scope === undefined) state.dues.delete(target);
    else state.dues.set(target, at + MAX_CLEANUP_MS);
  }
  endWithin(state, part, event);
}

/** Brings what is open within `part` to an end. */
function endWithin(
  state: RunState,
  part: JobState | StageState | BranchState,
  event: CancelRequested,
): void {
  state.agenda.add(part);
  if (part.kind === "branch") {
    const stage = part.states[part.next];
    if (stage !== undefined) endStage(state, stage, event);
    return;
  }
  for (const branch of part.scope?.branches ?? []) {
    if (branch.phase === "running") endWithin(state, branch, event);
  }
}

/** Clean-up that began after an earlier end is spared, until that is to end too. */
function endStage(state: RunState, stage: StageState, event: CancelRequested): void {
  if (event.force) stage.shielded = false;
  if (stage.shielded) return;
  // A limit on what is ending anyway is moot.
  state.dues.delete(stage.address);
  if (state.live.has(stage.address)) {
    stage.cancel ??= event.reason;
    state.stirred.add(stage);
  }
  endWithin(state, stage, event);
}

function runSettled(state: RunState, { at, outcome, failure }: RunSettled): void {
  state.phase = "settled";
  state.outcome = outcome;
  state.failure = failure;
  state.settledAt = at;
  state.dues.clear();
}

function stageGiven(state: RunState, { stage, outcome, outputs = {}, reason }: StageGiven): void {
  state.given.set(stage, { stage, outcome, outputs, reason });
  for (const known of state.stages.values()) {
    if (known.phase !== "settled" && anyAttempt(known.address) === stage) state.agenda.add(known);
  }
}

function jobStarted(state: RunState, event: JobStarted): void {
  const job = jobIn(state, event.job);
  if (job.attempt > 0) state.dues.delete(jobAddress(event.job, job.attempt));
  state.runningJobs++;
  job.phase = "running";
  job.attempt = event.attempt;
  job.scope = undefined;
  job.cancel = undefined;
  job.forced = false;
  job.shielded ||= state.cancel !== undefined;
  job.failure = undefined;
  job.retry ??= event.retry;
  job.timeoutMs = event.timeoutMs;
  job.startedAt ??= event.at;
  if (event.timeoutMs !== undefined) {
    state.dues.set(jobAddress(event.job, event.attempt), event.at + event.timeoutMs);
  }
  state.agenda.add(job);
}

function jobSettled(state: RunState, event: JobSettled): void {
  const job = jobIn(state, event.job);
  leaveSlot(state, job);
  state.dues.delete(jobAddress(event.job, job.attempt));
  job.phase = "settled";
  job.outcome = event.outcome;
  job.failure = event.failure;
  job.reason = event.reason;
  job.outputs = event.outputs;
  job.settledAt = event.at;
  state.unsettledJobs--;
  state.ended.push(job);
  if (isAbort(event)) state.abortedBy ??= event.job;
  state.failure = runFailureOf(event) ?? state.failure;
  for (const dependant of state.dependants.get(event.job) ?? []) {
    if (--dependant.unsettledNeeds === 0) state.agenda.add(dependant);
  }
  state.agenda.add(state);
}

/** What a job's end means for the run (REFERENCE C-029, C-032). */
function runFailureOf(event: JobSettled): Failure | undefined {
  const { job, outcome, reason } = event;
  if (outcome === "failed") {
    return {
      name: "WorkflowError",
      message: `Job execution, '${job}', was failed.`,
      retryable: false,
    };
  }
  if (reason?.kind !== "rule-unmet" || !isAbort(event)) return undefined;
  return {
    name: "WorkflowError",
    message: `Validate job trigger rule was failed with '${reason.rule}'.`,
    retryable: false,
  };
}

/** Whether a job's trigger rule was not met, and the run fails of that. */
function isAbort({ reason }: JobSettled): boolean {
  if (reason?.kind !== "rule-unmet") return false;
  // Who asks for success is skipped with a need that was merely skipped (W-19);
  // after one that was cancelled, the run says so itself.
  const isSkippedToo = reason.rule === "all_success" && reason.outcome === "skipped";
  return !isSkippedToo && reason.outcome !== "cancelled";
}

function leaveSlot(state: RunState, job: JobState): void {
  if (job.phase !== "running") return;
  state.runningJobs--;
  state.agenda.add(state);
}

function scopeOpened(state: RunState, { owner, round, expansion }: ScopeOpened): void {
  const part = state.stages.get(stageOfAttempt(owner)) ?? jobIn(state, jobOf(owner));
  const scope = part.scope ?? newScope(part, expansion);
  part.scope = scope;
  scope.expansion = expansion;
  scope.round = round;
  for (const branch of expansion.branches) {
    const opened = newBranch(scope, branch, owner);
    scope.branches.push(opened);
    state.branches.set(opened.address, opened);
  }
  state.agenda.add(scope);
}

function branchSettled(state: RunState, event: BranchSettled): void {
  const branch = branchIn(state, event.branch);
  branch.phase = "settled";
  branch.outcome = event.outcome;
  branch.failure = event.failure;
  branch.settledAt = event.at;
  branch.scope.open--;
  if (event.outcome === "failed") branch.scope.failed ??= branch;
  if (event.outcome === "cancelled") branch.scope.cancelled ??= branch;
  state.agenda.add(branch.scope);
}

function stageStarted(state: RunState, event: StageStarted): void {
  const stage = state.stages.get(event.stage) ?? newStage(state, event);
  stage.phase = "running";
  stage.attempt = event.attempt;
  stage.failure = undefined;
  stage.outputs = undefined;
  stage.scope = undefined;
  stage.cancel = undefined;
  stage.forced = false;
  stage.retry ??= event.retry;
  stage.timeoutMs = event.timeoutMs;
  state.dues.delete(event.stage);
  if (event.timeoutMs !== undefined) state.dues.set(event.stage, event.at + event.timeoutMs);
  if (stage.planned.bodies !== undefined) return state.agenda.add(stage);
  state.live.add(stage);
  state.stirred.add(stage);
}

function stageRetryScheduled(state: RunState, event: StageRetryScheduled): void {
  const stage = state.stages.get(event.stage) ?? fail(`no stage "${event.stage}"`);
  stage.phase = "waiting";
  stage.failure = event.failure;
  stage.cancel = undefined;
  if (event.reason.kind === "lost") stage.losses++;
  else stage.failures++;
  state.live.delete(stage);
  state.dues.set(event.stage, event.dueAt);
  state.agenda.add(stage);
}

function stageSettled(state: RunState, event: StageSettled): void {
  const stage = state.stages.get(event.stage) ?? newStage(state, event);
  const { branch } = stage;
  stage.phase = "settled";
  stage.attempt = event.attempt;
  stage.outcome = event.outcome;
  stage.outputs = event.outputs;
  stage.failure = event.failure;
  stage.reason = event.reason;
  stage.settledAt = event.at;
  if (event.outcome === "failed" && event.attempt > 0) stage.failures++;
  state.live.delete(stage);
  state.dues.delete(event.stage);
  branch.next = branch.states.length;
  if (event.outcome === "failed" || event.outcome === "cancelled") branch.culprit ??= stage;
  state.agenda.add(branch);
}

function newJob(planned: PlannedJob): JobState {
  return {
    kind: "job",
    planned,
    phase: "pending",
    attempt: 0,
    unsettledNeeds: 0,
    scope: undefined,
    retry: undefined,
    timeoutMs: undefined,
    cancel: undefined,
    forced: false,
    shielded: false,
    outcome: undefined,
    failure: undefined,
    reason: undefined,
    outputs: undefined,
    kept: undefined,
    startedAt: undefined,
    settledAt: undefined,
  };
}

function newScope(owner: JobState | StageState, expansion: Expansion): ScopeState {
  return {
    kind: "scope",
    owner,
    branches: [],
    expansion,
    round: 1,
    begun: 0,
    open: 0,
    failed: undefined,
    cancelled: undefined,
  };
}

function newBranch(
  scope: ScopeState,
  { key, body, bindings }: Branch,
  owner: Address,
): BranchState {
  const { planned } = scope.owner;
  const stages = "stages" in planned
    ? planned.stages
    : planned.bodies?.[body] ?? fail(`no body "${body}"`);
  return {
    kind: "branch",
    address: branchAddress(owner, key),
    key,
    bindings,
    scope,
    stages,
    states: [],
    byId: undefined,
    phase: "pending",
    next: 0,
    culprit: undefined,
    cancel: undefined,
    outcome: undefined,
    failure: undefined,
    startedAt: undefined,
    settledAt: undefined,
  };
}

/** Makes the stage that an event first speaks of, and lists it in its branch. */
function newStage(state: RunState, event: StageStarted | StageSettled): StageState {
  const key = stageKey(event.stage);
  const branch = state.stages.branchAround(event.stage) ??
    fail(`no branch "${splitStageAddress(event.stage).branch}"`);
  // Only clean-up begins out of turn, so the search is short.
  let index = branch.next;
  while (index < branch.stages.length && branch.stages[index]?.key !== key) index++;
  const planned = branch.stages[index] ?? fail(`no stage "${event.stage}" in the plan`);
  const name = event.name ?? planned.name;
  const stage: StageState = {
    kind: "stage",
    address: ownAddress(event.stage, { branch, planned }),
    planned,
    branch,
    phase: "running",
    attempt: 0,
    failures: 0,
    losses: 0,
    name,
    id: event.id ?? planned.id ?? (planOf(state).stageDefaultId ? referenceId(name) : undefined),
    scope: undefined,
    retry: undefined,
    timeoutMs: undefined,
    cancel: undefined,
    forced: false,
    shielded: cancelOf(branch) !== undefined,
    outcome: undefined,
    outputs: undefined,
    failure: undefined,
    reason: undefined,
    startedAt: event.at,
    settledAt: undefined,
  };
  // A list that grows from nothing takes room for seventeen, and most legs have one stage or two.
  if (index === 0) branch.states = [stage];
  else branch.states[index] = stage;
  branch.next = index;
  if (stage.id !== undefined) branch.byId?.set(stage.id, stage);
  state.stages.add(stage);
  return stage;
}

/**
 * The address of a stage, made of what is kept anyway: that of an event may be
 * a part of a long text, all of which it would keep.
 */
function ownAddress(
  { length }: Address,
  { branch: { address }, planned: { key } }: Pick<StageState, "branch" | "planned">,
): Address {
  // With something escaped it would be longer, so its length tells without a look at its text.
  return length === address.length + 1 + key.length
    ? `${address}/${key}`
    : stageAddress(address, key);
}

function jobIn(state: RunState, id: JobId): JobState {
  return state.jobs.get(id) ?? fail(`no job "${id}" in the plan`);
}

function branchIn(state: RunState, address: Address): BranchState {
  return state.branches.get(address) ?? fail(`no branch "${address}"`);
}

function stageOfAttempt(owner: Address): Address {
  const attempt = owner.lastIndexOf("~");
  return attempt > owner.lastIndexOf("/") ? owner.slice(0, attempt) : owner;
}

function fail(what: string): never {
  throw new Error(`Internal error: ${what}`);
}
