/**
 * A matrix leaves out what it does not have.
 *
 * @module
 */
import type { ValueObject } from "../../expr/value.ts";
import { closestName } from "../../source/closest_name.ts";
import { literalMatrices, type LiteralMatrix, matches } from "../literal_matrix.ts";
import type { Rule } from "../rule.ts";

/** Reports exclusions that match no combination, and those by an axis that is not there, with which the job fails. */
export const matrixExclude: Rule = {
  code: "matrix-exclude",
  summary: "A matrix excludes a combination that it does not have",
  check(workflow, { report }) {
    for (const matrix of literalMatrices(workflow)) {
      for (const [at, entry] of matrix.exclude.entries()) {
        const problem = problemWith(entry, matrix);
        if (problem === undefined) continue;
        const path = [...matrix.job.path, "strategy", "exclude", at, ...problem.keys];
        report({ severity: "warning", message: problem.message, path, target: problem.target });
      }
    }
  },
};

function problemWith(entry: ValueObject, matrix: LiteralMatrix) {
  const unknown = Object.keys(entry).find((axis) => !matrix.axes.has(axis));
  if (unknown !== undefined) {
    const guess = closestName(unknown, matrix.axes.keys());
    const message = `Job "${matrix.job.id}" will fail: it excludes by "${unknown}", ` +
      "which is no axis of its matrix" + (guess ? `; did you mean "${guess}"?` : "");
    return { message, keys: [unknown], target: "key" } as const;
  }
  if (matches(matrix, entry)) return undefined;
  return {
    message: `This excludes nothing: the matrix of job "${matrix.job.id}" has no such combination`,
    keys: [],
    target: "value",
  } as const;
}
