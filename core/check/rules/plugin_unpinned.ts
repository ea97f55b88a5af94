/**
 * A stage names a plugin that is not installed.
 *
 * @module
 */
import { parsePluginUse, specifierProblem } from "../../model/plugin_use.ts";
import { stagesOf } from "../../model/workflow.ts";
import type { Rule } from "../rule.ts";

/** Reports a `uses:` that names a plugin by where it comes from and that no installed plugin answers. */
export const pluginUnpinned: Rule = {
  code: "plugin-unpinned",
  summary: "A stage uses a plugin that is not installed, or names no exact version of it",
  check({ jobs }, { report }) {
    for (const { stages } of jobs.values()) {
      for (const { name, input, syntax, path } of stagesOf(stages)) {
        // A plugin that is installed has a kind of its own.
        const uses = syntax.values === undefined ? input.uses : undefined;
        const use = typeof uses === "string" ? parsePluginUse(uses) : undefined;
        if (use === undefined) continue;
        const problem = specifierProblem(use.specifier) ??
          `no installed plugin has it; run "sluice plugin add ${use.specifier}", or "sluice plugin list" to see what there is`;
        report({
          message: `Stage "${name}" cannot use "${String(uses)}": ${problem}`,
          path: [...path, "uses"],
        });
      }
    }
  },
};
