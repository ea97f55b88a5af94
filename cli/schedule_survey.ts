/**
 * Looks at the workflows that start by themselves and keeps of them what says
 * when.
 *
 * @module
 */
import type { ConfListing } from "../core/engine/conf_folder.ts";
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
    if (seen < MANY_WORKFLOWS && !hasListed) return;
    seen = 0;
    hasListed = false;
    pool.clear();
    await collectGarbage();
  };
  // One list for all that are looked at together, and only where one of them triggers others.
  let others: Promise<ConfListing> | undefined;
  let hasListed = false;
  const listOthers = () => {
    hasListed = true;
    return others ??= sluice.conf.list({ forget: true });
  };
  const survey = sluice.conf.survey<ScheduledWorkflow>(async (workflow) => {
    if (seen >= MANY_WORKFLOWS) await collectGarbage();
    seen = seen % MANY_WORKFLOWS + 1;
    if (!startsByItself(workflow)) return { diagnostics: [] };
    const wrong = await sluice.check(workflow, { errorsOnly: true, conf: { list: listOthers } });
    if (wrong.length > 0) return { diagnostics: wrong };
    const { name, triggers, document: { file, text } } = workflow;
    return { kept: { name, file, text, triggers: pool.pooled(triggers) }, diagnostics: [] };
  });
  const list = () => survey.list().finally(() => others = undefined);
  return { survey: { ...survey, list }, tidy };
}

/** Whether a workflow has a schedule, follows another one, or has a trigger of a plugin. */
export function startsByItself({ triggers }: Pick<Workflow, "triggers">): boolean {
  return triggers.schedules.length + triggers.releases.length + triggers.others.length > 0;
}
