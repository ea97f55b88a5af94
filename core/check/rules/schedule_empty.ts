/**
 * A workflow that starts by itself and has nothing to do.
 *
 * @module
 */
import type { Rule } from "../rule.ts";

/** Reports workflows without a stage that something starts: each run ends at once, and nothing fails. */
export const scheduleEmpty: Rule = {
  code: "schedule-empty",
  summary: "A workflow that starts by itself has no stage, so its runs do nothing",
  check({ triggers, jobs, unread, path }, { report }) {
    const { schedules, releases, others } = triggers;
    if (schedules.length + releases.length + others.length === 0 || !unread.isRight) return;
    if ([...jobs.values()].some(({ stages }) => stages.length > 0)) return;
    report({
      severity: "warning",
      message: "Each run that this starts ends at once: the workflow has no stage",
      path: [...path, "on"],
      target: "key",
    });
  },
};
