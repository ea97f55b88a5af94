/**
 * Workflows start one another in a circle.
 *
 * @module
 */
import type { Workflow } from "../../model/workflow.ts";
import { dependants } from "../../model/graph.ts";
import type { CheckFacts, Rule } from "../rule.ts";
import { triggerStages } from "../trigger_stages.ts";

/** The most workflows that are followed from one to the next. */
const MAX_FOLLOWED = 1_000;

/** Reports trigger stages that lead back to their own workflow. They fail when the circle closes. */
export const triggerCycle: Rule = {
  code: "trigger-cycle",
  summary: "A stage starts a workflow that in the end starts this one again",
  check(workflow, { facts, report }) {
    const back = waysBack(workflow, facts);
    for (const { stage, target } of triggerStages(workflow)) {
      const way = wayFrom(target, workflow.name, back);
      if (way === undefined) continue;
      report({
        message: `Stage "${stage.name}" will fail: it closes a circle of workflows, ` +
          [workflow.name, ...way].join(" → "),
        path: [...stage.path, "trigger"],
      });
    }
  },
};

/** For each workflow that leads back to `start`: the next one on the shortest way. */
function waysBack(start: Workflow, facts: CheckFacts): ReadonlyMap<string, string> {
  const starters = dependants(followed(start, facts));
  const next = new Map<string, string>();
  const open = [start.name];
  for (const name of open) {
    for (const starter of starters.get(name) ?? []) {
      if (next.has(starter)) continue;
      next.set(starter, name);
      open.push(starter);
    }
  }
  return next;
}

function wayFrom(
  target: string,
  start: string,
  back: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const way = [target];
  for (let name = target; name !== start;) {
    const next = back.get(name);
    if (next === undefined) return undefined;
    way.push(next);
    name = next;
  }
  return way;
}

/** Which workflow starts which, from `start` on. */
function followed(
  start: Workflow,
  { workflows }: CheckFacts,
): ReadonlyMap<string, readonly string[]> {
  const graph = new Map<string, readonly string[]>();
  const open = [start];
  for (const workflow of open) {
    if (graph.has(workflow.name)) continue;
    if (graph.size === MAX_FOLLOWED) break;
    const targets = triggerStages(workflow).map(({ target }) => target);
    graph.set(workflow.name, targets);
    open.push(...targets.flatMap((target) => workflows?.(target) ?? []));
  }
  return graph;
}
