/**
 * What a leg or branch does next: begins or skips its next stage, or ends.
 *
 * @module
 */
import { hasTemplate, renderTemplate } from "../expr/template.ts";
import { reprOf, textOf } from "../expr/text.ts";
import type { PlannedStage } from "../plan/plan.ts";
import { stageAddress } from "./address.ts";
import { contextOfStage } from "./contexts.ts";
import {
  askForPermit,
  asksForStatus,
  attempt,
  type Decision,
  type Evaluated,
  judgeCondition,
  resolveRetry,
  resolveTimeout,
} from "./decision.ts";
import type { Failure, RunEvent, StageSettled } from "./event.ts";
import { foldOutcomes } from "./fold.ts";
import { endingOfGiven, type StageEnding } from "./decide_stage.ts";
import {
  type BranchState,
  cancelOf,
  givenEnd,
  isForced,
  mayAct,
  type StageState,
} from "./state.ts";

/** The next events of a branch, if any. */
export function decideBranch(decision: Decision, branch: BranchState): RunEvent[] {
  if (branch.phase !== "running") return [];
  const current = branch.states[branch.next];
  if (current !== undefined && current.phase !== "settled") return [];
  const next = nextStage(branch);
  if (next === undefined) return [settleBranch(decision, branch)];
  return mayAct(decision.state) ? [beginStage(decision, branch, next)] : askForPermit(decision);
}

/**
 * The stage that is next. Once a stage has failed, or an end was asked for,
 * only those that ask how things went (`if: always()`) are looked at.
 */
function nextStage(branch: BranchState): PlannedStage | undefined {
  const ending = branch.culprit !== undefined || cancelOf(branch) !== undefined;
  if (ending && isForced(branch)) return undefined;
  for (let i = branch.next; i < branch.stages.length; i++) {
    const stage = branch.stages[i];
    if (branch.states[i] !== undefined || stage === undefined) continue;
    if (!ending || asksForStatus(stage.condition)) return stage;
  }
  return undefined;
}

function beginStage(decision: Decision, branch: BranchState, planned: PlannedStage): RunEvent {
  const { state, at } = decision;
  const context = () => contextOfStage(state, branch, decision);
  const stage = stageAddress(branch.address, planned.key);
  const names = attempt(() =>
    renderNames(planned, (text) => textOf(renderTemplate(text, context())))
  );
  if (!names.ok) return refused(decision, stage, { outcome: "failed", failure: names.failure });
  const given = givenEnd(state, stage);
  if (given !== undefined) {
    return { ...refused(decision, stage, endingOfGiven(given)), ...names.value };
  }
  const verdict = judgeCondition(planned.condition, context);
  if (!verdict.ok) {
    return {
      ...refused(decision, stage, {
        outcome: "failed",
        failure: conditionFailure(verdict.failure),
      }),
      ...names.value,
    };
  }
  if (!verdict.value) {
    const reason = { kind: "condition-false", condition: String(planned.condition) } as const;
    return { ...refused(decision, stage, { outcome: "skipped", reason }), ...names.value };
  }
  const limits = limitsOf(planned, context);
  if (!limits.ok) {
    return {
      ...refused(decision, stage, { outcome: "failed", failure: limits.failure }),
      ...names.value,
    };
  }
  return { type: "stage.started", at, stage, attempt: 1, ...names.value, ...limits.value };
}

function renderNames(
  { name, id }: PlannedStage,
  render: (text: string) => string,
): { name?: string; id?: string } {
  return {
    ...(hasTemplate(name) ? { name: render(name) } : {}),
    ...(id !== undefined && hasTemplate(id) ? { id: render(id) } : {}),
  };
}

/** The class goes into the text, as the reference has it (REFERENCE C-155). */
function conditionFailure({ name, message, retryable }: Failure): Failure {
  return { name: "StageError", message: `${name}: ${message}`, retryable };
}

function limitsOf(
  planned: PlannedStage,
  context: Parameters<typeof resolveRetry>[1],
): Evaluated<object> {
  const retry = resolveRetry(planned.retry, context);
  if (!retry.ok) return retry;
  const timeout = resolveTimeout(planned.timeoutMs, context);
  return timeout.ok ? { ok: true, value: { ...retry.value, ...timeout.value } } : timeout;
}

function refused(
  { at }: Decision,
  stage: string,
  { outcome, outputs = {}, failure, reason }: Omit<StageEnding, "outputs"> & Partial<StageEnding>,
): StageSettled {
  return {
    ...{ type: "stage.settled", at, stage, attempt: 0, outcome },
    ...(Object.keys(outputs).length > 0 ? { outputs } : {}),
    ...(failure && { failure }),
    ...(reason && { reason }),
  };
}

function settleBranch(decision: Decision, branch: BranchState): RunEvent {
  const { culprit } = branch;
  const settled = { type: "branch.settled", at: decision.at, branch: branch.address } as const;
  const cancel = cancelOf(branch);
  if (culprit?.outcome === "failed") {
    return { ...settled, outcome: "failed", failure: failureOf(branch, culprit) };
  }
  if (culprit !== undefined || cancel !== undefined) {
    return { ...settled, outcome: "cancelled", failure: cancelFailure(branch, culprit) };
  }
  const outcomes = branch.states.flatMap((stage) => stage?.outcome ?? []);
  return { ...settled, outcome: foldOutcomes(outcomes, "skipped") };
}

/** What the failure of a stage means for its branch, in the reference's words (C-117, C-235, C-246). */
function failureOf(branch: BranchState, { name, planned, failure }: StageState): Failure {
  const retryable = failure?.retryable ?? false;
  const { noun } = branch.scope.expansion;
  if (noun === "leg") {
    const message = `Strategy execution was break because its nested-stage, '${
      planned.id ?? name
    }', failed.`;
    return { name: "JobError", message, retryable };
  }
  const message = `Break ${noun}: ${shownKey(branch)} because nested stage: '${
    planned.id ?? name
  }', failed.`;
  return { name: noun === "loop" ? "StageNestedError" : "StageError", message, retryable };
}

function cancelFailure(branch: BranchState, culprit: StageState | undefined): Failure {
  const { noun } = branch.scope.expansion;
  const when = culprit === undefined ? "before start" : "after end";
  if (noun === "leg") {
    const message = `Strategy execution was canceled from the event ${when} stage execution.`;
    return { name: "JobCancelError", message, retryable: false };
  }
  const message = `Cancel ${noun}: ${shownKey(branch)} ${when} nested process.`;
  return {
    name: noun === "loop" ? "StageNestedCancelError" : "StageCancelError",
    message,
    retryable: false,
  };
}

function shownKey(branch: BranchState): string {
  const bound = branch.bindings[branch.scope.expansion.noun];
  return bound === undefined ? branch.key : reprOf(bound);
}
