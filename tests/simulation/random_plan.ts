/** Random plans that use everything a plan can say. @module */
import type { ValueObject } from "../../core/expr/value.ts";
import type { Expansion } from "../../core/plan/expansion.ts";
import type {
  Plan,
  PlannedJob,
  PlannedStage,
  RetryRule,
  TriggerRule,
} from "../../core/plan/plan.ts";
import type { Language } from "../../core/run/contexts.ts";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import { below, pick, type Random, seeded } from "./random.ts";

const RULES: readonly TriggerRule[] = [
  "all_success",
  "all_failed",
  "all_done",
  "one_success",
  "one_failed",
  "none_failed",
  "none_skipped",
];

const JOB_CONDITIONS = [
  "${{ always() }}",
  "${{ failure() }}",
  "${{ params.yes }}",
  "${{ params.no }}",
  "params.nothing",
];
const STAGE_CONDITIONS = [
  "${{ always() }}",
  "${{ failure() }}",
  "${{ cancelled() }}",
  "${{ params.no }}",
];

/** The plan of a seed. */
export function randomPlan(seed: number): Plan {
  const random = seeded(seed);
  const count = 1 + below(random, 6);
  const ids = Array.from({ length: count }, (_, i) => `j${i}`);
  return {
    workflow: "simulated",
    digest: "",
    engine: "test",
    jobs: ids.map((id, i) => randomJob(random, { id, earlier: ids.slice(0, i) })),
    maxParallel: 1 + below(random, 3),
    ...(random() < 0.1 ? { timeoutMs: 200 + below(random, 800) } : {}),
    params: { yes: true, no: false },
    env: {},
    stageDefaultId: random() < 0.5,
    scriptLang: "ts",
    extras: {},
    ancestry: [],
  };
}

function randomJob(
  random: Random,
  { id, earlier }: { id: string; earlier: readonly string[] },
): PlannedJob {
  const ruleExplicit = random() < 0.3;
  return {
    id,
    needs: earlier.filter(() => random() < 0.35),
    ...(random() < 0.3 ? { condition: pick(random, JOB_CONDITIONS) } : {}),
    rule: ruleExplicit ? pick(random, RULES) : "all_success",
    ruleExplicit,
    ...(random() < 0.3 ? { strategy: randomStrategy(random) } : {}),
    stages: randomStages(random, 0),
    ...(random() < 0.2 ? { retry: randomRetry(random) } : {}),
    ...(random() < 0.15 ? { timeoutMs: 50 + below(random, 200) } : {}),
    runsOn: { type: random() < 0.03 ? "elsewhere" : "local", with: {} },
    env: {},
  };
}

function randomStrategy(random: Random): NonNullable<PlannedJob["strategy"]> {
  return {
    matrix: { n: Array.from({ length: below(random, 4) }, (_, i) => i) },
    include: [],
    exclude: random() < 0.2 ? [{ n: 1 }] : [],
    maxParallel: 1 + below(random, 3),
    failFast: random() < 0.5,
  };
}

function randomStages(random: Random, depth: number): PlannedStage[] {
  return Array.from(
    { length: below(random, 4) },
    (_, i) => randomStage(random, { key: `s${i}`, depth }),
  );
}

function randomStage(random: Random, { key, depth }: { key: string; depth: number }): PlannedStage {
  const composite = depth < 3 && random() < 0.25;
  return {
    key,
    ...(random() < 0.7 ? { id: key } : {}),
    name: key,
    kind: composite ? "nest" : "leaf",
    ...(random() < 0.25 ? { condition: pick(random, STAGE_CONDITIONS) } : {}),
    input: composite ? randomNest(random) : {},
    ...(random() < 0.4 ? { retry: randomRetry(random) } : {}),
    ...(random() < 0.15 ? { timeoutMs: 10 + below(random, 60) } : {}),
    ...(random() < 0.15 ? { onLost: "fail" } : {}),
    ...(composite ? { bodies: { stages: randomStages(random, depth + 1) } } : {}),
  };
}

function randomNest(random: Random): ValueObject {
  return {
    width: below(random, 4),
    limit: 1 + below(random, 3),
    failFast: random() < 0.5,
    rounds: 1 + below(random, 3),
  };
}

function randomRetry(random: Random): RetryRule {
  return { attempts: below(random, 3), delayMs: below(random, 40), backoff: 2 };
}

/** A language whose composite stages open what their input says. */
export const simulatedLanguage: Language = {
  functions: BUILTIN_FUNCTIONS,
  filters: BUILTIN_FILTERS,
  hasRunner: (type) => type === "local",
  expand: ({ input }, { rounds }) => {
    const { width, limit, failFast, rounds: last } = input;
    const round = new Set(rounds.map(({ number }) => number)).size;
    if (round > 0 && round / Math.max(1, Number(width)) >= Number(last)) {
      return nest([], { limit: 1, failFast: false, again: false });
    }
    const keys = Array.from({ length: Number(width) }, (_, i) => `${round + i}`);
    return nest(keys, {
      limit: Number(limit),
      failFast: failFast === true,
      again: keys.length > 0 && Number(last) > 1,
    });
  },
};

function nest(
  keys: readonly string[],
  how: Pick<Expansion, "limit" | "failFast" | "again">,
): Expansion {
  return {
    ...how,
    branches: keys.map((key) => ({ key, body: "stages", bindings: { item: key } })),
    header: {},
    noun: "item",
    under: "items",
    shown: ["item"],
  };
}
