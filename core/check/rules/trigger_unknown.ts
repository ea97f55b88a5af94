/**
 * A stage starts a workflow that is not there.
 *
 * @module
 */
import { closestName } from "../../source/closest_name.ts";
import type { Rule } from "../rule.ts";
import { triggerStages } from "../trigger_stages.ts";

/** Reports trigger stages whose workflow is not known. */
export const triggerUnknown: Rule = {
  code: "trigger-unknown",
  summary: "A stage starts a workflow that does not exist",
  check(workflow, { facts: { workflows, workflowNames = [] }, report }) {
    if (workflows === undefined) return;
    for (const { stage, target } of triggerStages(workflow)) {
      if (target === workflow.name || workflows(target) !== undefined) continue;
      const guess = closestName(target, workflowNames);
      report({
        message: `Stage "${stage.name}" will fail: there is no workflow "${target}"` +
          (guess ? `; did you mean "${guess}"?` : ""),
        path: [...stage.path, "trigger"],
      });
    }
  },
};
