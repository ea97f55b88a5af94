/**
 * One row of a run as a tree: what it says, not how it looks.
 *
 * @module
 */
import type { Value } from "../../expr/value.ts";
import { jobAddress } from "../../run/address.ts";
import type { Failure, Outcome } from "../../run/event.ts";
import type { BranchState, JobState, RunState, ScopeState, StageState } from "../../run/state.ts";
import { durationText } from "./duration_text.ts";
import { reasonText } from "./reason_text.ts";

/** How far a part has come. */
export type PartStatus = "pending" | "running" | "waiting" | Outcome;

/** A part of the run: itself, a job, a leg or branch, a stage. */
export interface PartRow {
  readonly kind: "part";
  /** How deep it stands; the run is 0. */
  readonly depth: number;
  /** How far it has come. */
  readonly status: PartStatus;
  /** What it is called. */
  readonly label: string;
  /** What else is to be known: `9 of 22 legs`, why it was skipped; may be empty. */
  readonly detail: string;
  /** Milliseconds that it took or has taken so far. */
  readonly elapsedMs?: number;
}

/** Text that belongs to the part above it. */
export interface TextRow {
  readonly kind: "text";
  /** How deep it stands. */
  readonly depth: number;
  /** What it is: what a stage printed, what went wrong, or that there is more. */
  readonly tone: "output" | "error" | "more";
  /** The text, in one line. */
  readonly text: string;
}

/** One row. */
export type TreeRow = PartRow | TextRow;

/** What a stage printed last. */
export interface OutputTail {
  /** Its last lines. */
  readonly lines: readonly string[];
  /** How many lines there were in all. */
  readonly count: number;
}

/** What rows are made from besides the state. */
export interface TreeFacts {
  /** The time, in epoch milliseconds. */
  readonly nowMs: number;
  /** What a stage printed last, if anything. */
  readonly tailOf: (stage: StageState) => OutputTail | undefined;
  /** When waits are over, by address. */
  readonly dues: Pick<RunState["dues"], "get">;
}

/** The same, for a part that may stand anywhere. */
export interface FactsAtDepth extends TreeFacts {
  /** How deep it stands. */
  readonly depth: number;
}

/** The run's own row. */
export function runRow(state: RunState, { nowMs }: TreeFacts): PartRow {
  const { id, phase, plan, outcome, cancel, startedAt, settledAt } = state;
  const reason = outcome === undefined || cancel === undefined ? "" : reasonText(cancel);
  const details = [id, phase === "cancelling" ? "ending early" : "", reason];
  return {
    kind: "part",
    depth: 0,
    status: outcome ?? "running",
    label: plan?.workflow ?? "",
    detail: joined(details),
    elapsedMs: (settledAt ?? nowMs) - startedAt,
  };
}

/** The row of a job. */
export function jobRow(job: JobState, facts: TreeFacts): PartRow {
  const { nowMs, dues } = facts;
  const attempt = job.phase === "waiting" ? job.attempt + 1 : job.attempt;
  const dueAt = dues.get(jobAddress(job.planned.id, job.attempt));
  const details = [
    job.kept === undefined ? "" : "kept from an earlier run",
    job.planned.strategy === undefined || job.scope === undefined ? "" : countOf(job.scope),
    attemptOf(job, { attempt, dueAt, nowMs }),
    ownReason(job),
  ];
  return {
    kind: "part",
    depth: 1,
    status: statusOf(job),
    label: job.planned.id,
    detail: joined(details),
    ...elapsed(job.startedAt, job.settledAt ?? nowMs),
  };
}

/** What a job failed of by itself: its outputs, its condition, its matrix. A stage tells its own. */
export function jobFailure({ outcome, scope, failure }: JobState): Failure | undefined {
  return outcome === "failed" && scope?.failed?.culprit === undefined ? failure : undefined;
}

/** The row of a leg or branch. */
export function branchRow(branch: BranchState, { depth, nowMs }: FactsAtDepth): PartRow {
  return {
    kind: "part",
    depth,
    status: branch.phase === "settled" ? branch.outcome ?? "pending" : branch.phase,
    label: branch.key,
    detail: "",
    ...elapsed(branch.startedAt, branch.settledAt ?? nowMs),
  };
}

/** The row of a stage. */
export function stageRow(stage: StageState, { depth, nowMs, dues }: FactsAtDepth): PartRow {
  const attempt = stage.failures + (stage.outcome === "failed" ? 0 : 1);
  const details = [
    stage.scope === undefined ? "" : countOf(stage.scope),
    attemptOf(stage, { attempt, dueAt: dues.get(stage.address), nowMs }),
    ownReason(stage),
  ];
  const ran = stage.attempt > 0;
  return {
    kind: "part",
    depth,
    status: statusOf(stage),
    label: stage.name,
    detail: joined(details),
    ...(ran ? elapsed(stage.startedAt, stage.settledAt ?? nowMs) : {}),
  };
}

/** A failure as rows, its class in the first. */
export function failureRows(failure: Failure, depth: number): TextRow[] {
  const lines = failureLines(failure);
  const shown = lines.slice(0, MAX_FAILURE_ROWS);
  const rows = shown.map((text): TextRow => ({ kind: "text", depth, tone: "error", text }));
  const hidden = lines.length - shown.length;
  return hidden === 0 ? rows : [...rows, moreRow(`${hidden} more lines`, depth)];
}

const MAX_FAILURE_ROWS = 6;

/**
 * What a failure says, by line. Code that it quotes at its end, as the message
 * of a failed script does, is left out: its reader has it in the file.
 */
export function failureLines({ name, message, details }: Failure): readonly string[] {
  const lines = message.trimEnd().split("\n");
  const fence = lines.findIndex((line) => line.trimStart().startsWith("```"));
  const [first = "", ...rest] = fence > 0 ? lines.slice(0, fence) : lines;
  const said = withExitCode(first, details?.["return_code"]);
  return [`${name}: ${said}`, ...rest.map((line) => line.trimEnd())];
}

/** A script may fail without a word, and then its exit code is all there is to go by. */
function withExitCode(first: string, code: Value | undefined): string {
  if (typeof code !== "number") return first;
  const said = first.replace(/^Subprocess: ?/, "");
  if (code <= 0) return said; // A signal ended it, and that is said.
  return `exit code ${code}${said === "" ? "" : `: ${said}`}`;
}

/** Says that there is more than is shown. */
export function moreRow(text: string, depth: number): TextRow {
  return { kind: "text", depth, tone: "more", text: `… ${text}` };
}

/** How many branches there are, and how far they have come: `9 of 22 legs`. */
export function countOf({ branches, begun, open, expansion, owner }: ScopeState): string {
  const { noun, under } = expansion;
  if (under === undefined && owner.kind === "stage" && noun !== "loop") {
    return branches.map(({ key }) => `${noun} ${key}`).join(", ");
  }
  const count = `${branches.length} ${branches.length === 1 ? noun : PLURAL[noun]}`;
  return owner.phase === "running" && noun !== "loop" ? `${begun - open} of ${count}` : count;
}

const PLURAL = {
  leg: "legs",
  branch: "branches",
  item: "items",
  loop: "loops",
  case: "cases",
} as const;

function statusOf({ phase, outcome }: JobState | StageState): PartStatus {
  return phase === "settled" ? outcome ?? "pending" : phase;
}

/** Why the run ended early is said of the run alone, and a failure says more than its reason. */
function ownReason({ reason, outcome, timeoutMs }: JobState | StageState): string {
  if (reason === undefined || outcome === "failed") return "";
  const isOfRun = reason.kind === "requested" ||
    reason.kind === "timeout" && reason.afterMs !== timeoutMs;
  return isOfRun ? "" : reasonText(reason);
}

function joined(details: readonly string[]): string {
  return details.filter((detail) => detail !== "").join(", ");
}

interface AttemptFacts {
  readonly attempt: number;
  readonly dueAt: number | undefined;
  readonly nowMs: number;
}

/** Nothing for the first attempt of something that is not being tried again. */
function attemptOf(
  { phase, retry }: JobState | StageState,
  { attempt, dueAt, nowMs }: AttemptFacts,
): string {
  if (attempt <= 1) return "";
  const most = retry === undefined ? "" : ` of ${retry.attempts + 1}`;
  if (phase !== "waiting") return `attempt ${attempt}${most}`;
  const wait = durationText(Math.max(0, Math.ceil(((dueAt ?? nowMs) - nowMs) / 1_000) * 1_000));
  return `attempt ${attempt}${most} in ${wait}`;
}

function elapsed(
  startedAt: number | undefined,
  until: number,
): { readonly elapsedMs?: number } {
  return startedAt === undefined ? {} : { elapsedMs: until - startedAt };
}

/** A duration as a row shows it: nothing until something has run for a second. */
export function elapsedText({ elapsedMs, status }: PartRow): string {
  if (elapsedMs === undefined) return "";
  if (status !== "running" && status !== "waiting") return durationText(elapsedMs);
  return elapsedMs < 1_000 ? "" : durationText(elapsedMs).replace(/\.\ds$/, "s");
}
