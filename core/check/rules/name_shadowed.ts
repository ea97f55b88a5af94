/**
 * A stage takes a name away from the stages in it.
 *
 * @module
 */
import type { Workflow } from "../../model/workflow.ts";
import type { Rule } from "../rule.ts";
import { type BranchSite, type PlacedStage, placedStages } from "../site.ts";

/** Reports names such as `item` that a stage in another one binds anew, so that the outer ones cannot be read. */
export const nameShadowed: Rule = {
  code: "name-shadowed",
  summary: "A stage binds a name again that a stage around it has bound",
  check(workflow, { report }) {
    for (const { stage, branch } of allStages(workflow)) {
      const names = Object.keys(stage.syntax.scope?.binds ?? {});
      const shadowed = names.filter((name) => bindsAround(branch, name));
      if (shadowed.length === 0) continue;
      const listed = shadowed.map((name) => `"${name}"`).join(" and ");
      report({
        severity: "info",
        message:
          `The stages in "${stage.name}" cannot read the ${listed} of the stage around it: it has its own`,
        path: stage.path,
      });
    }
  },
};

function* allStages({ jobs }: Workflow): Generator<PlacedStage> {
  for (const job of jobs.values()) yield* placedStages(job);
}

function bindsAround({ around }: BranchSite, name: string): boolean {
  if (around === undefined) return false;
  return Object.hasOwn(around.stage.syntax.scope?.binds ?? {}, name) ||
    bindsAround(around.branch, name);
}
