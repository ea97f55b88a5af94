/**
 * The decisions of a run: which events follow from a command.
 *
 * Pure. Time and outcomes arrive inside commands; nothing here reads a clock,
 * a random source or the world, so a journal replays to the same state
 * anywhere. A decision looks at one part of the run at a time; what it changes
 * is put on the agenda by `evolve`, until nothing more follows.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import { jobOf, RUN } from "./address.ts";
import type { GivenStage, KeptJob, Recover, Refuse, Report, RunCommand, Start } from "./command.ts";
import type { Language } from "./contexts.ts";
import { decideBranch } from "./decide_branch.ts";
import { decideJob } from "./decide_job.ts";
import { wantsPermit } from "./demand.ts";
import { decideScope } from "./decide_scope.ts";
import { concludeAttempt, decideStage } from "./decide_stage.ts";
import { decideRun } from "./decide_run.ts";
import type { Decision } from "./decision.ts";
import type { Address, Reason, RunEvent, StageGiven } from "./event.ts";
import {
  evolve,
  type JobState,
  MAX_CLEANUP_MS,
  type Part,
  planOf,
  type RunState,
  type StageState,
} from "./state.ts";

/**
 * Takes one command: decides, brings `state` up to date, and decides again
 * until nothing more follows. Returns the events, in order, to be journalled
 * before anything that they ask for is begun. Where a clock was set back, the
 * latest time that was told counts instead: a run's own time never runs back.
 */
// deno-lint-ignore sluice/two-parameters -- state and command are the decider's two arguments everywhere; the language comes third
export function step(state: RunState, command: RunCommand, language: Language): RunEvent[] {
  const events: RunEvent[] = [];
  const take = (decided: Iterable<RunEvent>) => {
    for (const event of decided) {
      events.push(event);
      evolve(state, event);
    }
  };
  if (state.phase === "settled") return events;
  for (const agenda of [state.agenda, state.ready, state.stirred]) agenda.open();
  state.toldAt = Math.max(command.at, state.at, state.toldAt);
  const decision = { state, at: state.toldAt, language };
  take(answer(decision, command));
  for (let part = state.agenda.take(); part !== undefined; part = state.agenda.take()) {
    // Reading the phase through a function: `take` above may have changed it.
    if (isSettled(state)) break;
    take(decide(decision, part));
  }
  if (isIdle(state)) take([{ type: "permit.returned", at: state.toldAt }]);
  return events;
}

/** Whether a run that holds a permit only waits for time to pass, and lets others go on meanwhile. */
function isIdle({ permit, phase, live, plan }: RunState): boolean {
  if (permit !== "held" || phase !== "running" || live.size > 0) return false;
  return plan?.concurrency?.holdsWhileWaiting !== true;
}

function isSettled(state: RunState): boolean {
  return state.phase === "settled";
}

function answer(decision: Decision, command: RunCommand): Iterable<RunEvent> {
  const { state, at } = decision;
  switch (command.type) {
    case "start":
      return state.phase === "new" ? start(command, at) : [];
    case "admit":
      return wantsPermit(state) ? [{ type: "permit.granted", at }] : [];
    case "refuse":
      return refuse(decision, command);
    case "cancel":
      return cancelRun(state, at, { kind: "requested", by: command.by, why: command.why });
    case "report":
      return report(decision, command);
    case "wake":
      return wake(decision);
    case "recover":
      return state.phase === "new" ? [] : recover(decision, command);
    default:
      return command satisfies never;
  }
}

function start({ run, plan, kept = [], given = [], cancel }: Start, at: number): RunEvent[] {
  const reason = cancel && ({ kind: "requested", by: cancel.by, why: cancel.why } as const);
  const keptIn = keptJobs(plan, kept);
  return [
    { type: "run.started", at, run, plan },
    ...keptIn.map((job) => ({ type: "job.kept", at, ...job }) as const),
    ...givenStages(plan, { kept: keptIn, given }).map((stage) => givenEvent(stage, at)),
    ...(reason ? [{ type: "cancel.requested", at, target: RUN, reason } as const] : []),
  ];
}

/** Only what has not begun can be refused; then nothing of it will, clean-up included. */
function refuse({ state, at }: Decision, { group, outcome }: Refuse): RunEvent[] {
  const hasBegun = state.jobs.values().some(({ attempt }) => attempt > 0);
  if (!wantsPermit(state) || hasBegun) return [];
  const reason = { kind: "no-room", group, outcome } as const;
  return [{ type: "cancel.requested", at, target: RUN, reason, force: true }];
}

/** An earlier run may have had jobs that this one has not; each that it has is taken over once. */
function keptJobs(plan: Plan, kept: readonly KeptJob[]): KeptJob[] {
  const open = new Set(plan.jobs.map(({ id }) => id));
  return kept.filter(({ job }) => open.delete(job));
}

/** One end for each stage of a job that is in the plan and runs; which legs it has is not known yet. */
function givenStages(
  plan: Plan,
  { kept, given }: { readonly kept: readonly KeptJob[]; readonly given: readonly GivenStage[] },
): readonly GivenStage[] {
  const running = new Set(plan.jobs.map(({ id }) => id));
  for (const { job } of kept) running.delete(job);
  const told = new Map(given.map((stage) => [stage.stage, stage]));
  return [...told.values()].filter(({ stage }) => running.has(jobOf(stage)));
}

function givenEvent({ stage, outcome, outputs, reason }: GivenStage, at: number): StageGiven {
  const left = Object.keys(outputs).length > 0 ? { outputs } : {};
  return { type: "stage.given", at, stage, outcome, ...left, reason };
}

/** The first request ends what is under way and lets clean-up run; the second ends that too. */
function cancelRun(state: RunState, at: number, reason: Reason): RunEvent[] {
  switch (state.phase) {
    case "running":
      return [{ type: "cancel.requested", at, target: RUN, reason }];
    case "cancelling":
      return state.forced
        ? []
        : [{ type: "cancel.requested", at, target: RUN, reason, force: true }];
    default:
      return [];
  }
}

function report(decision: Decision, command: Report): RunEvent[] {
  const stage = decision.state.live.get(command.stage);
  // A late report of an attempt that was given up changes nothing.
  if (stage === undefined || stage.attempt !== command.attempt) return [];
  return concludeAttempt(decision, { stage, report: command });
}

/**
 * What is due by now, one after another: each event is taken in before the
 * next part is looked at, since an end around it makes its own limit moot.
 */
function* wake({ state, at }: Decision): Iterable<RunEvent> {
  for (let due = state.dues.take(at); due !== undefined; due = state.dues.take(at)) {
    yield* wakePart(state, due, at);
  }
}

function wakePart(state: RunState, address: Address, at: number): RunEvent[] {
  if (address === RUN) return cancelRun(state, at, { kind: "timeout", afterMs: runLimitMs(state) });
  const part = state.stages.get(address) ?? state.jobs.get(jobOf(address));
  if (part?.phase === "running") return [endOfTime(part, address, at)];
  if (part !== undefined) state.agenda.add(part);
  return [];
}

/** The first time what is under way is to end, the second time its clean-up. */
function endOfTime(part: JobState | StageState, target: Address, at: number): RunEvent {
  const isLast = part.cancel !== undefined;
  const afterMs = isLast ? MAX_CLEANUP_MS : part.timeoutMs ?? 0;
  const reason = { kind: "timeout", afterMs } as const;
  return { type: "cancel.requested", at, target, reason, ...(isLast ? { force: true } : {}) };
}

function runLimitMs(state: RunState): number {
  return state.phase === "cancelling" ? MAX_CLEANUP_MS : planOf(state).timeoutMs ?? 0;
}

/**
 * Everything that was under way is lost, and everything open is looked at
 * again. What became overdue meanwhile ends before anything is begun again.
 */
function* recover(decision: Decision, { given = [] }: Recover): Iterable<RunEvent> {
  const { state, at } = decision;
  // Whoever held its permit is dead, so it may be another's by now.
  if (state.permit === "held" && state.cancel === undefined) yield { type: "permit.requested", at };
  for (const stage of given) if (mayStillEnd(state, stage)) yield givenEvent(stage, at);
  for (const stage of [...state.live.values()]) {
    yield* concludeAttempt(decision, { stage, report: "lost" });
  }
  yield* wake(decision);
  for (const part of [...state.jobs.values(), ...state.stages.values()]) {
    if (part.phase === "settled") continue;
    state.agenda.add(part);
    if (part.scope !== undefined) state.agenda.add(part.scope);
  }
  for (const branch of state.branches.values()) {
    if (branch.phase === "running") state.agenda.add(branch);
  }
  state.agenda.add(state);
}

/** What has ended stays as it ended. */
function mayStillEnd(state: RunState, { stage }: GivenStage): boolean {
  const job = state.jobs.get(jobOf(stage));
  return job !== undefined && job.phase !== "settled" &&
    state.stages.get(stage)?.phase !== "settled";
}

function decide(decision: Decision, part: Part): RunEvent[] {
  switch (part.kind) {
    case "run":
      return decideRun(decision);
    case "job":
      return decideJob(decision, part);
    case "scope":
      return decideScope(decision, part);
    case "branch":
      return decideBranch(decision, part);
    case "stage":
      return decideStage(decision, part);
    default:
      return part satisfies never;
  }
}
