/**
 * Workflows that start one another by their releases without end.
 *
 * @module
 */
import type { ScheduledWorkflow } from "./scheduled_workflow.ts";

/** The names of the workflows that follow themselves by way of others, each circle as one list. */
export function releaseCycles(
  workflows: readonly Pick<ScheduledWorkflow, "name" | "triggers">[],
): readonly (readonly string[])[] {
  const follows = new Map(
    workflows.map(({ name, triggers }) => [name, triggers.releases.map((it) => it.workflow)]),
  );
  const finished = new Set<string>();
  const found: string[][] = [];
  for (const name of follows.keys()) walk(name, [], { follows, finished, found });
  return found;
}

function walk(
  name: string,
  way: readonly string[],
  known: {
    readonly follows: ReadonlyMap<string, readonly string[]>;
    readonly finished: Set<string>;
    readonly found: string[][];
  },
): void {
  const start = way.indexOf(name);
  if (start >= 0) known.found.push(way.slice(start));
  if (start >= 0 || known.finished.has(name)) return;
  for (const next of known.follows.get(name) ?? []) walk(next, [...way, name], known);
  known.finished.add(name);
}
