/**
 * A whole run as a tree: every job and stage with how it went, what failed in
 * full, and of a hundred legs only those that need a look.
 *
 * @module
 */
import type { Outcome } from "../../run/event.ts";
import type { BranchState, JobState, RunState, ScopeState, StageState } from "../../run/state.ts";
import {
  branchRow,
  failureRows,
  jobFailure,
  jobRow,
  moreRow,
  runRow,
  stageRow,
  type TextRow,
  type TreeFacts,
  type TreeRow,
} from "./tree_row.ts";

/** A scope with more branches than this shows those that failed and counts the others. */
export const MAX_SHOWN_BRANCHES = 12;

/** With more than this, a branch that succeeded shows nothing of what is in it. */
export const MAX_OPEN_BRANCHES = 4;

/** How many lines a stage shows of what it printed. */
export const MAX_TAIL_LINES = 8;

/** The longest tree. */
export const MAX_TREE_ROWS = 500;

/** The run as rows, from the top. */
export function runTree(state: RunState, facts: TreeFacts): readonly TreeRow[] {
  const rows: TreeRow[] = [runRow(state, facts)];
  let left = state.jobs.size;
  for (const job of state.jobs.values()) {
    if (rows.length >= MAX_TREE_ROWS) return [...rows, moreRow(`${left} more jobs`, 1)];
    rows.push(...jobRows(job, facts));
    left--;
  }
  if (state.jobs.size === 0 && state.failure !== undefined) {
    rows.push(...failureRows(state.failure, 1));
  }
  return rows;
}

function jobRows(job: JobState, facts: TreeFacts): TreeRow[] {
  const { scope, failure, planned } = job;
  const row = jobRow(job, facts);
  if (scope === undefined) return [row, ...ownFailure(failure, 2)];
  if (planned.strategy !== undefined) {
    return [row, ...scopeRows(scope, 2, facts), ...ownFailure(jobFailure(job), 2)];
  }
  const stages = scope.branches.flatMap((leg) => stagesRows(leg, 2, facts));
  return [row, ...stages, ...(hasCulprit(scope) ? [] : ownFailure(failure, 2))];
}

/** The branches of a job or stage: all of a few, of many those that failed. */
function scopeRows(scope: ScopeState, depth: number, facts: TreeFacts): TreeRow[] {
  const begun = scope.branches.filter(({ phase }) => phase !== "pending");
  if (begun.length <= MAX_OPEN_BRANCHES) {
    return begun.flatMap((branch) => branchRows(branch, depth, facts));
  }
  if (begun.length <= MAX_SHOWN_BRANCHES) {
    return begun.flatMap((branch) =>
      branch.outcome === "succeeded"
        ? [branchRow(branch, { ...facts, depth })]
        : branchRows(branch, depth, facts)
    );
  }
  const failed = begun.filter(({ outcome }) => outcome === "failed");
  const shown = failed.slice(0, MAX_SHOWN_BRANCHES);
  return [
    ...shown.flatMap((branch) => branchRows(branch, depth, facts)),
    othersRow(begun, { depth, shown: shown.length }),
  ];
}

function othersRow(
  branches: readonly BranchState[],
  { depth, shown }: { readonly depth: number; readonly shown: number },
): TextRow {
  const counts = new Map<string, number>();
  for (const { outcome } of branches) {
    const word = outcome === undefined ? "running" : WORDS[outcome];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const failed = (counts.get(WORDS.failed) ?? 0) - shown;
  counts.delete(WORDS.failed);
  if (failed > 0) counts.set("more failed", failed);
  const text = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  return { kind: "text", depth, tone: "more", text };
}

const WORDS: Readonly<Record<Outcome, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
};

/** A branch with one stage is one row: there is nothing to tell apart. */
function branchRows(branch: BranchState, depth: number, facts: TreeFacts): TreeRow[] {
  const [only, ...others] = branch.stages;
  const stage = only !== undefined && others.length === 0 ? branch.states[0] : undefined;
  if (stage === undefined) {
    return [branchRow(branch, { ...facts, depth }), ...stagesRows(branch, depth + 1, facts)];
  }
  const [first, ...rest] = stageRows(stage, depth, facts);
  if (first?.kind !== "part") return rest;
  return [{ ...first, label: `${branch.key} › ${first.label}` }, ...rest];
}

function stagesRows(branch: BranchState, depth: number, facts: TreeFacts): TreeRow[] {
  return branch.states.flatMap((stage) =>
    stage === undefined ? [] : stageRows(stage, depth, facts)
  );
}

function stageRows(stage: StageState, depth: number, facts: TreeFacts): TreeRow[] {
  const { scope, failure, outcome } = stage;
  const row = stageRow(stage, { ...facts, depth });
  if (scope === undefined) {
    return [
      row,
      ...tailRows(stage, depth + 1, facts),
      ...(outcome === "failed" || stage.phase === "waiting" ? ownFailure(failure, depth + 1) : []),
    ];
  }
  const inside = scope.expansion.under === undefined && scope.expansion.noun === "case"
    ? scope.branches.flatMap((branch) => stagesRows(branch, depth + 1, facts))
    : scopeRows(scope, depth + 1, facts);
  return [row, ...inside, ...(hasCulprit(scope) ? [] : ownFailure(failure, depth + 1))];
}

function tailRows(stage: StageState, depth: number, facts: TreeFacts): TextRow[] {
  const tail = facts.tailOf(stage);
  if (tail === undefined) return [];
  const lines = tail.lines.slice(-MAX_TAIL_LINES);
  const rows = lines.map((text): TextRow => ({ kind: "text", depth, tone: "output", text }));
  const hidden = tail.count - lines.length;
  return hidden === 0 ? rows : [moreRow(`${hidden} earlier`, depth), ...rows];
}

/** A failure is told where it happened, not again on every level above. */
function hasCulprit({ branches }: ScopeState): boolean {
  return branches.some(({ culprit }) => culprit !== undefined);
}

function ownFailure(failure: JobState["failure"], depth: number): TextRow[] {
  return failure === undefined ? [] : failureRows(failure, depth);
}
