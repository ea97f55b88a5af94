/**
 * What is true of every run after every step, whatever happens to it. Each
 * line here is a promise; a feature starts with one more.
 *
 * @module
 */
import { equal, ok } from "node:assert/strict";
import { asksForStatus } from "../../core/run/decision.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { cancelOf, planOf, type RunState, type ScopeState } from "../../core/run/state.ts";

/** Checks a state against the journal that led to it. */
export function checkInvariants(state: RunState, journal: readonly RunEvent[]): void {
  limitsHold(state);
  needsComeFirst(state);
  wholesFollowParts(state);
  endsAreExplained(state);
  attemptsAreUnique(journal);
  settlingIsFinal(journal);
  retriesAreBounded(state);
  clockNeverRunsBack(journal);
  nothingBeginsOnceCancelled(state, journal);
}

function limitsHold(state: RunState): void {
  if (state.plan === undefined) return;
  const running = [...state.jobs.values()].filter((job) => job.phase === "running").length;
  equal(running, state.runningJobs, "slots are counted");
  ok(running <= planOf(state).maxParallel, "no more jobs run than there are slots");
  for (const scope of scopesOf(state)) {
    const open = scope.branches.filter((branch) => branch.phase === "running").length;
    equal(open, scope.open, "open branches are counted");
    ok(open <= scope.expansion.limit, "no more branches are open than the limit");
  }
}

function needsComeFirst(state: RunState): void {
  for (const job of state.jobs.values()) {
    if (job.attempt === 0) continue;
    for (const need of job.planned.needs) {
      equal(state.jobs.get(need)?.phase, "settled", "a job begins when its needs have ended");
    }
  }
}

function wholesFollowParts(state: RunState): void {
  for (const scope of scopesOf(state)) {
    const { owner } = scope;
    if (owner.phase !== "settled") continue;
    equal(scope.open, 0, "a whole ends after its parts");
    if (owner.outcome !== "succeeded") continue;
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
  for (const job of state.jobs.values()) equal(job.phase, "settled", "a run ends after its jobs");
}

function endsAreExplained(state: RunState): void {
  for (const job of state.jobs.values()) {
    if (job.outcome === "skipped" || job.outcome === "cancelled") {
      ok(job.reason, "a job that did not run says why");
    }
    if (job.outcome === "failed") ok(job.failure, "a job that failed says of what");
  }
  for (const stage of state.stages.values()) {
    if (stage.outcome === "skipped") ok(stage.reason, "a stage that was skipped says why");
    if (stage.outcome === "failed") ok(stage.failure, "a stage that failed says of what");
  }
  if (state.outcome === "failed" || state.outcome === "cancelled") {
    ok(state.failure, "a run says what it ended of");
  }
}

function attemptsAreUnique(journal: readonly RunEvent[]): void {
  const keys = journal.flatMap((event) =>
    event.type === "stage.started" ? `${event.stage}#${event.attempt}` : []
  );
  equal(keys.length, new Set(keys).size, "an attempt begins once");
}

function settlingIsFinal(journal: readonly RunEvent[]): void {
  const settled = new Set<string>();
  for (const event of journal) {
    if (!("stage" in event)) continue;
    ok(!settled.has(event.stage), "nothing happens to a stage that has ended");
    if (event.type === "stage.settled") settled.add(event.stage);
  }
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
    ok(
      job.attempt <= Number(job.planned.retry?.attempts ?? 0) + 1,
      "no more attempts of a job than its rule allows",
    );
  }
}

function clockNeverRunsBack(journal: readonly RunEvent[]): void {
  for (const [i, event] of journal.entries()) {
    ok(event.at >= (journal[i - 1]?.at ?? 0), "events are in the order of time");
  }
}

function nothingBeginsOnceCancelled(state: RunState, journal: readonly RunEvent[]): void {
  const cancelled = journal.findIndex((event) =>
    event.type === "cancel.requested" && event.target === ""
  );
  if (cancelled < 0) return;
  for (const event of journal.slice(cancelled)) {
    if (event.type === "job.started") {
      ok(
        asksForStatus(state.jobs.get(event.job)?.planned.condition),
        "only clean-up begins once a run is cancelled",
      );
    }
  }
  const forced = journal.findIndex((event) =>
    event.type === "cancel.requested" && event.force === true
  );
  if (forced < 0) return;
  const begun = journal.slice(forced).filter((event) => event.type === "stage.started");
  equal(begun.length, 0, "nothing begins once clean-up was ended too");
  for (const stage of state.live.values()) {
    ok(stage.cancel ?? cancelOf(stage.branch), "everything under way is being ended");
  }
}

function* scopesOf(state: RunState): Iterable<ScopeState> {
  for (const job of state.jobs.values()) if (job.scope !== undefined) yield job.scope;
  for (const stage of state.stages.values()) if (stage.scope !== undefined) yield stage.scope;
}
