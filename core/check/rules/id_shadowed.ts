/**
 * A stage has the id of one that it could otherwise read.
 *
 * @module
 */
import type { Stage, Workflow } from "../../model/workflow.ts";
import type { Rule } from "../rule.ts";
import { type BranchSite, type PlacedStage, placedStages } from "../site.ts";

/** Reports nested stages with the id of an earlier stage outside: from there on, the id means the inner one. */
export const idShadowed: Rule = {
  code: "id-shadowed",
  summary: "A nested stage has the id of an earlier stage outside",
  check(workflow, { report }) {
    for (const { stage, branch } of allStages(workflow)) {
      const outer = stage.id === undefined ? undefined : outerTwin(stage.id, branch);
      if (outer === undefined) continue;
      report({
        severity: "warning",
        message:
          `Stage "${stage.id}" hides an earlier stage of this id outside, which cannot be read any more`,
        path: [...stage.path, "id"],
        related: [{ message: "the earlier one", path: outer.path }],
      });
    }
  },
};

function* allStages({ jobs }: Workflow): Generator<PlacedStage> {
  for (const job of jobs.values()) yield* placedStages(job);
}

function outerTwin(id: string, { around }: BranchSite): Stage | undefined {
  if (around === undefined) return undefined;
  const { stages, before } = around.branch;
  return stages.slice(0, before).find((stage) => stage.id === id) ?? outerTwin(id, around.branch);
}
