/**
 * The permits that a run will need: its workflow's group and the limit on all
 * runs, with what the settings say where the workflow is silent.
 *
 * @module
 */
import { type ConcurrencySettings, MAX_GROUP_LIMIT } from "../model/concurrency.ts";
import type { Workflow } from "../model/workflow.ts";
import type { PlannedConcurrency, PlannedGroup } from "../plan/plan.ts";

/** The name of the group of all runs. */
export const ALL_RUNS = "";

/** What the permits of a run are planned with. */
export interface ConcurrencyFacts {
  /** What holds for all runs of the store. */
  readonly settings: ConcurrencySettings;
  /** Groups in which the runs that led here hold places for it: to wait for them would be to wait for ever. */
  readonly covered: readonly string[];
  /** Renders the name of a group. */
  readonly render: (template: string) => string;
}

/** The permits of a run; `undefined` when it needs none. */
export function planConcurrency(
  workflow: Pick<Workflow, "name" | "concurrency">,
  { settings, covered, render }: ConcurrencyFacts,
): PlannedConcurrency | undefined {
  const groups = [
    ...groupOfAll(settings),
    ...groupOfWorkflow(workflow, { settings, render }),
  ].filter(({ name }) => !covered.includes(name));
  if (groups.length === 0 && covered.length === 0) return undefined;
  const { priority = 0, whileWaiting } = workflow.concurrency ?? {};
  return { groups, covered, priority, ...(whileWaiting === "hold" && { holdsWhileWaiting: true }) };
}

/** The groups in which a run holds places for those that it starts. */
export function coveredBy(concurrency: PlannedConcurrency | undefined): readonly string[] {
  if (concurrency === undefined) return [];
  return [...concurrency.covered, ...concurrency.groups.map(({ name }) => name)];
}

function groupOfAll({ all: { limit, rate } }: ConcurrencySettings): readonly PlannedGroup[] {
  if (limit === undefined && rate === undefined) return [];
  return [{
    name: ALL_RUNS,
    limit: limit ?? MAX_GROUP_LIMIT,
    onOverflow: "queue",
    ...(rate && { rate }),
  }];
}

function groupOfWorkflow(
  { name: workflow, concurrency }: Pick<Workflow, "name" | "concurrency">,
  { settings, render }: Pick<ConcurrencyFacts, "settings" | "render">,
): readonly PlannedGroup[] {
  if (concurrency === undefined) return [];
  const name = render(concurrency.group ?? workflow);
  const shared = settings.groups.get(name);
  const rate = concurrency.rate ?? shared?.rate;
  // Who writes a rate alone does not mean one at a time.
  const limit = concurrency.limit ?? shared?.limit ?? (rate === undefined ? 1 : MAX_GROUP_LIMIT);
  return [{
    name,
    limit,
    onOverflow: concurrency.onOverflow ?? "queue",
    ...(rate && { rate }),
  }];
}
