/**
 * What a stage does next: opens its branches, tries again, or ends.
 *
 * @module
 */
import { mappingOf } from "../expr/mapping.ts";
import type { ValueObject } from "../expr/value.ts";
import type { GivenStage, Report } from "./command.ts";
import { checkedOpening } from "./checked_opening.ts";
import { contextOfStage, roundsOf } from "./contexts.ts";
import { askForPermit, attempt, type Decision, renderOutputs } from "./decision.ts";
import { readWhole } from "./cut_outputs.ts";
import { plainEntry, stageOutputs } from "./entries.ts";
import type { Failure, Outcome, Reason, RunEvent } from "./event.ts";
import { foldOutcomes } from "./fold.ts";
import { retryDelayMs } from "./retry.ts";
import {
  attemptAddress,
  cancelAround,
  cancelOfOwner,
  givenEnd,
  isDone,
  mayAct,
  type ScopeState,
  type StageState,
} from "./state.ts";

/** How often a stage is begun again after its engine died, before that counts as a failure. */
export const MAX_LOST_ATTEMPTS = 100;

/** The next events of a stage, if any. */
export function decideStage(decision: Decision, stage: StageState): RunEvent[] {
  if (stage.phase === "waiting") return comeBack(decision, stage);
  if (stage.phase === "settled" || stage.planned.bodies === undefined) return [];
  return stage.scope === undefined
    ? open(decision, stage, 1)
    : concludeScope(decision, stage, stage.scope);
}

/** An attempt that is over, and how it went; `lost` when its engine died. */
export interface Conclusion {
  /** The stage. */
  readonly stage: StageState;
  /** How it went. */
  readonly report: Omit<Report, "type" | "at" | "stage" | "attempt"> | "lost";
}

/** What follows from the end of an attempt. */
export function concludeAttempt(
  decision: Decision,
  { stage, report }: Conclusion,
): RunEvent[] {
  if (stage.cancel !== undefined) return concludeEnded(decision, stage, report);
  const given = givenEnd(decision.state, stage.address);
  if (given !== undefined) return [settle(decision, stage, endingOfGiven(given))];
  if (report === "lost") return concludeLost(decision, stage);
  const { outcome, failure, outputs } = report;
  if (outcome === "failed") return fail(decision, stage, { failure: failure ?? UNKNOWN, outputs });
  if (outcome !== "succeeded") {
    const reason = failure && ({ kind: "stage-said", message: failure.message } as const);
    return [
      settle(decision, stage, {
        outcome,
        outputs,
        failure: outcome === "skipped" ? undefined : failure,
        reason,
      }),
    ];
  }
  return succeed(decision, stage, outputs);
}

/** The end of a stage that was given it before its turn. */
export function endingOfGiven({ outcome, outputs, reason }: GivenStage): StageEnding {
  if (outcome !== "failed") return { outcome, outputs, reason };
  const message = reason.kind === "kept"
    ? "It failed in the run from which it was taken over"
    : `Set to failed by ${reason.by}: ${reason.why}`;
  return { outcome, outputs, reason, failure: { name: "StageError", message, retryable: false } };
}

/** How a stage ends. */
export interface StageEnding {
  /** How. */
  readonly outcome: Outcome;
  /** What it leaves behind. */
  readonly outputs: ValueObject;
  /** What it failed of. */
  readonly failure?: Failure | undefined;
  /** Why it ended so. */
  readonly reason?: Reason | undefined;
}

const UNKNOWN: Failure = {
  name: "StageError",
  message: "The stage failed without a reason",
  retryable: true,
};

/** An attempt that was asked to end: cancelled, or out of time, whatever it says of itself. */
function concludeEnded(
  decision: Decision,
  stage: StageState,
  report: { readonly outputs: ValueObject; readonly failure?: Failure } | "lost",
): RunEvent[] {
  const outputs = report === "lost" ? {} : report.outputs;
  const around = cancelAround(stage);
  const reason = around ?? stage.cancel;
  if (reason?.kind === "timeout" && around === undefined) {
    return fail(decision, stage, {
      failure: timeoutFailure(stage, reason.afterMs),
      outputs,
      reason,
    });
  }
  // What was cancelled within says of which kind the end is (REFERENCE C-248).
  const { name = "StageCancelError" } = stage.scope?.cancelled?.failure ?? {};
  const failure = { name, message: cancelMessage(reason), retryable: false };
  return [settle(decision, stage, { outcome: "cancelled", outputs, failure, reason })];
}

function timeoutFailure(stage: StageState, afterMs: number): Failure {
  const message = `Stage "${stage.name}" took longer than its ${afterMs / 1000} s`;
  return { name: "StageTimeoutError", message, retryable: true };
}

function cancelMessage(reason: Reason | undefined): string {
  switch (reason?.kind) {
    case "fail-fast":
      return `Cancelled because "${reason.failed}" failed and its siblings are fail-fast`;
    case "timeout":
      return `Cancelled because a limit of ${reason.afterMs / 1000} s was over`;
    case "requested":
      return `Cancelled by ${reason.by}: ${reason.why}`;
    default:
      return "Cancelled";
  }
}

/** After a crash an attempt may have had its effects or not; the stage's policy says whether it runs again. */
function concludeLost(decision: Decision, stage: StageState): RunEvent[] {
  const { at } = decision;
  const failure = {
    name: "StageLostError",
    message: `The engine died during attempt ${stage.attempt} of stage "${stage.name}"`,
    retryable: false,
  };
  if (stage.planned.onLost === "fail" || stage.losses >= MAX_LOST_ATTEMPTS) {
    return [
      settle(decision, stage, {
        outcome: "failed",
        outputs: {},
        failure,
        reason: { kind: "lost" },
      }),
    ];
  }
  const { address, attempt } = stage;
  const reason = { kind: "lost" } as const;
  return [{
    type: "stage.retry-scheduled",
    at,
    stage: address,
    attempt,
    reason,
    failure,
    dueAt: at,
  }];
}

function fail(
  decision: Decision,
  stage: StageState,
  { failure, outputs, reason }: {
    failure: Failure;
    outputs: ValueObject;
    reason?: Reason | undefined;
  },
): RunEvent[] {
  const { retry, address, failures, attempt } = stage;
  const again = failure.retryable && retry !== undefined && failures < retry.attempts;
  if (!again) return [settle(decision, stage, { outcome: "failed", outputs, failure, reason })];
  return [{
    type: "stage.retry-scheduled",
    at: decision.at,
    stage: address,
    attempt,
    reason: reason ?? { kind: "attempt-failed" },
    failure,
    dueAt: decision.at + retryDelayMs(retry, failures + 1),
  }];
}

function succeed(decision: Decision, stage: StageState, outputs: ValueObject): RunEvent[] {
  const declared = stage.planned.outputs;
  if (declared === undefined) return [settle(decision, stage, { outcome: "succeeded", outputs })];
  const { state } = decision;
  const before = mappingOf(plainEntry(stageOutputs(stage, { state })));
  const bindings = { outputs: readWhole({ ...before, ...outputs }, "outputs") };
  const context = contextOfStage(decision.state, stage.branch, { ...decision, stage, bindings });
  const values = renderOutputs(declared, context);
  if (!values.ok) {
    return [settle(decision, stage, { outcome: "failed", outputs, failure: values.failure })];
  }
  return [
    settle(decision, stage, { outcome: "succeeded", outputs: { ...outputs, ...values.value } }),
  ];
}

function comeBack(decision: Decision, stage: StageState): RunEvent[] {
  const { state, at } = decision;
  const reason = cancelAround(stage);
  if (reason !== undefined) {
    return [
      settle(decision, stage, {
        outcome: "cancelled",
        outputs: {},
        failure: stage.failure,
        reason,
      }),
    ];
  }
  const given = givenEnd(state, stage.address);
  if (given !== undefined) return [settle(decision, stage, endingOfGiven(given))];
  if ((state.dues.get(stage.address) ?? 0) > at) return [];
  if (!mayAct(state)) return askForPermit(decision);
  const { timeoutMs } = stage;
  return [{
    type: "stage.started",
    at,
    stage: stage.address,
    attempt: stage.attempt + 1,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }];
}

function open(decision: Decision, stage: StageState, round: number): RunEvent[] {
  const { at, language } = decision;
  if (cancelOfOwner(stage) !== undefined) return concludeEnded(decision, stage, { outputs: {} });
  const given = givenEnd(decision.state, stage.address);
  if (given !== undefined) return [settle(decision, stage, endingOfGiven(given))];
  const context = contextOfStage(decision.state, stage.branch, { ...decision, stage });
  const rounds = roundsOf(decision.state, stage.scope);
  const expanded = attempt(() =>
    checkedOpening(language.expand(stage.planned, { context, rounds }), {
      state: decision.state,
      stage,
    })
  );
  if (!expanded.ok) return fail(decision, stage, { failure: expanded.failure, outputs: {} });
  if (!("outcome" in expanded.value)) {
    const owner = attemptAddress(stage);
    return [{ type: "scope.opened", at, owner, round, expansion: expanded.value }];
  }
  const { outcome, name, message } = expanded.value;
  if (outcome === "failed") {
    return fail(decision, stage, { failure: { name, message, retryable: false }, outputs: {} });
  }
  return [
    settle(decision, stage, { outcome, outputs: {}, reason: { kind: "stage-said", message } }),
  ];
}

function concludeScope(decision: Decision, stage: StageState, scope: ScopeState): RunEvent[] {
  const cancel = cancelOfOwner(stage);
  if (!isDone(scope, cancel)) return [];
  if (cancel !== undefined) return concludeEnded(decision, stage, { outputs: {} });
  const given = givenEnd(decision.state, stage.address);
  if (given !== undefined) return [settle(decision, stage, endingOfGiven(given))];
  if (wantsRound(scope)) return open(decision, stage, scope.round + 1);
  const none = scope.branches.length === 0 ? "succeeded" : "skipped";
  const outcome = foldOutcomes(scope.branches.flatMap((branch) => branch.outcome ?? []), none);
  if (outcome === "succeeded") return succeed(decision, stage, {});
  const failure = scope.branches.find((branch) => branch.outcome === outcome)?.failure;
  if (outcome === "failed") {
    return fail(decision, stage, { failure: failure ?? UNKNOWN, outputs: {} });
  }
  const reason = outcome === "skipped" ? { kind: "all-skipped" } as const : undefined;
  return [settle(decision, stage, { outcome, outputs: {}, failure, reason })];
}

/** A round without branches would come to nothing, for ever. */
function wantsRound({ expansion, failed, cancelled }: ScopeState): boolean {
  return expansion.again && expansion.branches.length > 0 && failed === undefined &&
    cancelled === undefined;
}

function settle(
  { at }: Decision,
  { address, attempt }: StageState,
  { outcome, outputs, failure, reason }: StageEnding,
): RunEvent {
  return {
    type: "stage.settled",
    at,
    stage: address,
    attempt,
    outcome,
    ...(Object.keys(outputs).length > 0 ? { outputs } : {}),
    ...(failure && { failure }),
    ...(reason && { reason }),
  };
}
