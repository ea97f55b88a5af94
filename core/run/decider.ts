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
import { jobOf, RUN } from "./address.ts";
import type { Report, RunCommand, Start } from "./command.ts";
import type { Language } from "./contexts.ts";
import { decideBranch } from "./decide_branch.ts";
import { decideJob } from "./decide_job.ts";
import { decideScope } from "./decide_scope.ts";
import { concludeAttempt, decideStage } from "./decide_stage.ts";
import { decideRun } from "./decide_run.ts";
import type { Decision } from "./decision.ts";
import type { Address, Reason, RunEvent } from "./event.ts";
import { evolve, MAX_CLEANUP_MS, type Part, planOf, type RunState } from "./state.ts";

/**
 * Takes one command: decides, brings `state` up to date, and decides again
 * until nothing more follows. Returns the events, in order, to be journalled
 * before anything that they ask for is begun.
 */
export function step(state: RunState, command: RunCommand, language: Language): RunEvent[] {
  const events: RunEvent[] = [];
  const take = (decided: readonly RunEvent[]) => {
    for (const event of decided) {
      events.push(event);
      evolve(state, event);
    }
  };
  if (state.phase === "settled") return events;
  const decision = { state, at: command.at, language };
  take(answer(decision, command));
  for (let part = state.agenda.take(); part !== undefined; part = state.agenda.take()) {
    // Reading the phase through a function: `take` above may have changed it.
    if (isSettled(state)) break;
    take(decide(decision, part));
  }
  return events;
}

function isSettled(state: RunState): boolean {
  return state.phase === "settled";
}

function answer(decision: Decision, command: RunCommand): RunEvent[] {
  const { state, at } = decision;
  switch (command.type) {
    case "start":
      return state.phase === "new" ? start(command) : [];
    case "cancel":
      return cancelRun(state, at, { kind: "requested", by: command.by, why: command.why });
    case "report":
      return report(decision, command);
    case "wake":
      return wake(decision);
    case "recover":
      return recover(decision);
    default:
      return command satisfies never;
  }
}

function start({ at, run, plan, kept = [] }: Start): RunEvent[] {
  return [
    { type: "run.started", at, run, plan },
    ...kept.map((job) => ({ type: "job.kept", at, ...job }) as const),
  ];
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
  return concludeAttempt(decision, stage, command);
}

/** What is due by now: the run's limit, and through the agenda those of its parts. */
function wake({ state, at }: Decision): RunEvent[] {
  const due = [...state.dues].filter(([, dueAt]) => dueAt <= at).map(([address]) => address);
  return due.flatMap((address) => wakePart(state, address, at));
}

function wakePart(state: RunState, address: Address, at: number): RunEvent[] {
  if (address === RUN) return cancelRun(state, at, { kind: "timeout", afterMs: runLimitMs(state) });
  const part = state.stages.get(address) ?? state.jobs.get(jobOf(address));
  if (part?.phase === "running") {
    const reason = { kind: "timeout", afterMs: part.timeoutMs ?? 0 } as const;
    return [{ type: "cancel.requested", at, target: address, reason }];
  }
  if (part !== undefined) state.agenda.add(part);
  return [];
}

function runLimitMs(state: RunState): number {
  return state.phase === "cancelling" ? MAX_CLEANUP_MS : planOf(state).timeoutMs ?? 0;
}

/** Everything that was under way is lost, and everything open is looked at again. */
function recover(decision: Decision): RunEvent[] {
  const { state } = decision;
  const lost = [...state.live.values()].flatMap((stage) =>
    concludeAttempt(decision, stage, "lost")
  );
  state.agenda.add(state);
  for (const job of state.jobs.values()) if (job.phase !== "settled") state.agenda.add(job);
  for (const branch of state.branches.values()) {
    if (branch.phase === "running") state.agenda.add(branch);
  }
  for (const stage of state.stages.values()) {
    if (stage.phase !== "settled") state.agenda.add(stage);
    if (stage.scope !== undefined) state.agenda.add(stage.scope);
  }
  return lost;
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
