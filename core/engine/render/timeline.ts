/**
 * When everything in a run was under way: jobs, legs, stages, each attempt of
 * them, and what they waited for. Made from the run's events, as plain data.
 *
 * @module
 */
import { jobAddress } from "../../run/address.ts";
import type { Address, Outcome, RunEvent } from "../../run/event.ts";
import {
  type BranchState,
  evolve,
  initialState,
  type JobState,
  type RunState,
  type ScopeState,
} from "../../run/state.ts";
import {
  branchRow,
  jobRow,
  type PartRow,
  type PartStatus,
  stageRow,
  type TreeFacts,
} from "./tree_row.ts";

/** A stretch of time in which something was so. */
export interface TimelineBar {
  /**
   * What was so: an attempt was under way (`work`), the next attempt had to
   * wait (`delay`), or all needs had ended and nothing had begun yet (`queue`).
   */
  readonly kind: "work" | "delay" | "queue";
  /** When it began, in epoch milliseconds. */
  readonly from: number;
  /** When it ended, or the time at which the picture is taken. */
  readonly to: number;
  /** How the attempt ended; `running` while it has not. */
  readonly status: PartStatus;
  /** Which attempt, from 1. */
  readonly attempt: number;
}

/** A job, a leg, a stage, or several that are shown as one. */
export interface TimelineRow {
  /** What it is. */
  readonly kind: "job" | "branch" | "stage" | "more";
  /** Its name within the run; empty for several. */
  readonly address: Address;
  /** How deep it stands; jobs are 0. */
  readonly depth: number;
  /** What it is called. */
  readonly label: string;
  /** How far it has come. */
  readonly status: PartStatus;
  /** Its stretches of time, in order. */
  readonly bars: readonly TimelineBar[];
}

/** A moment that everything had to do with. */
export interface TimelineMark {
  /** When, in epoch milliseconds. */
  readonly at: number;
  /** What happened. */
  readonly label: string;
}

/** A run over time, as plain data. */
export interface Timeline {
  /** What it is of. */
  readonly title: string;
  /** How the run ended, or `running`. */
  readonly status: PartStatus;
  /** When the run began, in epoch milliseconds. */
  readonly from: number;
  /** When it ended, or the time at which the picture is taken. */
  readonly to: number;
  /** Its parts, each above those in it. */
  readonly rows: readonly TimelineRow[];
  /** When somebody asked for the end. */
  readonly marks: readonly TimelineMark[];
}

/** The most rows; where there are more, what stands deepest is left out. */
export const MAX_TIMELINE_ROWS = 300;

/** Of more branches than this the later ones are one row. */
export const MAX_SHOWN_BRANCHES = 40;

/** The most stretches of one part; of more the last ones are shown. */
export const MAX_BARS = 100;

/** The most marks. */
const MAX_MARKS = 20;

/** The run of these events over time. */
export function timelineOf(
  events: Iterable<RunEvent>,
  { nowMs }: { readonly nowMs: number },
): Timeline {
  const state = initialState();
  const history = new History();
  for (const event of events) {
    history.add(event, state);
    evolve(state, event);
  }
  const to = Math.max(state.settledAt ?? nowMs, state.at);
  const facts = { nowMs: to, dues: state.dues, tailOf: () => undefined };
  return {
    title: state.plan === undefined ? state.id : `${state.plan.workflow} ${state.id}`,
    status: state.outcome ?? (state.phase === "new" ? "pending" : "running"),
    from: state.startedAt,
    to,
    rows: boundedRows(rowsOf(state, { history, facts, to })),
    marks: history.marks,
  };
}

interface OpenBar extends TimelineBar {
  to: number;
  status: PartStatus;
}

/** The stretches of each part, by address. */
class History {
  readonly marks: TimelineMark[] = [];
  readonly #bars = new Map<Address, OpenBar[]>();

  /** Takes an event and the state before it. */
  add(event: RunEvent, state: RunState): void {
    const { at } = event;
    switch (event.type) {
      case "cancel.requested":
        if (event.target === "" && this.marks.length < MAX_MARKS) {
          this.marks.push({ at, label: event.force ? "end forced" : "end requested" });
        }
        return;
      case "job.started": {
        const address = jobAddress(event.job, 1);
        if (event.attempt === 1) this.#queue(address, readyAt(state, event.job), at);
        return this.#begin(address, event.attempt, at);
      }
      case "job.retry-scheduled":
        return this.#pause(jobAddress(event.job, 1), at);
      case "job.settled":
        return this.#end(jobAddress(event.job, 1), event.outcome, at);
      case "branch.started":
        return this.#begin(event.branch, 1, at);
      case "branch.settled":
        return this.#end(event.branch, event.outcome, at);
      case "stage.started":
        return this.#begin(event.stage, event.attempt, at);
      case "stage.retry-scheduled":
        return this.#pause(event.stage, at);
      case "stage.settled":
        return this.#end(event.stage, event.outcome, at);
      default:
    }
  }

  /** The stretches of a part; what has not ended reaches to the end of the picture. */
  barsOf(address: Address, end: number): readonly TimelineBar[] {
    return (this.#bars.get(address) ?? []).map((bar) => ({ ...bar, to: Math.min(bar.to, end) }));
  }

  #begin(address: Address, attempt: number, at: number): void {
    this.#close(address, at);
    this.#push(address, { kind: "work", from: at, to: Infinity, status: "running", attempt });
  }

  #pause(address: Address, at: number): void {
    this.#end(address, "failed", at);
    const attempt = this.#bars.get(address)?.at(-1)?.attempt ?? 1;
    this.#push(address, { kind: "delay", from: at, to: Infinity, status: "waiting", attempt });
  }

  #queue(address: Address, from: number, to: number): void {
    if (from >= to) return;
    this.#push(address, { kind: "queue", from, to, status: "pending", attempt: 1 });
  }

  #end(address: Address, outcome: Outcome, at: number): void {
    const bar = this.#close(address, at);
    if (bar?.kind === "work") bar.status = outcome;
  }

  #close(address: Address, at: number): OpenBar | undefined {
    const bar = this.#bars.get(address)?.at(-1);
    if (bar !== undefined && bar.to === Infinity) bar.to = at;
    return bar;
  }

  #push(address: Address, bar: OpenBar): void {
    const bars = this.#bars.get(address);
    if (bars === undefined) this.#bars.set(address, [bar]);
    else {
      bars.push(bar);
      if (bars.length > MAX_BARS) bars.shift();
    }
  }
}

/** When the last of a job's needs ended: from then on it could have begun. */
function readyAt(state: RunState, id: string): number {
  const needs = state.jobs.get(id)?.planned.needs ?? [];
  return needs.reduce(
    (latest, need) => Math.max(latest, state.jobs.get(need)?.settledAt ?? 0),
    state.startedAt,
  );
}

interface RowFacts {
  readonly history: History;
  readonly facts: TreeFacts;
  readonly to: number;
}

function* rowsOf(state: RunState, context: RowFacts): Generator<TimelineRow> {
  for (const job of state.jobs.values()) yield* jobRows(job, context);
}

function* jobRows(job: JobState, context: RowFacts): Generator<TimelineRow> {
  const { planned, scope } = job;
  const address = jobAddress(planned.id, 1);
  const row = jobRow(job, context.facts);
  yield timelineRow(row, { kind: "job", address, depth: 0, context });
  if (scope === undefined) return;
  if (planned.strategy !== undefined) return yield* branchRows(scope, { depth: 1, context });
  for (const leg of scope.branches) yield* stageRows(leg, { depth: 1, context });
}

interface Level {
  readonly depth: number;
  readonly context: RowFacts;
}

function* branchRows(scope: ScopeState, level: Level): Generator<TimelineRow> {
  const { depth, context } = level;
  const begun = scope.branches.filter(({ phase }) => phase !== "pending");
  const shown = begun.length > MAX_SHOWN_BRANCHES ? begun.slice(0, MAX_SHOWN_BRANCHES - 1) : begun;
  for (const branch of shown) {
    const row = branchRow(branch, { ...context.facts, depth });
    const { address } = branch;
    yield timelineRow(row, { kind: "branch", address, depth, context });
    yield* stageRows(branch, { depth: depth + 1, context });
  }
  const others = begun.slice(shown.length);
  if (others.length > 0) yield summaryRow(others, `${others.length} more`, level);
}

function* stageRows(branch: BranchState, { depth, context }: Level): Generator<TimelineRow> {
  for (const stage of branch.states) {
    if (stage === undefined) continue;
    const row = stageRow(stage, { ...context.facts, depth });
    const { address, scope } = stage;
    yield timelineRow(row, { kind: "stage", address, depth, context });
    if (scope !== undefined) yield* branchRows(scope, { depth: depth + 1, context });
  }
}

function timelineRow(
  { label, status }: PartRow,
  { kind, address, depth, context }: Level & Pick<TimelineRow, "kind" | "address">,
): TimelineRow {
  const bars = context.history.barsOf(address, context.to);
  return { kind, address, depth, label, status, bars };
}

/** Several parts as one row, from the first beginning to the last end. */
function summaryRow(
  parts: readonly BranchState[],
  label: string,
  { depth, context: { to } }: Level,
): TimelineRow {
  const begun = parts.filter(({ startedAt }) => startedAt !== undefined);
  const isOpen = begun.some(({ phase }) => phase !== "settled");
  const failed = parts.some(({ outcome }) => outcome === "failed");
  const status = failed ? "failed" : isOpen ? "running" : "succeeded";
  let [first, last] = [Infinity, -Infinity];
  for (const { startedAt = to, settledAt = to } of begun) {
    first = Math.min(first, startedAt);
    last = Math.max(last, settledAt);
  }
  const bars: TimelineBar[] = begun.length === 0
    ? []
    : [{ kind: "work", from: first, to: last, status, attempt: 1 }];
  return { kind: "more", address: "", depth, label, status, bars };
}

/** All rows if they are few enough; else those of the upper levels, and of too many of these the first. */
function boundedRows(all: Iterable<TimelineRow>): readonly TimelineRow[] {
  const rows = [...all];
  if (rows.length <= MAX_TIMELINE_ROWS) return rows;
  const perDepth: number[] = [];
  for (const { depth } of rows) perDepth[depth] = (perDepth[depth] ?? 0) + 1;
  let [deepest, count] = [0, perDepth[0] ?? 0];
  for (let depth = 1; depth < perDepth.length; depth++) {
    count += perDepth[depth] ?? 0;
    if (count > MAX_TIMELINE_ROWS) break;
    deepest = depth;
  }
  const upper = rows.filter(({ depth }) => depth <= deepest);
  if (upper.length <= MAX_TIMELINE_ROWS) return upper;
  return [...upper.slice(0, MAX_TIMELINE_ROWS - 1), restRow(upper.slice(MAX_TIMELINE_ROWS - 1))];
}

function restRow(rows: readonly TimelineRow[]): TimelineRow {
  let [from, to] = [Infinity, -Infinity];
  for (const bar of rows.flatMap(({ bars }) => bars)) {
    from = Math.min(from, bar.from);
    to = Math.max(to, bar.to);
  }
  const status = rows.some((row) => row.status === "failed")
    ? "failed"
    : rows.some((row) => row.status === "running")
    ? "running"
    : "succeeded";
  const bars: TimelineBar[] = from > to ? [] : [{ kind: "work", from, to, status, attempt: 1 }];
  return { kind: "more", address: "", depth: 0, label: `${rows.length} more jobs`, status, bars };
}
