/**
 * A matrix opens more legs than anybody may have meant.
 *
 * @module
 */
import type { Value, ValueObject } from "../../expr/value.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import type { Rule } from "../rule.ts";

/** More legs than this are rarely meant. */
export const MANY_LEGS = 256;

/** Reports matrices whose axes, multiplied, are very many. */
export const matrixSize: Rule = {
  code: "matrix-size",
  summary: "A matrix opens very many legs",
  check({ jobs }, { report }) {
    for (const job of jobs.values()) {
      const axes = Object.values(mappingIn(job.strategy?.matrix));
      const legs = axes.reduce(
        (product: number, values) => product * (isWrittenList(values) ? values.length : 1),
        1,
      );
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

function mappingIn(matrix: Value | undefined): ValueObject {
  return isWrittenMapping(matrix) ? matrix : {};
}
