/**
 * What `sluice plan --json` prints.
 *
 * @module
 */
import { literalLegs } from "../core/engine/render/plan_lines.ts";
import type { ValueObject } from "../core/expr/value.ts";
import type {
  Count,
  Plan,
  PlannedJob,
  PlannedStage,
  PlannedStrategy,
  RetryRule,
} from "../core/plan/plan.ts";

/** What is known of a plan besides itself. */
export interface PlanKnowledge {
  /** Whether a condition holds, where the parameters decide it. */
  readonly decide: (condition: string | boolean) => boolean | undefined;
  /** What a stage asks of the machine: `run bash`. */
  readonly touches: (stage: PlannedStage) => readonly string[];
}

/** A plan as one document: `null` stands for what is known only once the run is there. */
export function planDocument(plan: Plan, knowledge: PlanKnowledge): unknown {
  const { workflow, digest, engine, params, env, extras, timeoutMs, maxParallel, jobs } = plan;
  return {
    ...{ workflow, digest, engine, params, env, extras },
    timeout_ms: timeoutMs ?? null,
    max_parallel: maxParallel,
    script_lang: plan.scriptLang,
    jobs: jobs.map((job) => jobDocument(job, knowledge)),
  };
}

function jobDocument(job: PlannedJob, knowledge: PlanKnowledge): unknown {
  const { id, needs, rule, condition, strategy, retry, timeoutMs, runsOn, env, stages } = job;
  return {
    ...{ id, needs, rule, ...conditionDocument(condition, knowledge) },
    ...(strategy && { strategy: strategyDocument(strategy) }),
    ...limitsDocument({ retry, timeoutMs }),
    runs_on: runsOn,
    env,
    stages: stages.map((stage) => stageDocument(stage, knowledge)),
  };
}

function stageDocument(stage: PlannedStage, knowledge: PlanKnowledge): unknown {
  const { id, name, kind, condition, input, retry, timeoutMs, onLost, bodies } = stage;
  return {
    ...(id !== undefined && { id }),
    ...{ name, kind, ...conditionDocument(condition, knowledge) },
    input,
    ...limitsDocument({ retry, timeoutMs }),
    ...(onLost && { on_lost: onLost }),
    touches: knowledge.touches(stage),
    ...(bodies && { stages: bodiesDocument(bodies, knowledge) }),
  };
}

/** The lists of stages within a stage, by name. */
function bodiesDocument(
  bodies: NonNullable<PlannedStage["bodies"]>,
  knowledge: PlanKnowledge,
): unknown {
  return Object.fromEntries(
    Object.entries(bodies).map(([name, stages]) =>
      [name, stages.map((stage) => stageDocument(stage, knowledge))] as const
    ),
  );
}

function conditionDocument(
  condition: string | boolean | undefined,
  { decide }: PlanKnowledge,
): ValueObject {
  return condition === undefined ? {} : { if: condition, holds: decide(condition) ?? null };
}

function strategyDocument(strategy: PlannedStrategy): unknown {
  const { matrix, include, exclude, maxParallel, failFast } = strategy;
  return {
    ...{ matrix, include, exclude },
    max_parallel: maxParallel,
    fail_fast: failFast,
    legs: literalLegs(strategy) ?? null,
  };
}

interface Limits {
  readonly retry: RetryRule | undefined;
  readonly timeoutMs: Count | undefined;
}

function limitsDocument({ retry, timeoutMs }: Limits): ValueObject {
  return {
    ...(retry && {
      retry: {
        attempts: retry.attempts,
        delay_ms: retry.delayMs ?? null,
        backoff: retry.backoff ?? 1,
      },
    }),
    ...(typeof timeoutMs === "number" && { timeout_ms: timeoutMs }),
    // A template gives seconds.
    ...(typeof timeoutMs === "string" && { timeout: timeoutMs }),
  };
}
