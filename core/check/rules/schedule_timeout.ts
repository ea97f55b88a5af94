/**
 * A run that hangs is ended by its own limit, or by the one of the settings: an hour where nobody says.
 *
 * @module
 */
import type { Rule } from "../rule.ts";

/** Reports workflows that start by themselves and set no limit of their own to how long they take. */
export const scheduleTimeout: Rule = {
  code: "schedule-timeout",
  summary: "A workflow that starts by itself sets no limit to how long it may take",
  check({ triggers, timeoutMs, jobs, path }, { report }) {
    if (triggers.schedules.length === 0 || timeoutMs !== undefined) return;
    const isLimited = [...jobs.values()].every((job) =>
      job.timeoutMs !== undefined || job.stages.every((stage) => stage.timeoutMs !== undefined)
    );
    if (isLimited) return;
    report({
      severity: "info",
      message: 'A scheduled run may hang for an hour; say how long it may take: "timeout"',
      path: [...path, "on"],
      target: "key",
    });
  },
};
