/**
 * The jobs of a workflow, or of the plan of a run, as a graph.
 *
 * @module
 */
import { axesText, conditionText } from "../../../core/engine/render/plan_lines.ts";
import { levels } from "../../../core/model/graph.ts";
import type { Stage, Workflow } from "../../../core/model/workflow.ts";
import type { Plan, PlannedStage } from "../../../core/plan/plan.ts";
import type { GraphDocument, GraphJob, GraphStage } from "../api/workflows.ts";

/** A workflow as a graph. */
export function workflowGraph({ name, jobs }: Workflow): GraphDocument {
  const stageOf = (stage: Stage): GraphStage => graphStage(stage, stage.syntax.name, stageOf);
  return graphOf(name, [...jobs.values()].map((job) => jobOf(job, job.stages.map(stageOf))));
}

/** What a run was started with, as a graph. */
export function planGraph({ workflow, jobs }: Plan): GraphDocument {
  const stageOf = (stage: PlannedStage): GraphStage => graphStage(stage, stage.kind, stageOf);
  return graphOf(workflow, jobs.map((job) => jobOf(job, job.stages.map(stageOf))));
}

type UnrankedJob = Omit<GraphJob, "rank">;

function graphOf(workflow: string, jobs: readonly UnrankedJob[]): GraphDocument {
  const there = new Set(jobs.map(({ id }) => id));
  const graph = new Map(
    jobs.map(({ id, needs }) => [id, needs.filter((need) => there.has(need))]),
  );
  const ranks = new Map(levels(graph).flatMap((ids, rank) => ids.map((id) => [id, rank] as const)));
  return { workflow, jobs: jobs.map((job) => ({ ...job, rank: ranks.get(job.id) ?? 0 })) };
}

function jobOf(
  { id, needs, condition, strategy }: Pick<Plan["jobs"][number], "id" | "needs"> & {
    readonly condition?: string | boolean;
    readonly strategy?: Plan["jobs"][number]["strategy"];
  },
  stages: readonly GraphStage[],
): UnrankedJob {
  return {
    ...{ id, needs, stages },
    condition: condition === undefined ? null : conditionText(condition),
    matrix: strategy === undefined ? null : axesText(strategy.matrix),
  };
}

function graphStage<
  T extends Pick<Stage, "key" | "name"> & { readonly condition?: string | boolean },
>(
  stage: T & { readonly bodies?: Readonly<Record<string, readonly T[]>> },
  stageKind: string,
  stageOf: (stage: T) => GraphStage,
): GraphStage {
  const { key, name, condition, bodies = {} } = stage;
  return {
    ...{ key, name, stage_kind: stageKind },
    condition: condition === undefined ? null : conditionText(condition),
    bodies: Object.fromEntries(
      Object.entries(bodies).map(([body, stages]) => [body, stages.map(stageOf)]),
    ),
  };
}
