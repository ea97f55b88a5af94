/**
 * The plan of a run: the workflow with everything decided that can be decided
 * before it begins.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Job, Stage, Workflow } from "../model/workflow.ts";
import { findCycle } from "../model/graph.ts";
import type { Plan, PlannedConcurrency, PlannedJob, PlannedRelease, PlannedStage } from "./plan.ts";

/** What the plan is made with besides the workflow. */
export interface PlanFacts {
  /** The engine's version. */
  readonly engine: string;
  /** The way from the folder of the runs to the file of the workflow. @default nobody says */
  readonly file?: string | undefined;
  /** Where foreign code is not isolated. @default it is */
  readonly isolation?: "none" | undefined;
  /** The parameters, converted by `convertParams`. */
  readonly params: ValueObject;
  /** Milliseconds that the run may take; absent means no limit. */
  readonly timeoutMs?: number | undefined;
  /** How many jobs may run at once. */
  readonly maxParallel: number;
  /** Whether stages without id leave outputs. */
  readonly stageDefaultId: boolean;
  /** The language of `run:` where nothing says otherwise. */
  readonly scriptLang: Plan["scriptLang"];
  /** What the caller hands to the run besides parameters; goes before the workflow's own. */
  readonly extras: ValueObject;
  /** The workflows whose trigger stages led here, outermost first. */
  readonly ancestry: readonly string[];
  /** The slot that the run stands for. */
  readonly release?: PlannedRelease | undefined;
  /** The permits that the run needs. */
  readonly concurrency?: PlannedConcurrency | undefined;
}

/**
 * Makes the plan of a run. The workflow must have passed `checkWorkflow`: a
 * cycle or an unknown need is an internal error here.
 *
 * @example
 * ```ts
 * import { makePlan } from "./make_plan.ts";
 * import { loadWorkflow } from "../model/load_workflow.ts";
 * import { equal } from "node:assert/strict";
 *
 * const loaded = loadWorkflow("name: etl\njobs: {load: {}}", "etl.yml", { stages: [] });
 * const workflow = loaded.ok ? loaded.value[0] : undefined;
 * const plan = workflow && makePlan(workflow, {
 *   engine: "1.0.0",
 *   params: {},
 *   maxParallel: 2,
 *   stageDefaultId: false,
 *   scriptLang: "ts",
 *   extras: {},
 *   ancestry: [],
 * });
 * equal(plan?.jobs[0]?.id, "load");
 * ```
 */
export function makePlan(workflow: Workflow, facts: PlanFacts): Plan {
  const { timeoutMs, release, concurrency, isolation, file } = facts;
  return {
    workflow: workflow.name,
    digest: workflow.digest,
    ...(file !== undefined && { file }),
    engine: facts.engine,
    ...(isolation && { isolation }),
    jobs: plannedJobs(workflow),
    maxParallel: facts.maxParallel,
    params: facts.params,
    env: workflow.env,
    stageDefaultId: facts.stageDefaultId,
    scriptLang: facts.scriptLang,
    extras: { ...workflow.extras, ...facts.extras },
    ancestry: facts.ancestry,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(release && { release }),
    ...(concurrency && { concurrency }),
  };
}

/** The same for all runs of a workflow, which share them. */
const PLANNED = new WeakMap<Workflow["jobs"], readonly PlannedJob[]>();

function plannedJobs(workflow: Workflow): readonly PlannedJob[] {
  const known = PLANNED.get(workflow.jobs);
  if (known !== undefined) return known;
  assertOrdered(workflow);
  const planned = Array.from(workflow.jobs.values(), planJob);
  PLANNED.set(workflow.jobs, planned);
  return planned;
}

// A plan that cannot come to its end must never reach a journal.
function assertOrdered(workflow: Workflow): void {
  const graph = new Map(Array.from(workflow.jobs.values(), (job) => [job.id, job.needs]));
  const cycle = findCycle(graph);
  if (cycle !== undefined) {
    throw new Error(
      `Internal error: unchecked workflow "${workflow.name}" has a cycle: ${cycle.join(" → ")}`,
    );
  }
  for (const { id, needs } of workflow.jobs.values()) {
    const unknown = needs.find((need) => !graph.has(need));
    if (unknown !== undefined) {
      throw new Error(
        `Internal error: job "${id}" of unchecked workflow "${workflow.name}" needs "${unknown}"`,
      );
    }
  }
}

function planJob(job: Job): PlannedJob {
  const { id, rule, ruleExplicit, condition, strategy, retry, timeoutMs, outputs } = job;
  return {
    id,
    needs: [...new Set(job.needs)],
    rule,
    ruleExplicit,
    stages: job.stages.map(planStage),
    runsOn: job.runsOn,
    env: job.env,
    ...(condition !== undefined && { condition }),
    ...(strategy && { strategy }),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(outputs && { outputs }),
  };
}

function planStage(stage: Stage): PlannedStage {
  const { key, id, name, condition, input, retry, timeoutMs, onLost, outputs, bodies } = stage;
  return {
    key,
    name,
    kind: stage.syntax.name,
    input,
    ...(id !== undefined && { id }),
    ...(condition !== undefined && { condition }),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(onLost && { onLost }),
    ...(outputs && { outputs }),
    ...(bodies && { bodies: planBodies(bodies) }),
  };
}

function planBodies(
  bodies: Readonly<Record<string, readonly Stage[]>>,
): Readonly<Record<string, readonly PlannedStage[]>> {
  return Object.fromEntries(
    Object.entries(bodies).map(([name, stages]) => [name, stages.map(planStage)]),
  );
}
