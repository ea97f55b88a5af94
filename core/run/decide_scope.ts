/**
 * What a scope does next: begins branches up to its limit, ends the others
 * when one has failed and it is fail-fast, or lets its owner conclude.
 *
 * @module
 */
import type { Decision } from "./decision.ts";
import type { RunEvent } from "./event.ts";
import { type BranchState, cancelOfOwner, isDone, type ScopeState } from "./state.ts";

/** The next events of a scope, if any. */
export function decideScope({ state, at }: Decision, scope: ScopeState): RunEvent[] {
  const { owner, expansion } = scope;
  if (owner.phase !== "running" || owner.scope !== scope) return [];
  const cancel = cancelOfOwner(owner);
  if (isDone(scope, cancel)) {
    state.agenda.add(owner);
    return [];
  }
  if (cancel !== undefined) return [];
  if (scope.failed !== undefined && expansion.failFast) return endSiblings(scope, scope.failed, at);
  const next = scope.branches.slice(scope.begun, scope.begun + expansion.limit - scope.open);
  return next.map((branch) => ({ type: "branch.started", at, branch: branch.address }));
}

function endSiblings(scope: ScopeState, failed: BranchState, at: number): RunEvent[] {
  const reason = { kind: "fail-fast", failed: failed.address } as const;
  return scope.branches
    .filter((branch) => branch.phase === "running" && branch.cancel === undefined)
    .map((branch) => ({ type: "cancel.requested", at, target: branch.address, reason }));
}
