/**
 * What a picture of a workflow or a run says: its jobs with what they wait for,
 * and in each of them its legs or stages while there are few.
 *
 * @module
 */
import type { Plan, PlannedJob, PlannedStage } from "../../plan/plan.ts";
import type { JobState, RunState, ScopeState, StageState } from "../../run/state.ts";
import { axesText, conditionText } from "./plan_lines.ts";
import {
  branchRow,
  jobRow,
  type PartRow,
  type PartStatus,
  stageRow,
  type TreeFacts,
} from "./tree_row.ts";
import { durationText } from "./duration_text.ts";

/** A line in the box of a job. */
export interface PictureRow {
  /** How deep it stands, from 0. */
  readonly depth: number;
  /** What it says. */
  readonly label: string;
  /** How far the part has come, where it is one of a run. */
  readonly status?: PartStatus;
  /** What else is to be known, short: how long it took. */
  readonly detail?: string;
}

/** A job, or several that are drawn as one. */
export interface PictureJob {
  /** Tells it from the others. */
  readonly id: string;
  /** What its box is called. */
  readonly label: string;
  /** The ids of those that it waits for. */
  readonly needs: readonly string[];
  /** How far it has come, where it is one of a run. */
  readonly status?: PartStatus;
  /** What else is to be known, short: how long it took. */
  readonly detail?: string;
  /** Whether an `if` decides about it, so that its edges are dashed. @default false */
  readonly conditional?: boolean;
  /** Whether there are several of it, so that its box is a stack. @default false */
  readonly stacked?: boolean;
  /** What is in its box. */
  readonly rows: readonly PictureRow[];
}

/** A graph of jobs, as plain data. */
export interface GraphPicture {
  /** What it is a picture of. */
  readonly title: string;
  /** How far the run has come, where it is one. */
  readonly status?: PartStatus;
  /** Its jobs, in the order in which they were written. */
  readonly jobs: readonly PictureJob[];
}

/** The most lines in the box of a job. */
export const MAX_BOX_ROWS = 8;

/** The jobs of a plan, before anything has run. */
export function pictureOfPlan(plan: Plan): GraphPicture {
  return { title: plan.workflow, jobs: plan.jobs.map(plannedJob) };
}

/** The jobs of a run with how far they have come. */
export function pictureOfRun(
  state: RunState,
  { nowMs }: { readonly nowMs: number },
): GraphPicture {
  const facts: TreeFacts = { nowMs, dues: state.dues, tailOf: () => undefined };
  const status = state.outcome ?? (state.phase === "new" ? "pending" : "running");
  return {
    title: state.plan === undefined ? state.id : `${state.plan.workflow} ${state.id}`,
    status,
    jobs: Array.from(state.jobs.values(), (job) => jobOfRun(job, facts)),
  };
}

function plannedJob(job: PlannedJob): PictureJob {
  const { condition, strategy } = job;
  const notes: PictureRow[] = [
    ...(condition === undefined ? [] : [{ depth: 0, label: conditionText(condition) }]),
    ...(strategy === undefined
      ? []
      : [{ depth: 0, label: `for each ${axesText(strategy.matrix)}` }]),
  ];
  const stages = bounded(plannedRows(job.stages, 0), MAX_BOX_ROWS - notes.length, "stages");
  return { ...boxOf(job), rows: [...notes, ...stages] };
}

function boxOf(
  { id, needs, condition, strategy }: PlannedJob,
): Omit<PictureJob, "rows"> {
  return {
    ...{ id, label: id, needs },
    ...(condition !== undefined && condition !== true && { conditional: true }),
    ...(strategy !== undefined && { stacked: true }),
  };
}

/** Lazily, since a list may be long and only its beginning is shown. */
function* plannedRows(stages: readonly PlannedStage[], depth: number): Generator<PictureRow> {
  for (const { name, id, kind, bodies = {} } of stages) {
    yield { depth, label: name || id || kind };
    for (const body of Object.values(bodies)) yield* plannedRows(body, depth + 1);
  }
}

function jobOfRun(job: JobState, facts: TreeFacts): PictureJob {
  const { status, elapsedMs } = jobRow(job, facts);
  const detail = elapsedMs === undefined ? {} : { detail: durationText(elapsedMs) };
  return { ...boxOf(job.planned), status, ...detail, rows: rowsOfRun(job, facts) };
}

function rowsOfRun({ planned, scope }: JobState, facts: TreeFacts): readonly PictureRow[] {
  if (scope === undefined) {
    const stages = planned.strategy === undefined ? plannedRows(planned.stages, 0) : [];
    return bounded(stages, MAX_BOX_ROWS, "stages");
  }
  if (planned.strategy !== undefined) return legRows(scope, facts);
  return bounded(stageRows(scope, 0, facts), MAX_BOX_ROWS, "stages");
}

/** All legs of a few; of many those that need a look, and counts of the others. */
function legRows({ branches }: ScopeState, facts: TreeFacts): readonly PictureRow[] {
  const rows = branches.map((leg) => pictureRow(branchRow(leg, { ...facts, depth: 0 })));
  if (rows.length <= MAX_BOX_ROWS) return rows;
  const telling = rows.filter(({ status }) => status === "failed" || status === "running");
  const shown = telling.slice(0, MAX_BOX_ROWS / 2);
  const others = rows.filter((row) => !shown.includes(row));
  return [...shown, ...countRows(others)];
}

function countRows(rows: readonly PictureRow[]): readonly PictureRow[] {
  const groups = Map.groupBy(rows, ({ status = "pending" }) => status);
  return Array.from(groups, ([status, { length }]) => ({
    ...{ depth: 0, status },
    label: `${length} ${status}`,
  }));
}

function* stageRows(scope: ScopeState, depth: number, facts: TreeFacts): Generator<PictureRow> {
  for (const branch of scope.branches) {
    const key = scope.branches.length > 1 ? `${branch.key} › ` : "";
    for (const [at, { name, id, kind }] of branch.stages.entries()) {
      const stage = branch.states[at];
      if (stage === undefined) yield { depth, label: `${key}${name || id || kind}` };
      else {
        for (const row of rowsOfStage(stage, depth, facts)) {
          yield row.depth === depth ? { ...row, label: `${key}${row.label}` } : row;
        }
      }
    }
  }
}

function* rowsOfStage(stage: StageState, depth: number, facts: TreeFacts): Generator<PictureRow> {
  yield { ...pictureRow(stageRow(stage, { ...facts, depth })), depth };
  if (stage.scope !== undefined) yield* stageRows(stage.scope, depth + 1, facts);
}

function pictureRow({ depth, label, status, elapsedMs }: PartRow): PictureRow {
  const detail = elapsedMs === undefined ? {} : { detail: durationText(elapsedMs) };
  return { depth, label, status, ...detail };
}

/** The first rows; of the others the number. */
function bounded(
  rows: Iterable<PictureRow>,
  most: number,
  noun: string,
): readonly PictureRow[] {
  const shown: PictureRow[] = [];
  let count = 0;
  for (const row of rows) {
    if (++count <= most) shown.push(row);
  }
  if (count <= most) return shown;
  const kept = shown.slice(0, Math.max(0, most - 1));
  return [...kept, { depth: 0, label: `… ${count - kept.length} more ${noun}` }];
}
