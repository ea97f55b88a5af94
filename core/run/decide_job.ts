/**
 * What a job does next: waits, is skipped, begins, opens its legs, is tried
 * again, or ends.
 *
 * @module
 */
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { renderDeep } from "../expr/template.ts";
import type { ValueObject } from "../expr/value.ts";
import type { Branch, Expansion } from "../plan/expansion.ts";
import { expandMatrix, legKey } from "../plan/matrix.ts";
import type { PlannedStrategy } from "../plan/plan.ts";
import { contextOfJob, contextOfStage, needsOf } from "./contexts.ts";
import {
  asksForStatus,
  attempt,
  type Decision,
  type Evaluated,
  judgeCondition,
  renderOutputs,
  resolveCount,
  resolveRetry,
  resolveTimeout,
  settledValue,
} from "./decision.ts";
import type { Failure, JobSettled, Outcome, Reason, RunEvent } from "./event.ts";
import { foldOutcomes } from "./fold.ts";
import { judgeNeeds } from "./needs.ts";
import { retryDelayMs } from "./retry.ts";
import { attemptAddress, isDone, type JobState, type RunState, type ScopeState } from "./state.ts";

/** The most legs of one job that may be open at once (REFERENCE C-128). */
export const MAX_PARALLEL_LEGS = 9;

/** The next events of a job, if any. */
export function decideJob(decision: Decision, job: JobState): RunEvent[] {
  switch (job.phase) {
    case "pending":
      return job.unsettledNeeds === 0 || isCalledOff(decision, job) ? admit(decision, job) : [];
    case "waiting":
      return comeBack(decision, job);
    case "running":
      return job.scope === undefined
        ? openLegs(decision, job)
        : concludeJob(decision, job, job.scope);
    case "settled":
      return [];
    default:
      return job.phase satisfies never;
  }
}

/** Whether a job that stood in line for a slot still wants it. */
export function mayBegin(decision: Decision, job: JobState): boolean {
  if (job.phase === "pending") return !isCalledOff(decision, job);
  return job.phase === "waiting" && !isEnded(decision, job);
}

/** The next attempt of a job that has a slot; or its end, if its own limits cannot be told. */
export function beginJob(decision: Decision, job: JobState): RunEvent {
  const { state, at } = decision;
  const context = () => contextOfJob(state, job, decision);
  const retry = resolveRetry(job.attempt === 0 ? job.planned.retry : undefined, context);
  if (!retry.ok) return settle(decision, job, { outcome: "failed", failure: retry.failure });
  const timeout = resolveTimeout(job.planned.timeoutMs, context);
  if (!timeout.ok) return settle(decision, job, { outcome: "failed", failure: timeout.failure });
  return {
    type: "job.started",
    at,
    job: job.planned.id,
    attempt: job.attempt + 1,
    ...retry.value,
    ...timeout.value,
  };
}

/** Whether the run is ending and the job is not there to clean up. */
function isCalledOff({ state }: Decision, { planned }: JobState): boolean {
  return state.cancel !== undefined && (state.forced || !asksForStatus(planned.condition));
}

function admit(decision: Decision, job: JobState): RunEvent[] {
  const { state } = decision;
  if (isCalledOff(decision, job)) {
    return [settle(decision, job, { outcome: "cancelled", reason: state.cancel })];
  }
  const refusal = refusalOf(decision, job);
  if (refusal !== undefined) return [settle(decision, job, refusal)];
  queue(state, job);
  return [];
}

/** Slots are handed out by the run, first come first served. */
function queue(state: RunState, job: JobState): void {
  state.ready.add(job);
  state.agenda.add(state);
}

/** Why a job whose needs have all ended does not run; `undefined` when it does. */
function refusalOf(decision: Decision, job: JobState): Ending | undefined {
  const { condition, rule, ruleExplicit } = job.planned;
  // A condition that asks how the needs went takes the place of the rule,
  // unless the author stated one (REFERENCE §2, "Dependency decision").
  if (ruleExplicit || !asksForStatus(condition)) {
    const reason = judgeNeeds(rule, needsOf(decision.state, job)) ?? abortOf(decision.state);
    if (reason !== undefined) return { outcome: "skipped", reason };
  }
  const verdict = judgeCondition(condition, () => contextOfJob(decision.state, job, decision));
  if (!verdict.ok) return { outcome: "failed", failure: verdict.failure };
  if (verdict.value) return undefined;
  return { outcome: "skipped", reason: { kind: "condition-false", condition: String(condition) } };
}

/** An unmet rule aborts the run: only jobs that ask how things went still begin (REFERENCE S-008, §2). */
function abortOf({ abortedBy }: RunState): Reason | undefined {
  return abortedBy === undefined ? undefined : { kind: "run-aborted", by: abortedBy };
}

/** A waiting retry holds no slot, so it needs one again when it is due. */
function comeBack(decision: Decision, job: JobState): RunEvent[] {
  const { state, at } = decision;
  if (isEnded(decision, job)) {
    return [
      settle(decision, job, { outcome: "cancelled", reason: state.cancel, failure: job.failure }),
    ];
  }
  if ((state.dues.get(attemptAddress(job)) ?? 0) <= at) queue(state, job);
  return [];
}

/** Whether the run's end reaches a job that has begun. */
function isEnded({ state }: Decision, job: JobState): boolean {
  return state.cancel !== undefined && !job.shielded;
}

function openLegs(decision: Decision, job: JobState): RunEvent[] {
  const { strategy, runsOn } = job.planned;
  if (!decision.language.hasRunner(runsOn.type)) {
    const message =
      `Job runs-on type: '${runsOn.type}' is not installed: add a plugin that provides it`;
    return [settle(decision, job, { outcome: "failed", failure: jobFailure(message) })];
  }
  if (job.cancel !== undefined) {
    return [settle(decision, job, endingOfCancel(decision, job, job.cancel))];
  }
  const expansion = strategy === undefined
    ? { ok: true, value: SINGLE_LEG } as const
    : expandStrategy(decision, job, strategy);
  if (!expansion.ok) {
    return [settle(decision, job, { outcome: "failed", failure: expansion.failure })];
  }
  return [{
    type: "scope.opened",
    at: decision.at,
    owner: attemptAddress(job),
    round: 1,
    expansion: expansion.value,
  }];
}

const LEGS = {
  again: false,
  header: {},
  noun: "leg",
  under: "strategies",
  shown: ["matrix"],
} as const;

const SINGLE_LEG: Expansion = {
  ...LEGS,
  branches: [{ key: "", body: "stages", bindings: {} }],
  limit: 1,
  failFast: false,
};

function expandStrategy(
  decision: Decision,
  job: JobState,
  strategy: PlannedStrategy,
): Evaluated<Expansion> {
  const context = () => contextOfJob(decision.state, job, decision);
  const limit = legLimit(strategy, context);
  if (!limit.ok) return limit;
  const lists = attempt(() => ({
    matrix: settledValue(renderDeep(strategy.matrix, context())),
    include: settledValue(renderDeep(strategy.include, context())),
    exclude: settledValue(renderDeep(strategy.exclude, context())),
  }));
  if (!lists.ok) return lists;
  const expanded = expandMatrix(lists.value);
  if (!expanded.ok) return { ok: false, failure: jobFailure(expanded.message) };
  const branches = expanded.legs.map((leg): Branch => ({
    key: legKey(leg),
    body: "stages",
    bindings: leg,
  }));
  return {
    ok: true,
    value: { ...LEGS, branches, limit: limit.value, failFast: strategy.failFast },
  };
}

function legLimit(
  { maxParallel }: PlannedStrategy,
  context: () => EvaluationContext,
): Evaluated<number> {
  const limit = resolveCount(maxParallel, { context, what: "max-parallel", min: 1 });
  if (!limit.ok || limit.value <= MAX_PARALLEL_LEGS) return limit;
  const message =
    `The max-parallel value should not more than 10, the current value was set: ${limit.value}.`;
  return { ok: false, failure: jobFailure(message) };
}

function concludeJob(decision: Decision, job: JobState, scope: ScopeState): RunEvent[] {
  if (!isDone(scope, job.cancel)) return [];
  const ending = job.cancel === undefined
    ? endingOf(scope)
    : endingOfCancel(decision, job, job.cancel);
  const { retry } = job;
  // Every failure counts (REFERENCE C-096): what a stage could not do better a
  // second time, the stages before it may.
  if (ending.outcome === "failed" && ending.failure && retry && job.attempt <= retry.attempts) {
    return [{
      type: "job.retry-scheduled",
      at: decision.at,
      job: job.planned.id,
      attempt: job.attempt,
      failure: ending.failure,
      dueAt: decision.at + retryDelayMs(retry, job.attempt),
    }];
  }
  return [
    settle(
      decision,
      job,
      ending.outcome === "succeeded" ? withOutputs(decision, job, ending) : ending,
    ),
  ];
}

function endingOf(scope: ScopeState): Ending {
  const outcome = foldOutcomes(scope.branches.flatMap((leg) => leg.outcome ?? []), "skipped");
  if (outcome === "skipped") return { outcome, reason: { kind: "all-skipped" } };
  return { outcome, failure: (scope.failed ?? scope.cancelled)?.failure };
}

/** A job that was asked to end: past its own limit, unless the run is ending anyway. */
function endingOfCancel(decision: Decision, job: JobState, reason: Reason): Ending {
  if (reason.kind === "timeout" && !isEnded(decision, job)) {
    const message = `Job "${job.planned.id}" took longer than its ${reason.afterMs / 1000} s`;
    return {
      outcome: "failed",
      failure: { name: "JobTimeoutError", message, retryable: true },
      reason,
    };
  }
  const message = "Strategy execution was canceled from the event before start stage execution.";
  return {
    outcome: "cancelled",
    failure: { name: "JobCancelError", message, retryable: false },
    reason: decision.state.cancel ?? reason,
  };
}

/** The declared outputs of a job, as its only leg, or as the job around its legs, sees them. */
function withOutputs(decision: Decision, job: JobState, ending: Ending): Ending {
  const { outputs } = job.planned;
  const leg = job.scope?.branches[0];
  if (outputs === undefined || leg === undefined) return ending;
  const context = job.planned.strategy === undefined
    ? contextOfStage(decision.state, leg, decision)
    : contextOfJob(decision.state, job, decision);
  const values = renderOutputs(outputs, context);
  if (!values.ok) return { outcome: "failed", failure: values.failure };
  return { ...ending, outputs: values.value };
}

interface Ending {
  readonly outcome: Outcome;
  readonly reason?: Reason | undefined;
  readonly failure?: Failure | undefined;
  readonly outputs?: ValueObject | undefined;
}

function settle({ at }: Decision, job: JobState, ending: Ending): JobSettled {
  const { outcome, reason, failure, outputs } = ending;
  return {
    type: "job.settled",
    at,
    job: job.planned.id,
    outcome,
    ...(reason && { reason }),
    ...(failure && { failure }),
    ...(outputs && { outputs }),
  };
}

function jobFailure(message: string): Failure {
  return { name: "JobError", message, retryable: false };
}
