/**
 * A run under way as a tree that fits on a screen: what runs now with the last
 * line that it printed, what failed, and counts of all else.
 *
 * @module
 */
import { jobOfBranch } from "../../run/contexts.ts";
import type { BranchState, JobState, RunState, StageState } from "../../run/state.ts";
import { pathOfStage, pathText } from "./part_path.ts";
import {
  failureRows,
  jobRow,
  moreRow,
  type PartRow,
  runRow,
  stageRow,
  type TreeFacts,
  type TreeRow,
} from "./tree_row.ts";

/** Of the stages before and after the one that runs, a job shows so many. */
const MAX_STAGES_BESIDE = 4;

/**
 * The run as at most `maxRows` rows. The work does not grow with the number of
 * legs, so that it can be drawn several times a second.
 */
export function progressTree(
  state: RunState,
  facts: TreeFacts & { readonly maxRows: number },
): readonly TreeRow[] {
  const active = activeStages(state);
  const jobs = [...state.jobs.values()];
  const rows = [
    runRow(state, facts),
    ...jobs.flatMap((job) => jobRows(job, { active: active.get(job) ?? [], facts })),
  ];
  return rows.length <= facts.maxRows ? rows : condensed(state, { jobs, active, facts });
}

interface JobFacts {
  readonly active: readonly StageState[];
  readonly facts: TreeFacts;
}

/** The leaf stages under way or waiting for another attempt, by job, in the order in which they began. */
function activeStages(state: RunState): Map<JobState, StageState[]> {
  const waiting = [...state.dues.entries()].flatMap(([address]) => {
    const stage = state.stages.get(address);
    return stage?.phase === "waiting" ? [stage] : [];
  });
  return Map.groupBy([...state.live.values(), ...waiting], ({ branch }) => jobOfBranch(branch));
}

function jobRows(job: JobState, { active, facts }: JobFacts): TreeRow[] {
  const row = jobRow(job, facts);
  if (job.phase === "settled") {
    return job.outcome === "failed" ? [row, ...culpritRows(job, facts)] : [row];
  }
  if (job.phase !== "running") return [row];
  const [leg] = job.scope?.branches ?? [];
  const alone = job.planned.strategy === undefined && leg !== undefined;
  return [
    row,
    ...(alone ? stagesBeside(leg, { active, facts }) : activeRows(active, { depth: 2, facts })),
  ];
}

/** The stage that failed first, however deep it stands. */
function culpritRows(job: JobState, facts: TreeFacts): TreeRow[] {
  const culprit = deepest(job.scope?.failed?.culprit ?? job.scope?.branches[0]?.culprit);
  if (culprit === undefined) {
    return job.failure === undefined ? [] : failureRows(job.failure, 2).slice(0, 1);
  }
  const row = stageRow(culprit, { ...facts, depth: 2 });
  const failure = culprit.failure === undefined ? [] : failureRows(culprit.failure, 3).slice(0, 1);
  return [{ ...row, label: pathText(pathOfStage(culprit).slice(1)) }, ...failure];
}

function deepest(stage: StageState | undefined): StageState | undefined {
  return deepestOf(stage?.scope?.failed?.culprit) ?? stage;
}

function deepestOf(stage: StageState | undefined): StageState | undefined {
  return stage === undefined ? undefined : deepest(stage);
}

/** The stages of a job without a matrix: those that have ended, the one that runs, those to come. */
function stagesBeside(leg: BranchState, { active, facts }: JobFacts): TreeRow[] {
  const begun = leg.states.filter((stage) => stage !== undefined);
  const ended = begun.filter(({ phase }) => phase === "settled");
  const now = begun.filter(({ phase }) => phase !== "settled");
  const next = leg.stages.slice(leg.states.length).map(pendingRow);
  return [
    ...lastOf(ended.map((stage) => stageRow(stage, { ...facts, depth: 2 }))),
    ...now.flatMap((stage) => currentRows(stage, { active, facts })),
    ...firstOf(next),
  ];
}

function currentRows(stage: StageState, { active, facts }: JobFacts): TreeRow[] {
  if (stage.scope === undefined) return activeRows([stage], { depth: 2, facts });
  const inside = active.map((leaf): [StageState, number] => [leaf, pathOfStage(stage).length]);
  return [
    stageRow(stage, { ...facts, depth: 2 }),
    ...inside.flatMap(([leaf, from]) => leafRows(leaf, { depth: 3, from, facts })),
  ];
}

function activeRows(
  stages: readonly StageState[],
  { depth, facts }: { readonly depth: number; readonly facts: TreeFacts },
): TreeRow[] {
  return stages.flatMap((stage) => leafRows(stage, { depth, from: 1, facts }));
}

/** A leaf by its path from `from` on, and the last line that it printed. */
function leafRows(
  stage: StageState,
  { depth, from, facts }: {
    readonly depth: number;
    readonly from: number;
    readonly facts: TreeFacts;
  },
): TreeRow[] {
  const row = {
    ...stageRow(stage, { ...facts, depth }),
    label: pathText(pathOfStage(stage).slice(from)),
  };
  const text = facts.tailOf(stage)?.lines.at(-1);
  return text === undefined
    ? [row]
    : [row, { kind: "text", depth: depth + 1, tone: "output", text }];
}

function pendingRow({ name, id }: { readonly name: string; readonly id?: string }): PartRow {
  return { kind: "part", depth: 2, status: "pending", label: name || id || "", detail: "" };
}

function lastOf(rows: readonly PartRow[]): TreeRow[] {
  const hidden = rows.length - MAX_STAGES_BESIDE;
  if (hidden <= 1) return [...rows];
  return [moreRow(`${hidden} earlier stages`, 2), ...rows.slice(hidden)];
}

function firstOf(rows: readonly PartRow[]): TreeRow[] {
  const hidden = rows.length - MAX_STAGES_BESIDE;
  if (hidden <= 1) return [...rows];
  return [...rows.slice(0, MAX_STAGES_BESIDE), moreRow(`${hidden} more stages`, 2)];
}

/** What does not fit any more: jobs that are done and jobs to come are counted. */
function condensed(
  state: RunState,
  { jobs, active, facts }: {
    readonly jobs: readonly JobState[];
    readonly active: ReadonlyMap<JobState, readonly StageState[]>;
    readonly facts: TreeFacts & { readonly maxRows: number };
  },
): readonly TreeRow[] {
  const done = jobs.filter(({ phase, outcome }) => phase === "settled" && outcome !== "failed");
  const failed = jobs.filter(({ outcome }) => outcome === "failed");
  const now = jobs.filter(({ phase }) => phase === "running" || phase === "waiting");
  const pending = jobs.filter(({ phase }) => phase === "pending");
  const rows = [
    runRow(state, facts),
    ...countRow("succeeded", done.length, "done"),
    ...countRow("failed", failed.length, "failed"),
    ...now.flatMap((job) => jobRows(job, { active: active.get(job) ?? [], facts })),
    ...countRow("pending", pending.length, "to come"),
  ];
  if (rows.length <= facts.maxRows) return rows;
  const shown = rows.slice(0, Math.max(1, facts.maxRows - 1));
  return [...shown, moreRow(`${rows.length - shown.length} more rows`, 1)];
}

function countRow(status: PartRow["status"], count: number, what: string): PartRow[] {
  if (count === 0) return [];
  const label = `${count} ${count === 1 ? "job" : "jobs"} ${what}`;
  return [{ kind: "part", depth: 1, status, label, detail: "" }];
}
