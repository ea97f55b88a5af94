/**
 * What is true of every run after every step, whatever happens to it. Each
 * line here is a promise; a feature starts with one more.
 *
 * @module
 */
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { Plan } from "../../core/plan/plan.ts";
import type { RunSummary } from "../../core/plugin/journal.ts";
import { jobOf } from "../../core/run/address.ts";
import { asksForStatus } from "../../core/run/decision.ts";
import type {
  Address,
  Failure,
  RunEvent,
  ScopeOpened,
  StageSettled,
} from "../../core/run/event.ts";
import {
  attemptAddress,
  type BranchState,
  cancelAround,
  cancelOfOwner,
  givenEnd,
  isForced,
  type JobState,
  mayAct,
  planOf,
  type RunState,
  type ScopeState,
  type StageState,
} from "../../core/run/state.ts";

/** Checks what `overlap:` promises, unless it is `allow`: no two runs of one workflow at once, whoever died meanwhile. */
export function checkOverlap(runs: readonly RunSummary[]): void {
  const workflows = Map.groupBy(runs, ({ workflow }) => workflow);
  for (const own of workflows.values()) {
    const inOrder = own.toSorted((one, other) => one.startedAt - other.startedAt);
    for (const [at, { runId, startedAt }] of inOrder.entries()) {
      const before = inOrder[at - 1];
      const isOver = before === undefined || (before.settledAt ?? Infinity) <= startedAt;
      ok(isOver, `"${runId}" begins once "${before?.runId}" has ended`);
    }
  }
}

/** Checks what must hold at any moment. */
export function checkState(state: RunState): void {
  if (state.plan === undefined) return;
  limitsHold(state);
  nothingIsKeptWaiting(state);
  needsComeFirst(state);
  wholesFollowParts(state);
  endsReachWhatTheyShould(state);
  limitsBelongToSomething(state);
  endsAreExplained(state);
  retriesAreBounded(state);
}

/** Checks what must hold of an event in the state in which it was decided. */
export function checkEvent(state: RunState, event: RunEvent): void {
  const isBeginning = event.type === "stage.started" || event.type === "job.started";
  ok(!isBeginning || mayAct(state), "nothing begins without a permit");
  switch (event.type) {
    case "permit.granted":
      return equal(state.permit, "wanted", "a permit is granted to who waits for one");
    case "permit.returned":
      equal(state.permit, "held", "only who holds a permit returns it");
      return equal(state.live.size, 0, "a permit is kept while anything is under way");
    case "job.started":
    case "job.retry-scheduled": {
      const job = state.jobs.get(event.job);
      const isReached = state.cancel !== undefined && !job?.shielded;
      const isCleanUp = job?.attempt === 0 && asksForStatus(job.planned.condition);
      ok(!isReached || isCleanUp, "nothing but clean-up begins once its run is ending");
      ok(!isReached || !state.forced, "nothing begins once clean-up was ended");
      return waitsAreOver(state, event, job && dueAddress(job));
    }
    case "stage.started":
      equal(givenEnd(state, event.stage), undefined, "a stage whose end was given does not begin");
      return waitsAreOver(state, event, event.attempt > 1 ? event.stage : undefined);
    case "scope.opened":
      return roundsGoOnFromWhatSucceeded(state, event);
    case "branch.started":
      return branchesBeginOnlyWhileOpen(state.branches.get(event.branch));
    case "stage.retry-scheduled": {
      const stage = state.stages.get(event.stage);
      const isReached = stage !== undefined && cancelAround(stage) !== undefined;
      return ok(!isReached || event.reason.kind === "lost", "nothing is tried again while it ends");
    }
    case "stage.settled":
      endsAsGiven(state, event);
      return cancelledIsWhatWasToEnd(state.stages.get(event.stage), event);
  }
}

function waitsAreOver(state: RunState, event: RunEvent, address: Address | undefined): void {
  const dueAt = address === undefined ? undefined : state.dues.get(address);
  const isStart = event.type === "stage.started" || event.type === "job.started";
  ok(!isStart || (dueAt ?? 0) <= event.at, "a wait is as long as it was to be");
}

function roundsGoOnFromWhatSucceeded(state: RunState, event: ScopeOpened): void {
  const { owner, round } = event;
  const scope = [...scopesOf(state)].find((scope) => attemptAddress(scope.owner) === owner);
  equal(round, (scope?.round ?? 0) + 1, "rounds are counted");
  if (scope === undefined) return;
  ok(scope.expansion.again && scope.expansion.branches.length > 0, "rounds follow rounds");
  for (const { outcome } of scope.branches) {
    ok(outcome === "succeeded" || outcome === "skipped", "rounds go on from what succeeded");
  }
}

function branchesBeginOnlyWhileOpen(branch: BranchState | undefined): void {
  equal(branch?.phase, "pending", "a branch begins once");
  const owner = branch?.scope.owner;
  ok(owner && cancelOfOwner(owner) === undefined, "no branch begins in what is ending");
  ok(
    !branch?.scope.failed || !branch.scope.expansion.failFast,
    "no branch begins beside a failure",
  );
}

function cancelledIsWhatWasToEnd(stage: StageState | undefined, event: StageSettled): void {
  const isFine = event.outcome === "succeeded" || event.outcome === "skipped";
  ok(!isFine || stage?.cancel === undefined, "what was to end is not taken for done");
  if (event.outcome !== "cancelled" || event.reason?.kind === "stage-said") return;
  const isNested = stage?.scope?.cancelled !== undefined;
  ok(stage && (isNested || stage.cancel || cancelAround(stage)), "nothing is cancelled unasked");
}

/** As it was given, unless it was to end early or its name could not be made. */
function endsAsGiven(state: RunState, event: StageSettled): void {
  const given = givenEnd(state, event.stage);
  const isGiven = event.reason?.kind === "kept" || event.reason?.kind === "overridden";
  if (given === undefined) return ok(!isGiven, "nobody makes up an end");
  if (!isGiven) return ok(event.outcome === "cancelled" || event.failure, "a given end is used");
  equal(event.outcome, given.outcome, "a stage ends as it was given");
  deepEqual(event.outputs ?? {}, given.outputs, "a stage leaves what it was given");
}

/** Checks what must hold of all that happened. */
export function checkJournal(journal: readonly RunEvent[], plan: Plan): void {
  clockNeverRunsBack(journal);
  attemptsAreUnique(journal);
  partsBeginAndEndOnce(journal);
  endsAreAskedForOnce(journal);
  onlyCleanUpBeginsOnceCancelled(journal, plan);
  cleanUpIsNotCutShort(journal);
  nothingBeginsOnceForced(journal);
  keptJobsStayAsTheyAre(journal);
}

function limitsHold(state: RunState): void {
  const isUnlimited = state.permit === "unneeded" || state.permit === "held";
  ok(isUnlimited || state.cancel || state.live.size === 0, "who holds no permit does nothing");
  const running = [...state.jobs.values()].filter((job) => job.phase === "running").length;
  equal(running, state.runningJobs, "slots are counted");
  ok(running <= planOf(state).maxParallel, "no more jobs run than there are slots");
  for (const scope of scopesOf(state)) {
    const open = scope.branches.filter((branch) => branch.phase === "running").length;
    equal(open, scope.open, "open branches are counted");
    ok(open <= scope.expansion.limit, "no more branches are open than the limit");
  }
}

function nothingIsKeptWaiting(state: RunState): void {
  if (state.phase === "settled") return;
  const isFree = state.runningJobs < planOf(state).maxParallel;
  for (const job of state.jobs.values()) {
    const mayBegin = job.phase === "pending" && job.unsettledNeeds === 0;
    ok(!(isFree && mayBegin && mayAct(state)), "no job waits while there is a slot");
    const isForgotten = state.permit === "returned" && !state.cancel;
    ok(!(isFree && mayBegin && isForgotten), "whoever may begin asks for a permit");
  }
  for (const scope of scopesOf(state)) {
    const { owner, expansion, open, begun, branches, failed } = scope;
    const isEnding = cancelOfOwner(owner) !== undefined || failed && expansion.failFast;
    if (owner.phase !== "running" || owner.scope !== scope || isEnding) continue;
    ok(open === expansion.limit || begun === branches.length, "no branch waits while it may open");
    ok(open > 0, "a scope with nothing open is over");
  }
}

function needsComeFirst(state: RunState): void {
  for (const job of state.jobs.values()) {
    if (job.attempt === 0) continue;
    for (const need of job.planned.needs) {
      const phase = state.jobs.get(need)?.phase ?? "settled";
      equal(phase, "settled", "a job begins when its needs have ended");
    }
  }
}

function wholesFollowParts(state: RunState): void {
  for (const scope of scopesOf(state)) {
    const { owner } = scope;
    if (owner.phase !== "settled") continue;
    equal(scope.open, 0, "a whole ends after its parts");
    if (owner.outcome !== "succeeded" || owner.reason?.kind === "overridden") continue;
    for (const branch of scope.branches) {
      ok(
        branch.outcome === "succeeded" || branch.outcome === "skipped",
        "a whole succeeds only with all its parts",
      );
    }
  }
  for (const branch of state.branches.values()) {
    if (branch.phase !== "settled") continue;
    const open = branch.states.filter((stage) => stage !== undefined && stage.phase !== "settled");
    equal(open.length, 0, "a branch ends after its stages");
  }
  if (state.phase !== "settled") return;
  equal(state.live.size, 0, "nothing is under way in a run that has ended");
  for (const job of state.jobs.values()) {
    equal(job.phase, "settled", "a run ends after its jobs");
    if (state.outcome !== "succeeded") continue;
    ok(
      job.outcome === "succeeded" || job.outcome === "skipped",
      "a run succeeds with all its jobs",
    );
  }
}

function endsReachWhatTheyShould(state: RunState): void {
  for (const stage of state.live.values()) {
    const { cancel, timeoutMs } = stage;
    const isPastLimit = cancel?.kind === "timeout" && cancel.afterMs === timeoutMs;
    if (cancelAround(stage) !== undefined) ok(cancel, "an end reaches what is under way");
    else ok(cancel === undefined || isPastLimit, "clean-up is spared");
    if (isForced(stage.branch)) ok(cancel, "nothing outlives the end of clean-up");
  }
  for (const { failed, expansion, branches, owner } of scopesOf(state)) {
    const isEnding = cancelOfOwner(owner) !== undefined;
    if (failed === undefined || !expansion.failFast || isEnding) continue;
    for (const { phase, cancel } of branches) {
      ok(phase !== "running" || cancel, "a failure ends its siblings where it is to");
    }
  }
  if (state.phase === "cancelling" && !state.forced) ok(state.dues.get(""), "clean-up has a limit");
  for (const part of [...state.jobs.values(), ...state.stages.values()]) {
    const isPastLimit = part.cancel?.kind === "timeout" && part.cancel.afterMs === part.timeoutMs;
    const isCleaningUp = isPastLimit && part.phase === "running" && !part.forced && part.scope;
    const isOwn = part.kind === "job" ? state.cancel === undefined : !cancelAround(part);
    if (isCleaningUp && isOwn) ok(state.dues.get(dueAddress(part)), "clean-up has a limit");
  }
}

function limitsBelongToSomething(state: RunState): void {
  if (state.phase === "settled") return;
  for (const [address, dueAt] of state.dues.entries()) {
    ok(Number.isFinite(dueAt), "a limit is a time");
    if (address === "") continue;
    const part = state.stages.get(address) ?? state.jobs.get(jobOf(address));
    const isOpen = part?.phase === "running" || part?.phase === "waiting";
    ok(isOpen, `"${address}", which something is due for, is open`);
    equal(part && dueAddress(part), address, "a limit is that of the current attempt");
  }
}

function dueAddress(part: JobState | StageState): Address {
  return part.kind === "job" ? attemptAddress(part) : part.address;
}

function endsAreExplained(state: RunState): void {
  for (const { outcome, reason, failure } of state.jobs.values()) {
    if (outcome === "skipped") ok(reason, "a job that did not run says why");
    if (outcome === "cancelled") ok(reason ?? failure, "a job that was cancelled says why");
    if (outcome === "failed") ok(failure, "a job that failed says of what");
    isNotOurFault(failure);
  }
  for (const { outcome, reason, failure } of state.stages.values()) {
    if (outcome === "skipped") ok(reason, "a stage that was skipped says why");
    if (outcome === "failed") ok(failure, "a stage that failed says of what");
    isNotOurFault(failure);
  }
  if (state.outcome === "failed" || state.outcome === "cancelled") {
    ok(state.failure, "a run says what it ended of");
  }
}

function isNotOurFault(failure: Failure | undefined): void {
  ok(!failure?.message.startsWith("Internal error"), "nothing breaks within");
}

function retriesAreBounded(state: RunState): void {
  for (const stage of state.stages.values()) {
    const allowed = Number(stage.planned.retry?.attempts ?? 0) + 1;
    ok(stage.failures <= allowed, "no more failures than attempts");
    ok(
      stage.attempt <= allowed + stage.losses,
      "no more attempts than the rule allows, lost ones aside",
    );
  }
  for (const job of state.jobs.values()) {
    const allowed = Number(job.planned.retry?.attempts ?? 0) + 1;
    ok(job.attempt <= allowed, "no more attempts of a job than its rule allows");
  }
}

function clockNeverRunsBack(journal: readonly RunEvent[]): void {
  for (const [i, event] of journal.entries()) {
    ok(event.at >= (journal[i - 1]?.at ?? 0), "events are in the order of time");
  }
}

function attemptsAreUnique(journal: readonly RunEvent[]): void {
  const keys = journal.flatMap((event) =>
    event.type === "stage.started" ? `${event.stage}#${event.attempt}` : []
  );
  equal(keys.length, new Set(keys).size, "an attempt begins once");
}

/** Nothing happens to a part before it began or after it has ended. */
function partsBeginAndEndOnce(journal: readonly RunEvent[]): void {
  const begun = new Set<string>();
  const settled = new Set<string>();
  for (const event of journal) {
    const [part] = partsOf(event);
    if (part === undefined) continue;
    ok(!settled.has(part), `nothing happens to "${part}" once it has ended`);
    if (event.type === "branch.started" || event.type === "run.started") {
      ok(!begun.has(part), `"${part}" begins once`);
    }
    if (event.type.endsWith(".retry-scheduled") || event.type === "branch.settled") {
      ok(begun.has(part), `"${part}" ends after it began`);
    }
    if (event.type.endsWith(".started")) begun.add(part);
    if (event.type.endsWith(".settled") || event.type === "job.kept") settled.add(part);
  }
}

function partsOf(event: RunEvent): string[] {
  // What is given before its turn happens to nothing yet.
  if (event.type === "stage.given") return [];
  if ("stage" in event) return [`stage ${event.stage}`];
  if ("branch" in event) return [`branch ${event.branch}`];
  if ("job" in event) return [`job ${event.job}`];
  return event.type.startsWith("run.") ? ["run"] : [];
}

/** Of each attempt of a part: once that it ends, and once that its clean-up does. */
function endsAreAskedForOnce(journal: readonly RunEvent[]): void {
  const asked = new Set<string>();
  for (const event of journal) {
    if (event.type === "stage.started") {
      asked.delete(`${event.stage}!false`);
      asked.delete(`${event.stage}!true`);
    }
    if (event.type !== "cancel.requested") continue;
    const request = `${event.target}!${event.force ?? false}`;
    ok(!asked.has(request), `an end of "${request}" is asked for once`);
    asked.add(request);
    if (event.reason.kind === "no-room") continue; // Nothing had begun, so there is nothing to clean up.
    if (event.force) ok(asked.has(`${event.target}!false`), "clean-up ends after the rest");
  }
}

function onlyCleanUpBeginsOnceCancelled(journal: readonly RunEvent[], plan: Plan): void {
  const cancelled = journal.findIndex((event) =>
    event.type === "cancel.requested" && event.target === ""
  );
  if (cancelled < 0) return;
  for (const event of journal.slice(cancelled)) {
    if (event.type !== "job.started") continue;
    const planned = plan.jobs.find(({ id }) => id === event.job);
    ok(asksForStatus(planned?.condition), "only clean-up begins once a run is cancelled");
  }
}

/** A job that began to clean up is not cancelled by what was asked before. */
function cleanUpIsNotCutShort(journal: readonly RunEvent[]): void {
  const begun = new Set<string>();
  let isEnding = false;
  for (const event of journal) {
    if (event.type === "cancel.requested" && event.target === "") {
      isEnding = true;
      if (event.force) return;
    }
    if (event.type === "job.started" && event.attempt === 1 && isEnding) begun.add(event.job);
    if (event.type !== "job.settled" || event.outcome !== "cancelled") continue;
    ok(!begun.has(event.job) || event.reason === undefined, "clean-up is not cut short");
  }
}

/** Until the next attempt, if there is one. */
function nothingBeginsOnceForced(journal: readonly RunEvent[]): void {
  const forced = new Set<Address>();
  for (const event of journal) {
    if (event.type === "cancel.requested" && event.force) forced.add(event.target);
    if (event.type !== "stage.started") continue;
    forced.delete(event.stage);
    for (const target of forced) {
      ok(!isWithin(event.stage, target), `nothing begins once clean-up of "${target}" was ended`);
    }
  }
}

function isWithin(address: Address, target: Address): boolean {
  return target === "" || address.startsWith(`${target}[`);
}

function keptJobsStayAsTheyAre(journal: readonly RunEvent[]): void {
  const kept = new Set(journal.flatMap((event) => event.type === "job.kept" ? event.job : []));
  for (const event of journal) {
    if (event.type === "job.started") notEqual(kept.has(event.job), true, "a kept job is not run");
  }
}

function* scopesOf(state: RunState): Iterable<ScopeState> {
  for (const job of state.jobs.values()) if (job.scope !== undefined) yield job.scope;
  for (const stage of state.stages.values()) if (stage.scope !== undefined) yield stage.scope;
}
