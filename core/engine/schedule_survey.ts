/**
 * Looks at the workflows that start by themselves and keeps of them what says
 * when.
 *
 * @module
 */
import type { Workflow } from "../model/workflow.ts";
import { type ScheduledWorkflow, TriggerPool } from "../schedule/scheduled_workflow.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { ConfFolder, ConfListing } from "./conf_folder.ts";
import type { ConfSurvey } from "./conf_survey.ts";

/** Looking at so many leaves more behind than is kept of them. */
export const MANY_WORKFLOWS = 100;

/** What a survey is made with. */
export interface ScheduleSurveyOptions {
  /** The workflows. */
  readonly conf: Pick<ConfFolder, "list" | "survey">;
  /** Finds what is wrong with one of them. */
  readonly check: (
    workflow: Workflow,
    options: { readonly errorsOnly: boolean; readonly conf: Pick<ConfFolder, "list"> },
  ) => Promise<readonly Diagnostic[]>;
  /** Lets go of what looking has left behind. @default nothing is done about it */
  readonly collectGarbage?: () => Promise<void>;
}

/** A survey of the workflows that start by themselves. */
export interface ScheduleSurvey {
  /** What there is; a workflow that the checker refuses counts as wrong. */
  readonly survey: ConfSurvey<ScheduledWorkflow>;
  /** Lets go of what looking has left behind, if it is much. */
  readonly tidy: () => Promise<void>;
}

/** Begins a survey. Each version of a file is checked once. */
export function surveySchedules(
  { conf, check, collectGarbage = () => Promise.resolve() }: ScheduleSurveyOptions,
): ScheduleSurvey {
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
    return others ??= conf.list({ forget: true });
  };
  const survey = conf.survey<ScheduledWorkflow>(async (workflow) => {
    if (seen >= MANY_WORKFLOWS) await collectGarbage();
    seen = seen % MANY_WORKFLOWS + 1;
    if (!startsByItself(workflow)) return { diagnostics: [] };
    const wrong = await check(workflow, { errorsOnly: true, conf: { list: listOthers } });
    if (wrong.length > 0) return { diagnostics: wrong };
    const { name, triggers, document: { file, text } } = workflow;
    return { kept: { name, file, text, triggers: pool.pooled(triggers) }, diagnostics: [] };
  });
  const list = () => survey.list().finally(() => others = undefined);
  return { survey: { ...survey, list }, tidy };
}

/** Whether a workflow has a schedule, follows another one, or has a trigger of a plugin. */
function startsByItself({ triggers }: Pick<Workflow, "triggers">): boolean {
  return triggers.schedules.length + triggers.releases.length + triggers.others.length > 0;
}
