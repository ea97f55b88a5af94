/**
 * A job needs a job that is not there.
 *
 * @module
 */
import { closestName } from "../../source/closest_name.ts";
import type { Rule } from "../rule.ts";

/** Reports needs that name no job of the workflow. */
export const needUnknown: Rule = {
  code: "need-unknown",
  summary: "A job needs a job that the workflow does not define",
  vital: true,
  check({ jobs }, { report }) {
    for (const { id, needs, path } of jobs.values()) {
      for (const [at, need] of needs.entries()) {
        if (jobs.has(need)) continue;
        const guess = closestName(need, jobs.keys());
        report({
          message:
            `Cannot order job "${id}": it needs "${need}", which this workflow does not define` +
            (guess
              ? `; did you mean "${guess}"?`
              : need.includes(",")
              ? `; write a list: [${need}]`
              : ""),
          path: [...path, "needs", at],
          ...(guess !== undefined && {
            fix: { text: guess, was: need, within: { start: 0, end: need.length } },
          }),
        });
      }
    }
  },
};
