/**
 * A matrix adds what it has already, or cannot add.
 *
 * @module
 */
import type { ValueObject } from "../../expr/value.ts";
import { closestName } from "../../source/closest_name.ts";
import { covers, literalMatrices, type LiteralMatrix, matches } from "../literal_matrix.ts";
import type { Rule } from "../rule.ts";

/** Reports inclusions that open no further leg, and those with an axis that is not there, with which the job fails. */
export const matrixInclude: Rule = {
  code: "matrix-include",
  summary: "A matrix includes a combination that it has already",
  check(workflow, { report }) {
    for (const matrix of literalMatrices(workflow)) {
      for (const [at, entry] of matrix.include.entries()) {
        const problem = problemWith(entry, { at, matrix });
        if (problem === undefined) continue;
        const path = [...matrix.job.path, "strategy", "include", at, ...problem.keys];
        report({ severity: "warning", message: problem.message, path, target: problem.target });
      }
    }
  },
};

function problemWith(
  entry: ValueObject,
  { at, matrix }: { readonly at: number; readonly matrix: LiteralMatrix },
) {
  const { axes, include, exclude, job } = matrix;
  const unknown = Object.keys(entry).find((axis) => !axes.has(axis));
  if (unknown !== undefined) {
    const guess = closestName(unknown, axes.keys());
    const message = `Job "${job.id}" will fail: it includes "${unknown}", ` +
      "which is no axis of its matrix" + (guess ? `; did you mean "${guess}"?` : "");
    return { message, keys: [unknown], target: "key" } as const;
  }
  const isWhole = Object.keys(entry).length === axes.size;
  const isThere = isWhole && matches(matrix, entry) && !exclude.some((left) => covers(left, entry));
  const isRepeated = include.slice(0, at).some((other) =>
    covers(other, entry) && covers(entry, other)
  );
  if (!isThere && !isRepeated) return undefined;
  return {
    message: `This includes nothing new: job "${job.id}" has this combination already`,
    keys: [],
    target: "value",
  } as const;
}
