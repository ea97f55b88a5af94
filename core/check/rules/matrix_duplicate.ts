/**
 * A matrix lists a value twice.
 *
 * @module
 */
import { hasValue, literalMatrices } from "../literal_matrix.ts";
import type { Rule } from "../rule.ts";

/** Reports values that an axis has already: they open no further leg. */
export const matrixDuplicate: Rule = {
  code: "matrix-duplicate",
  summary: "An axis of a matrix lists a value twice",
  check(workflow, { report }) {
    for (const { job, axes } of literalMatrices(workflow)) {
      for (const [axis, values] of axes) {
        for (const [at, value] of values.entries()) {
          if (!hasValue(values.slice(0, at), value)) continue;
          report({
            severity: "warning",
            message:
              `The axis "${axis}" of job "${job.id}" has this value already; it opens no further leg`,
            path: [...job.path, "strategy", "matrix", axis, at],
          });
        }
      }
    }
  },
};
