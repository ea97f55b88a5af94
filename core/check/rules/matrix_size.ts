/**
 * A matrix opens more legs than anybody may have meant.
 *
 * @module
 */
import { literalMatrices } from "../literal_matrix.ts";
import type { Rule } from "../rule.ts";

/** More legs than this are rarely meant. */
export const MANY_LEGS = 256;

/** Reports matrices whose axes, multiplied, are very many. */
export const matrixSize: Rule = {
  code: "matrix-size",
  summary: "A matrix opens very many legs",
  check(workflow, { report }) {
    for (const { job, axes } of literalMatrices(workflow)) {
      const legs = [...axes.values()].reduce((product, values) => product * values.length, 1);
      if (legs <= MANY_LEGS) continue;
      report({
        severity: "warning",
        message: `The matrix of job "${job.id}" opens ${legs} legs, more than ${MANY_LEGS}`,
        path: [...job.path, "strategy", "matrix"],
        target: "key",
      });
    }
  },
};
