/**
 * `sluice explain`
 *
 * @module
 */
import { loadLanguage } from "../core/engine/language.ts";
import { durationText } from "../core/engine/render/duration_text.ts";
import { reasonText } from "../core/engine/render/reason_text.ts";
import { failureLines } from "../core/engine/render/tree_row.ts";
import type { ExplainedPart } from "../core/expr/explain_expression.ts";
import type { Plan } from "../core/plan/plan.ts";
import { decodeEvent } from "../core/run/codec.ts";
import { cutShort } from "../core/run/cut_short.ts";
import type { Failure, Outcome } from "../core/run/event.ts";
import {
  type Cause,
  type ExplainedAttempt,
  type ExplainedRun,
  type ExplainedRunPart,
  explainRun,
} from "../core/run/explain_run.ts";
import { resultOf, statusOf } from "../core/run/status.ts";
import { closestName } from "../core/source/closest_name.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import { cutShortLines } from "./cut_short_lines.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import type { Paint } from "./paint.ts";
import { isoText, printJson } from "./print_json.ts";
import { queueLines } from "./queue_lines.ts";
import type { Printer } from "./printer.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

/** Says why a run, a job or a stage ran, was skipped or failed. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const [run = "", part] = invocation.operands;
  const { runId } = await findRun(sluice, run);
  const explained = await explain(sluice, { runId, part });
  if (invocation.has("json")) printJson(printer, documentOf(runId, explained));
  else {
    const queues = await queueLines(await sluice.engine.store(), runId);
    const style = { whole: part === undefined, paint: printer.printed, queues };
    const lines = linesOf(runId, explained, style);
    printer.print(lines.join("\n"));
  }
  return EXIT.ok;
}

interface Asked {
  readonly runId: string;
  /** `JOB` or `JOB/STAGE`. */
  readonly part: string | undefined;
}

async function explain(sluice: Sluice, { runId, part }: Asked): Promise<ExplainedRun> {
  const records = await Array.fromAsync((await sluice.engine.store()).read(runId));
  const events = records.map(decodeEvent);
  const [first] = events;
  if (first?.type !== "run.started") {
    throw new UsageError(`Cannot explain run "${runId}": it never began`);
  }
  const language = await loadLanguage(first.plan, {
    registry: sluice.registry,
    env: openHost().env(),
  });
  const asked: AskedPart = part === undefined ? {} : askedIn(part);
  const jobs = first.plan.jobs.map(({ id }) => id);
  if (asked.job !== undefined && !jobs.includes(asked.job)) {
    throw new UsageError(`Run "${runId}" has no job "${asked.job}"; ${hint(asked.job, jobs)}`);
  }
  const explained = explainRun(events, { language, ...asked });
  if (explained.parts.length > 0) return explained;
  throw new UsageError(
    `Job "${asked.job}" has no stage "${asked.stage}"; ${stagesHint(first.plan, asked)}`,
  );
}

interface AskedPart {
  readonly job?: string;
  readonly stage?: string;
}

/** `load/fetch`, or an address such as `load[os=linux]/fetch`. */
function askedIn(part: string): AskedPart {
  const job = part.slice(0, Math.max(part.search(/[~[/]|$/), 0));
  if (part === job) return { job };
  return { job, stage: part.startsWith(`${job}/`) ? part.slice(job.length + 1) : part };
}

function hint(name: string, names: readonly string[]): string {
  const guess = closestName(name, names);
  return guess === undefined ? `it has ${names.join(", ")}` : `did you mean "${guess}"?`;
}

function stagesHint({ jobs }: Plan, { job, stage = "" }: AskedPart): string {
  const stages = jobs.find(({ id }) => id === job)?.stages ?? [];
  return hint(stage, stages.flatMap(({ key, name }) => key === name ? [key] : [key, name]));
}

/** An address as people write it: a job without a matrix has no leg to name. */
function shownAddress(address: string): string {
  return address.replace(/^([^[/]+)\[\]\//, "$1/");
}

function documentOf(runId: string, { state, cause, parts }: ExplainedRun): unknown {
  return {
    run_id: runId,
    status: state.outcome === undefined ? null : statusOf(state.outcome),
    ...(cause && { cause }),
    cut_short: cutShort(state),
    parts: parts.map(({ outcome, attempts, ...part }) => ({
      ...part,
      status: outcome === undefined ? null : statusOf(outcome),
      attempts: attempts.map(attemptDocument),
    })),
  };
}

function attemptDocument(attempt: ExplainedAttempt): unknown {
  const { number, startedAt, endedAt, failure, again, nextAt } = attempt;
  return {
    number,
    started_at: isoText(startedAt),
    ended_at: endedAt === undefined ? null : isoText(endedAt),
    ...(failure && { failure }),
    ...(again && { again }),
    ...(nextAt !== undefined && { next_at: isoText(nextAt) }),
  };
}

function linesOf(
  runId: string,
  { state, cause, parts }: ExplainedRun,
  { whole, paint, queues }: {
    readonly whole: boolean;
    readonly paint: Paint;
    readonly queues: readonly string[];
  },
): string[] {
  const outcome = state.outcome === undefined ? "has not ended" : ENDED[state.outcome];
  const why = state.cancel === undefined ? "" : `: ${reasonText(state.cancel)}`;
  return [
    `${paint.bold(`Run ${runId}`)} ${outcome}${terminalText(why)}`,
    ...queues.map((line) => `  ${terminalText(line)}`),
    // A part tells its own cause.
    ...causeLines(whole ? cause : undefined, paint),
    ...(whole ? cutShortLines(state).map((line) => `  ${terminalText(line)}`) : []),
    ...parts.flatMap((part) => ["", ...partLines(part, paint)]),
  ];
}

const ENDED: Readonly<Record<Outcome, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  skipped: "was skipped",
  cancelled: "was cancelled",
};

function partLines(part: ExplainedRunPart, paint: Paint): string[] {
  const { kind, address, name, needs, rule, condition, attempts, cause } = part;
  const called = kind === "job" || address.endsWith(`/${name}`) ? "" : ` (${name})`;
  const title = `${kind === "job" ? "Job" : "Stage"} ${shownAddress(address)}${called}`;
  const lines = [`${paint.cyan(terminalText(title))} ${terminalText(verdictOf(part))}`];
  for (const { id, outcome } of needs) {
    lines.push(`  needs ${terminalText(id)}: ${paint.dim(resultOf(outcome))}`);
  }
  if (rule !== undefined) lines.push(`  rule ${rule}`);
  if (condition !== undefined) lines.push(...conditionLines(condition, { depth: 1, paint }));
  for (const attempt of attempts) lines.push(`  ${terminalText(attemptText(attempt))}`);
  if (attempts.length === 0 && part.failure !== undefined) {
    lines.push(`  ${paint.red(terminalText(failureText(part.failure)))}`);
  }
  return [...lines, ...causeLines(cause, paint)];
}

function verdictOf({ phase, outcome, reason }: ExplainedRunPart): string {
  if (outcome !== undefined) {
    return reason === undefined ? ENDED[outcome] : `${ENDED[outcome]}: ${reasonText(reason)}`;
  }
  return UNENDED[phase];
}

const UNENDED: Readonly<Record<ExplainedRunPart["phase"], string>> = {
  pending: "has not begun",
  running: "is under way",
  waiting: "waits for its next attempt",
  settled: "has ended",
  unreached: "was never reached",
};

interface ConditionStyle {
  readonly depth: number;
  readonly paint: Paint;
}

/** The condition and below it its parts, each with its value behind an arrow. */
function conditionLines(
  { text, end, parts }: ExplainedPart,
  { depth, paint }: ConditionStyle,
): string[] {
  const indent = "  ".repeat(depth);
  const label = depth === 1 ? "if " : "";
  const shown = terminalText(text.replace(/\s+/g, " "));
  return [
    `${indent}${label}${shown} ${endText(end, paint)}`,
    ...(end.kind === "passed-over" ? [] : parts)
      .flatMap((part) => conditionLines(part, { depth: depth + 1, paint })),
  ];
}

function endText(end: ExplainedPart["end"], paint: Paint): string {
  switch (end.kind) {
    case "value":
      return `→ ${paint[end.holds ? "green" : "yellow"](terminalText(end.shown))}`;
    case "error":
      return `→ ${paint.red(terminalText(end.message))}`;
    case "passed-over":
      return paint.dim("(not looked at)");
    default:
      return end satisfies never;
  }
}

function attemptText(
  { number, startedAt, endedAt, failure, again, nextAt }: ExplainedAttempt,
): string {
  const took = endedAt === undefined ? "" : ` took ${durationText(endedAt - startedAt)}`;
  const said = failure === undefined ? "" : `, ${failureText(failure)}`;
  const wait = endedAt === undefined || nextAt === undefined
    ? ""
    : `; ${again === "lost" ? "its engine died" : "tried again"} after ${
      durationText(Math.max(0, nextAt - endedAt))
    }`;
  return `attempt ${number}${took}${said}${wait}`;
}

/** What failed and its first line; "sluice logs" has the others. */
function failureText(failure: Failure): string {
  return failureLines(failure)[0] ?? "";
}

function causeLines(cause: Cause | undefined, paint: Paint): string[] {
  if (cause === undefined) return [];
  const { address, outcome, failure, reason } = cause;
  const why = failure === undefined
    ? reason === undefined ? "" : `: ${reasonText(reason)}`
    : `: ${failureText(failure)}`;
  const what = address === "" ? "the run itself" : shownAddress(address);
  return [`  ${paint.red(terminalText(`because ${what} ${ENDED[outcome]}${why}`))}`];
}
