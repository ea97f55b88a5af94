/**
 * Jobs wait for one another in a circle.
 *
 * @module
 */
import type { Job, Workflow } from "../../model/workflow.ts";
import { findCycle } from "../../model/graph.ts";
import type { Rule, RuleFinding } from "../rule.ts";

/** The most cycles that are reported at once. */
const MAX_CYCLES = 10;

/** Reports jobs that could never begin, because they need themselves in the end. */
export const needCycle: Rule = {
  code: "need-cycle",
  summary: "Jobs need one another in a circle, so none of them can begin",
  vital: true,
  check(workflow, { report }) {
    const graph = new Map(Array.from(workflow.jobs.values(), (job) => [job.id, job.needs]));
    for (let found = 0; found < MAX_CYCLES; found++) {
      const cycle = findCycle(graph);
      if (cycle === undefined) return;
      report(findingOf(cycle, workflow));
      for (const id of cycle) graph.delete(id);
    }
  },
};

function findingOf(cycle: readonly string[], { jobs }: Workflow): RuleFinding {
  const steps = cycle.slice(0, -1).flatMap((id, at) => {
    const [job, need] = [jobs.get(id), cycle[at + 1]];
    return job === undefined || need === undefined ? [] : [stepOf(job, need)];
  });
  const [first, ...rest] = steps;
  const message = `These jobs wait for one another and none can begin: ${cycle.join(" → ")}`;
  if (first === undefined) throw new Error("Internal error: a cycle without a job");
  return { message, path: first.path, related: rest };
}

function stepOf(job: Job, need: string) {
  return {
    message: `job "${job.id}" needs "${need}"`,
    path: [...job.path, "needs", job.needs.indexOf(need)],
  };
}
