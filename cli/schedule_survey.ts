/**
 * Looks at the workflows that start by themselves and keeps of them what says
 * when.
 *
 * @module
 */
import type { ConfSurvey } from "../core/engine/conf_survey.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { type ScheduledWorkflow, TriggerPool } from "../core/schedule/scheduled_workflow.ts";
import { collectGarbage } from "../platform/garbage.ts";
import type { Sluice } from "../preset.ts";

/** Looking at so many leaves more behind than is kept of them. */
export const MANY_WORKFLOWS = 100;

/** Which workflows a thread looks at. */
export interface SurveyInput {
  /** The folder of workflows. */
  readonly conf: string;
  /** Where runs are kept; nothing is opened there. */
  readonly state: string;
}

/** A survey of the workflows that start by themselves. */
export function surveyOf(sluice: Sluice): {
  readonly survey: ConfSurvey<ScheduledWorkflow>;
  readonly tidy: () => Promise<void>;
} {
  const pool = new TriggerPool();
  let seen = 0;
  const tidy = async () => {
    if (seen < MANY_WORKFLOWS) return;
    seen = 0;
    pool.clear();
    await collectGarbage();
  };
  const survey = sluice.conf.survey<ScheduledWorkflow>(async (workflow) => {
    if (seen >= MANY_WORKFLOWS) await collectGarbage();
    seen = seen % MANY_WORKFLOWS + 1;
    if (!startsByItself(workflow)) return { diagnostics: [] };
    const wrong = await sluice.check(workflow, { errorsOnly: true });
    if (wrong.length > 0) return { diagnostics: wrong };
    const { name, triggers, document: { file, text } } = workflow;
    return { kept: { name, file, text, triggers: pool.pooled(triggers) }, diagnostics: [] };
  });
  return { survey, tidy };
}

/** Whether a workflow has a schedule, follows another one, or has a trigger of a plugin. */
export function startsByItself({ triggers }: Pick<Workflow, "triggers">): boolean {
  return triggers.schedules.length + triggers.releases.length + triggers.others.length > 0;
}
