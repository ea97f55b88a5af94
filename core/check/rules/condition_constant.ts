/**
 * A condition that does not depend on anything.
 *
 * @module
 */
import { type Node, walk } from "../../expr/ast.ts";
import { constantCondition } from "../constant_condition.ts";
import type { Rule } from "../rule.ts";

/** Reports conditions that always come to the same. Plain `true` and `false` are meant so. */
export const conditionConstant: Rule = {
  code: "condition-constant",
  summary: "A condition always comes to the same",
  check(_, { texts, report }) {
    for (const { reading, expects, text, expressions: [expression], path } of texts) {
      if (reading !== "condition" || expects === undefined || expression === undefined) continue;
      if (isSwitch(expression.root)) continue;
      const holds = constantCondition(text);
      if (holds === undefined) continue;
      report({
        severity: "warning",
        message: `This condition is always ${holds}: it reads nothing that a run could change`,
        path,
      });
    }
  },
};

/** Whether it says `true`, `false` or `always()` and no more: that is how parts are switched on and off. */
function isSwitch(root: Node): boolean {
  let isPlain = true;
  walk(root, ({ kind }) => isPlain &&= kind === "hole" || kind === "literal" || kind === "call");
  return isPlain;
}
