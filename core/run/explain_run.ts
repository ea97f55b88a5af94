/**
 * Why the parts of a run ran, were skipped or failed, read off its events: each
 * condition is evaluated once more in the state in which it was decided.
 *
 * @module
 */
import { explainCondition, type ExplainedPart } from "../expr/explain_expression.ts";
import type { JobRule } from "../model/workflow.ts";
import type { JobId, PlannedStage } from "../plan/plan.ts";
import { anyAttempt, splitStageAddress, stageAddress } from "./address.ts";
import { contextOfJob, contextOfStage, jobOfBranch, type Language, needsOf } from "./contexts.ts";
import { asksForStatus } from "./decision.ts";
import type { Address, Failure, Outcome, Reason, RunEvent } from "./event.ts";
import type { Need } from "./needs.ts";
import {
  type BranchState,
  evolve,
  initialState,
  type JobState,
  type RunState,
  type StageState,
} from "./state.ts";

/** What is asked about. */
export interface ExplainQuestion {
  /** The language of the run's plan. */
  readonly language: Language;
  /** The job. @default all jobs */
  readonly job?: JobId | undefined;
  /** A stage of that job, by its id, name, key or address. @default the job itself */
  readonly stage?: string | undefined;
}

/** A run and what became of those of its parts that were asked about. */
export interface ExplainedRun {
  /** The run, as its events left it. */
  readonly state: RunState;
  /** What made it end as it did, where it did not succeed. */
  readonly cause?: Cause;
  /** The parts, in the order of the plan. */
  readonly parts: readonly ExplainedRunPart[];
}

/** What became of a job or a stage, and why. */
export interface ExplainedRunPart {
  /** Which it is. */
  readonly kind: "job" | "stage";
  /** Its name within the run. */
  readonly address: Address;
  /** What it is called. */
  readonly name: string;
  /** How it ended; none while it has not, or where it never was reached. */
  readonly outcome?: Outcome;
  /** Whether it stands in line, is under way, waits for its next attempt, has ended, or never was reached. */
  readonly phase: "pending" | "running" | "waiting" | "settled" | "unreached";
  /** Why it ended so. */
  readonly reason?: Reason;
  /** How what it needs ended. */
  readonly needs: readonly Need[];
  /** When it runs, seen from its needs; none where its condition asks for that instead. */
  readonly rule?: JobRule;
  /** Its `if`, evaluated as it was when that decided. */
  readonly condition?: ExplainedPart;
  /** Its attempts, in order. */
  readonly attempts: readonly ExplainedAttempt[];
  /** What it failed of. */
  readonly failure?: Failure;
  /** What was at the bottom of that, where it is not the part itself. */
  readonly cause?: Cause;
}

/** One attempt. */
export interface ExplainedAttempt {
  /** Which, from 1. */
  readonly number: number;
  /** When it began, in epoch milliseconds. */
  readonly startedAt: number;
  /** When it ended. */
  readonly endedAt?: number;
  /** What it failed of. */
  readonly failure?: Failure;
  /** Why there is another one: it failed, or its engine died. */
  readonly again?: Reason["kind"];
  /** When the next one was due. */
  readonly nextAt?: number;
}

/** What is at the bottom of an end. */
export interface Cause {
  /** The part that it began with. */
  readonly address: Address;
  /** How that ended. */
  readonly outcome: Outcome;
  /** What it failed of. */
  readonly failure?: Failure;
  /** Why it ended so. */
  readonly reason?: Reason;
}

/** The most parts that one answer has: a matrix may have a hundred thousand. */
export const MAX_EXPLAINED_PARTS = 200;

/**
 * Explains a run, one of its jobs, or a stage in all places where it stands.
 * Pure: the same events give the same answer.
 */
export function explainRun(
  events: Iterable<RunEvent>,
  question: ExplainQuestion,
): ExplainedRun {
  const history = new History(question);
  for (const event of events) history.take(event);
  return history.explained();
}

/** Follows a run and keeps of it what is asked about. */
class History {
  readonly #question: ExplainQuestion;
  readonly #state = initialState();
  readonly #conditions = new Map<string, ExplainedPart>();
  readonly #attempts = new Map<string, ExplainedAttempt[]>();

  constructor(question: ExplainQuestion) {
    this.#question = question;
  }

  take(event: RunEvent): void {
    // A stage's condition decides at once; a job's as soon as all that it needs has ended.
    if (event.type === "stage.started" || event.type === "stage.settled") {
      if (event.attempt === (event.type === "stage.started" ? 1 : 0)) this.#explainStage(event);
    }
    evolve(this.#state, event);
    for (const job of readyAfter(event, this.#state)) this.#explainJob(job, event.at);
    this.#keepAttempt(event);
  }

  explained(): ExplainedRun {
    const state = this.#state;
    const jobs = [...state.jobs.values()].filter((job) => this.#isAsked(job.planned.id));
    const parts = this.#question.stage === undefined
      ? jobs.map((job) => this.#partOfJob(job))
      : jobs.flatMap((job) => this.#partsOfStage(job, this.#question.stage ?? ""));
    const cause = causeOfRun(state);
    return { state, ...(cause && { cause }), parts: parts.slice(0, MAX_EXPLAINED_PARTS) };
  }

  #isAsked(job: JobId): boolean {
    return this.#question.job === undefined || this.#question.job === job;
  }

  #explainStage({ stage, at }: { readonly stage: Address; readonly at: number }): void {
    if (this.#question.stage === undefined) return;
    const { branch: address, key } = splitStageAddress(stage);
    const branch = this.#state.branches.get(address);
    const planned = branch?.stages.find((each) => each.key === key);
    if (branch === undefined || typeof planned?.condition !== "string") return;
    if (!this.#isAsked(jobOfBranch(branch).planned.id) || planned.condition === "") return;
    const { language } = this.#question;
    const context = contextOfStage(this.#state, branch, { at, language });
    this.#conditions.set(stage, explainCondition(planned.condition, context));
  }

  #explainJob(job: JobState, at: number): void {
    const { id, condition } = job.planned;
    if (typeof condition !== "string" || condition === "" || !this.#isAsked(id)) return;
    const context = contextOfJob(this.#state, job, { at, language: this.#question.language });
    this.#conditions.set(jobKey(id), explainCondition(condition, context));
  }

  #keepAttempt(event: RunEvent): void {
    switch (event.type) {
      case "job.started":
      case "stage.started":
        this.#attemptsOf(event).push({ number: event.attempt, startedAt: event.at });
        return;
      case "job.retry-scheduled":
        return this.#endAttempt(event, {
          failure: event.failure,
          again: "attempt-failed",
          nextAt: event.dueAt,
        });
      case "stage.retry-scheduled":
        return this.#endAttempt(event, {
          failure: event.failure,
          again: event.reason.kind,
          nextAt: event.dueAt,
        });
      case "job.settled":
      case "stage.settled":
        return this.#endAttempt(
          event,
          event.failure === undefined ? {} : { failure: event.failure },
        );
      default:
        return;
    }
  }

  #endAttempt(event: Owned & { readonly at: number }, end: Partial<ExplainedAttempt>): void {
    const attempts = this.#attemptsOf(event);
    const last = attempts.pop();
    if (last !== undefined) attempts.push({ ...last, endedAt: event.at, ...end });
  }

  #attemptsOf(event: Owned): ExplainedAttempt[] {
    // An attempt of a stage that begins again is told by a further event of the same address.
    const key = "job" in event ? jobKey(event.job) : event.stage;
    const attempts = this.#attempts.get(key) ?? [];
    this.#attempts.set(key, attempts);
    return attempts;
  }

  #partOfJob(job: JobState): ExplainedRunPart {
    const { id, rule, ruleExplicit, condition } = job.planned;
    const judgesNeeds = ruleExplicit || !asksForStatus(condition);
    return {
      ...{ kind: "job", address: id, name: id, phase: job.phase },
      needs: needsOf(this.#state, job).filter(({ id }) => this.#hasEnded(id)),
      ...(judgesNeeds && job.planned.needs.length > 0 ? { rule } : {}),
      ...this.#decided(jobKey(id)),
      ...endOf(job),
      ...unless(causeOfJob(this.#state, job), id),
    };
  }

  #hasEnded(id: JobId): boolean {
    return this.#state.jobs.get(id)?.outcome !== undefined;
  }

  #decided(key: string): Pick<ExplainedRunPart, "condition" | "attempts"> {
    const condition = this.#conditions.get(key);
    return { ...(condition && { condition }), attempts: this.#attempts.get(key) ?? [] };
  }

  #partsOfStage(job: JobState, wanted: string): readonly ExplainedRunPart[] {
    const branches = branchesOf(this.#state, job);
    const parts = branches.flatMap((branch) =>
      branch.stages.flatMap((planned, at) => {
        const state = branch.states[at];
        const address = state?.address ?? stageAddress(branch.address, planned.key);
        if (!isCalled(wanted, { planned, address, name: state?.name })) return [];
        return [state === undefined ? unreached(planned, branch) : this.#partOfStage(state)];
      })
    );
    if (parts.length > 0) return parts;
    const planned = findPlanned(job.planned.stages, wanted);
    return planned === undefined ? [] : [{
      ...{ kind: "stage", address: `${job.planned.id}/${planned.key}`, name: planned.name },
      ...{ phase: "unreached", needs: [], attempts: [] },
      ...unless(causeOfJob(this.#state, job), ""),
    }];
  }

  #partOfStage(stage: StageState): ExplainedRunPart {
    const cause = stage.outcome === undefined ? undefined : causeOfStage(stage);
    return {
      ...{ kind: "stage", address: stage.address, name: stage.name, phase: stage.phase, needs: [] },
      ...this.#decided(stage.address),
      ...endOf(stage),
      ...unless(cause, stage.address),
    };
  }
}

type Owned = { readonly job: JobId } | { readonly stage: Address };

/** Jobs and stages are kept in one map; no address of a stage begins so. */
function jobKey(id: JobId): string {
  return `job ${id}`;
}

/** The jobs that an event leaves with nothing more to wait for. */
function readyAfter(event: RunEvent, state: RunState): readonly JobState[] {
  const candidates = event.type === "run.started"
    ? [...state.jobs.values()]
    : event.type === "job.settled" || event.type === "job.kept"
    ? state.dependants.get(event.job) ?? []
    : [];
  return candidates.filter(({ phase, unsettledNeeds }) =>
    phase === "pending" && unsettledNeeds === 0
  );
}

function endOf(
  { outcome, reason, failure }: Pick<JobState, "outcome" | "reason" | "failure">,
): Pick<ExplainedRunPart, "outcome" | "reason" | "failure"> {
  return {
    ...(outcome && { outcome }),
    ...(reason && { reason }),
    ...(failure && { failure }),
  };
}

/** A cause that is the part itself explains nothing. */
function unless(cause: Cause | undefined, own: Address): { readonly cause?: Cause } {
  return cause === undefined || cause.address === own ? {} : { cause };
}

/** All branches of a job, those of its earlier attempts and of nested stages included. */
function branchesOf(state: RunState, job: JobState): readonly BranchState[] {
  return [...state.branches.values()].filter((branch) =>
    jobOfBranch(branch).planned.id === job.planned.id
  );
}

interface Named {
  readonly planned: PlannedStage;
  readonly address: Address;
  readonly name: string | undefined;
}

function isCalled(wanted: string, { planned, address, name }: Named): boolean {
  return [planned.id, planned.key, planned.name, name, address, anyAttempt(address)].includes(
    wanted,
  );
}

function unreached(planned: PlannedStage, branch: BranchState): ExplainedRunPart {
  const { culprit } = branch;
  const cause = culprit === undefined ? undefined : causeOfStage(culprit);
  return {
    ...{ kind: "stage", address: stageAddress(branch.address, planned.key), name: planned.name },
    ...{ phase: branch.phase === "settled" ? "unreached" : "pending", needs: [], attempts: [] },
    ...(cause && { cause }),
  };
}

function findPlanned(stages: readonly PlannedStage[], wanted: string): PlannedStage | undefined {
  for (const stage of stages) {
    if ([stage.id, stage.key, stage.name].includes(wanted)) return stage;
    for (const body of Object.values(stage.bodies ?? {})) {
      const found = findPlanned(body, wanted);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first job that did not succeed, and what that was. */
function causeOfRun(state: RunState): Cause | undefined {
  if (state.outcome === undefined || state.outcome === "succeeded") return undefined;
  const first = state.ended.find(({ outcome }) => outcome === state.outcome);
  if (first !== undefined) return causeOfJob(state, first);
  return { address: "", outcome: state.outcome, ...reasonOf(state.cancel, state.failure) };
}

/** Goes down from a job through what it needed, its legs and their stages. */
function causeOfJob(state: RunState, job: JobState): Cause | undefined {
  let current = job;
  // Needs cannot go round in a circle: such a plan is refused.
  while (current.outcome === "skipped") {
    const need = culpritAmongNeeds(state, current);
    if (need === undefined) break;
    current = need;
  }
  const { outcome, reason, failure, planned, scope } = current;
  if (outcome === undefined || outcome === "succeeded") return undefined;
  const culprit = (scope?.failed ?? scope?.cancelled)?.culprit;
  if (outcome !== "skipped" && culprit !== undefined) return causeOfStage(culprit);
  return { address: planned.id, outcome, ...reasonOf(reason, failure) };
}

function culpritAmongNeeds(state: RunState, { planned, reason }: JobState): JobState | undefined {
  if (reason?.kind === "rule-unmet") return state.jobs.get(reason.need);
  if (reason?.kind === "run-aborted") return state.jobs.get(reason.by);
  return reason?.kind === "needs-skipped" ? state.jobs.get(planned.needs[0] ?? "") : undefined;
}

function causeOfStage(stage: StageState): Cause | undefined {
  let current = stage;
  for (;;) {
    const { scope } = current;
    const within = (scope?.failed ?? scope?.cancelled)?.culprit;
    if (within === undefined) break;
    current = within;
  }
  const { outcome, reason, failure, address } = current;
  if (outcome === undefined || outcome === "succeeded") return undefined;
  return { address, outcome, ...reasonOf(reason, failure) };
}

function reasonOf(
  reason: Reason | undefined,
  failure: Failure | undefined,
): Pick<Cause, "reason" | "failure"> {
  return { ...(reason && { reason }), ...(failure && { failure }) };
}
