/**
 * A workflow follows one that is not there.
 *
 * @module
 */
import { closestName } from "../../source/closest_name.ts";
import type { Rule } from "../rule.ts";

/** Reports releases of workflows that are not known: nothing would ever start by them. */
export const releaseUnknown: Rule = {
  code: "release-unknown",
  summary: "A workflow follows one that does not exist, so nothing starts it",
  check({ name, triggers: { releases } }, { facts: { workflows, workflowNames = [] }, report }) {
    if (workflows === undefined) return;
    for (const { workflow: followed, path } of releases) {
      if (followed === name || workflows(followed) !== undefined) continue;
      const guess = closestName(followed, workflowNames);
      report({
        severity: "warning",
        message: `Nothing is started by this: there is no workflow "${followed}"` +
          (guess ? `; did you mean "${guess}"?` : ""),
        path,
      });
    }
  },
};
