/** Random plans that use everything a plan can say. @module */
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import type { Branch, Expansion, Refusal, Round } from "../../core/plan/expansion.ts";
import type {
  Plan,
  PlannedConcurrency,
  PlannedJob,
  PlannedStage,
  RetryRule,
  TriggerRule,
} from "../../core/plan/plan.ts";
import type { Language } from "../../core/run/contexts.ts";
import { below, hashOf, pick, type Random, seeded } from "./random.ts";

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
  "${{ always() }}",
  "${{ always() }}",
  "${{ failure() }}",
  "${{ cancelled() }}",
  "${{ params.yes }}",
  "${{ params.yes }}",
  "${{ params.no }}",
  "${{ needs.j0?.result? != 'failure' }}",
  "params.nothing",
];
const STAGE_CONDITIONS = [
  "${{ always() }}",
  "${{ always() }}",
  "${{ always() }}",
  "${{ failure() }}",
  "${{ cancelled() }}",
  "${{ params.no }}",
  "${{ stages.s0?.status? != 'FAILED' }}",
  "${{ stages.s0.status == 'SUCCESS' }}",
];

const JOB_OUTPUTS = ["${{ params }}", "${{ needs }}", "${{ stages? }}", "${{ stages }}"];

const GROUP = {
  groups: [{ name: "shared", limit: 1, onOverflow: "queue" }],
  covered: [],
  priority: 0,
} as const;

function groupOf(seed: number): PlannedConcurrency {
  return hashOf(`hold ${seed}`) % 2 === 0 ? GROUP : { ...GROUP, holdsWhileWaiting: true };
}

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
    ...(random() < 0.15 ? { timeoutMs: 100 + below(random, 500) } : {}),
    // By the seed itself, so that the rest of a plan is what it was.
    ...(hashOf(`group ${seed}`) % 3 === 0 ? { concurrency: groupOf(seed) } : {}),
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
    // Now and then one that is left out of the run.
    needs: [...earlier.filter(() => random() < 0.35), ...(random() < 0.05 ? ["gone"] : [])],
    ...(random() < 0.3 ? { condition: pick(random, JOB_CONDITIONS) } : {}),
    rule: ruleExplicit ? pick(random, RULES) : "all_success",
    ruleExplicit,
    ...(random() < 0.3 ? { strategy: randomStrategy(random) } : {}),
    stages: randomStages(random, 0),
    ...(random() < 0.3 ? { retry: randomRetry(random) } : {}),
    ...(random() < 0.15 ? { timeoutMs: 20 + below(random, 150) } : {}),
    runsOn: { type: random() < 0.03 ? "elsewhere" : "local", with: {} },
    env: {},
    ...(random() < 0.2 ? { outputs: { first: pick(random, JOB_OUTPUTS) } } : {}),
  };
}

function randomStrategy(random: Random): NonNullable<PlannedJob["strategy"]> {
  return {
    matrix: { n: Array.from({ length: below(random, 5) }, (_, i) => i) },
    include: [],
    exclude: random() < 0.2 ? [{ n: 1 }] : [],
    maxParallel: random() < 0.03 ? "${{ params.yes }}" : 1 + below(random, 3),
    failFast: random() < 0.5,
  };
}

function randomStages(random: Random, depth: number): PlannedStage[] {
  return Array.from(
    { length: random() < 0.1 ? 0 : 1 + below(random, 3) },
    (_, i) => randomStage(random, { key: `s${i}`, depth }),
  );
}

function randomStage(random: Random, { key, depth }: { key: string; depth: number }): PlannedStage {
  const isComposite = depth < 3 && random() < 0.35;
  return {
    key,
    ...(random() < 0.7 ? { id: key } : {}),
    name: random() < 0.1 ? `${key} of \${{ item? }} after \${{ stages.s0?.status? }}` : key,
    ...(isComposite ? randomNest(random, depth) : { kind: "leaf", input: {} }),
    ...(random() < 0.25 ? { condition: pick(random, STAGE_CONDITIONS) } : {}),
    ...(random() < 0.4 ? { retry: randomRetry(random) } : {}),
    ...(random() < 0.15 ? { timeoutMs: 5 + below(random, 60) } : {}),
    ...(random() < 0.15 ? { onLost: "fail" } : {}),
    ...(random() < 0.1 ? { outputs: { all: "${{ outputs }}" } } : {}),
  };
}

type Nest = Pick<PlannedStage, "kind" | "input" | "bodies">;

function randomNest(random: Random, depth: number): Nest {
  const stages = randomStages(random, depth + 1);
  switch (below(random, 3)) {
    case 0:
      return { kind: "fan", input: randomFan(random), bodies: { stages } };
    case 1:
      return { kind: "loop", input: randomLoop(random), bodies: { stages } };
    default:
      return {
        kind: "choice",
        input: { chosen: pick(random, ["one", "one", "other", "other", "none", "wrong"]) },
        bodies: { one: stages, other: randomStages(random, depth + 1) },
      };
  }
}

function randomFan(random: Random): ValueObject {
  return { width: below(random, 5), limit: 1 + below(random, 3), failFast: random() < 0.5 };
}

function randomLoop(random: Random): ValueObject {
  return { width: 1 + below(random, 2), enough: below(random, 5), most: 1 + below(random, 4) };
}

function randomRetry(random: Random): RetryRule {
  return { attempts: below(random, 3), delayMs: below(random, 40), backoff: 2 };
}

/** A language with one stage kind for each way to hold stages. */
export const simulatedLanguage: Language = {
  functions: BUILTIN_FUNCTIONS,
  filters: BUILTIN_FILTERS,
  hasRunner: (type) => type === "local",
  expand: ({ kind, input }, { rounds }) => {
    switch (kind) {
      case "fan":
        return fan(input);
      case "loop":
        return loop(input, rounds);
      case "choice":
        return choice(input);
      default:
        throw new Error(`Internal error: stage kind "${kind}" holds no stages`);
    }
  },
};

/** Like `foreach` and `parallel`: all at once, up to a limit. */
function fan({ width, limit, failFast }: ValueObject): Expansion {
  const keys = Array.from({ length: Number(width) }, (_, i) => String(i));
  return { ...OPENING, branches: keys.map(branch), limit: Number(limit), failFast: !!failFast };
}

/** Like `until`: round after round, until what they left behind is enough, or it was too often. */
function loop(
  { width, enough, most }: ValueObject,
  rounds: readonly Round[],
): Expansion | Refusal {
  const before = rounds.length / Number(width);
  const last = rounds.at(-1);
  if (last !== undefined && hashOf(JSON.stringify(last.outputs)) % 5 < Number(enough)) {
    return { ...OPENING, branches: [], again: Number(enough) === 2 };
  }
  if (before >= Number(most)) {
    return { outcome: "failed", name: "StageError", message: "Too often" };
  }
  const keys = Array.from({ length: Number(width) }, (_, i) => String(rounds.length + i));
  return { ...OPENING, branches: keys.map(branch), again: true, noun: "loop" };
}

/** Like `case`: one of several lists, or none. */
function choice({ chosen }: ValueObject): Expansion | Refusal {
  if (chosen === "none") return { outcome: "skipped", name: "StageSkipError", message: "None" };
  const { under: _under, ...opening } = OPENING;
  const body = chosen === "wrong" ? "missing" : String(chosen);
  return { ...opening, branches: [{ key: body, body, bindings: {} }], noun: "case", shown: [] };
}

const OPENING = {
  limit: 1,
  failFast: false,
  again: false,
  header: {},
  noun: "item",
  under: "items",
  shown: ["item"],
} as const;

function branch(key: string): Branch {
  return { key, body: "stages", bindings: { item: key } };
}
