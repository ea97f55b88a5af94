/**
 * A stage that holds stages, loaded from its YAML and opened as a run would
 * open it.
 *
 * @module
 */
import { loadLanguage } from "../../core/engine/language.ts";
import type { EvaluationContext } from "../../core/expr/evaluation_context.ts";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { loadWorkflow } from "../../core/model/load_workflow.ts";
import { makePlan } from "../../core/plan/make_plan.ts";
import type { Expansion, Refusal, Round } from "../../core/plan/expansion.ts";
import type { PlannedStage } from "../../core/plan/plan.ts";
import type { StageKind } from "../../core/plugin/stage_kind.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import { empty } from "../../stages/empty.ts";

/** What the stage's expressions see, and the rounds behind it. */
export interface Surroundings {
  readonly names?: ValueObject;
  readonly rounds?: readonly Round[];
}

/** The messages of all that is wrong with a stage of this kind. */
export function problemsIn(kind: StageKind, yaml: string): readonly string[] {
  const loaded = load(kind, yaml);
  return loaded.ok ? [] : loaded.errors.map(({ message }) => message);
}

/** The stage as planned. */
export function planned(kind: StageKind, yaml: string): PlannedStage {
  return planOf(kind, yaml).jobs[0]!.stages[0]!;
}

/** What the stage opens into. */
export async function expandStage(
  kind: StageKind,
  yaml: string,
  { names = {}, rounds = [] }: Surroundings = {},
): Promise<Expansion | Refusal> {
  const plan = planOf(kind, yaml);
  const registry = createRegistry([kind, empty()].map(({ name, keys }) => ({
    name,
    keys,
    load: () => Promise.resolve(name === kind.name ? kind : empty()),
  })));
  const language = await loadLanguage(plan, {
    registry,
    env: { PLACE: "here" },
  });
  const context: EvaluationContext = {
    lookup: (name) => names[name],
    functions: BUILTIN_FUNCTIONS,
    filters: BUILTIN_FILTERS,
    nowMs: 0,
    status: "success",
  };
  return language.expand(plan.jobs[0]!.stages[0]!, { context, rounds });
}

/** What the stage opens into, when that is anything. */
export async function opened(
  kind: StageKind,
  yaml: string,
  surroundings: Surroundings = {},
): Promise<Expansion> {
  const expansion = await expandStage(kind, yaml, surroundings);
  if ("outcome" in expansion) throw new Error(`It was refused: ${expansion.message}`);
  return expansion;
}

function load(kind: StageKind, yaml: string) {
  const indented = yaml.trim().replace(/^/gm, "          ").trimStart();
  const text = `w:\n  type: Workflow\n  jobs:\n    main:\n      stages:\n        - ${indented}\n`;
  return loadWorkflow(text, "stage.yml", { stages: [kind, empty()] });
}

function planOf(kind: StageKind, yaml: string) {
  const loaded = load(kind, yaml);
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join("\n"));
  return makePlan(loaded.value[0]!, {
    engine: "0",
    params: {},
    maxParallel: 1,
    stageDefaultId: true,
    scriptLang: "ts",
    extras: {},
    ancestry: [],
  });
}
