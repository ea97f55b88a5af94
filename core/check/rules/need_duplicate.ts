/**
 * A job needs the same job twice.
 *
 * @module
 */
import type { Rule } from "../rule.ts";

/** Reports needs that are written more than once. */
export const needDuplicate: Rule = {
  code: "need-duplicate",
  summary: "A job names the same job twice among its needs",
  check({ jobs }, { report }) {
    for (const { id, needs, path } of jobs.values()) {
      const first = new Map<string, number>();
      for (const [at, need] of needs.entries()) {
        const earlier = first.get(need);
        if (earlier === undefined) {
          first.set(need, at);
          continue;
        }
        report({
          severity: "warning",
          message: `Job "${id}" needs "${need}" twice; once is enough`,
          path: [...path, "needs", at],
          related: [{ message: "first named here", path: [...path, "needs", earlier] }],
        });
      }
    }
  },
};
