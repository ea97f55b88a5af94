/**
 * The workflows of the conf folder that start by themselves.
 *
 * @module
 */
import type { ConfSurvey, SeenFiles } from "../core/engine/conf_survey.ts";
import { MANY_WORKFLOWS } from "../core/engine/schedule_survey.ts";
import type { ScheduleListing, SchedulerOptions } from "../core/engine/scheduler.ts";
import type { Workflow } from "../core/model/workflow.ts";
import type { ScheduledWorkflow } from "../core/schedule/scheduled_workflow.ts";
import { workApart } from "../platform/apart.ts";
import { systemClock } from "../platform/clock.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import { type SurveyInput, surveyOf } from "./schedule_survey.ts";

const SURVEY_THREAD = new URL("./survey_thread.ts", import.meta.url);

/** Lists workflows that start by themselves, and loads the whole of them. */
export interface ScheduledWorkflows {
  /** Those that there are now, by name; one that the checker refuses counts as wrong. */
  list(): Promise<ScheduleListing>;
  /** The whole of one. */
  load(workflow: ScheduledWorkflow): Promise<Workflow>;
  /** Lets go of what looking has left behind, if it is much. */
  tidy(): Promise<void>;
}

/** Opens what lists them, again and again. Each version of a file is checked once. */
export function openScheduledWorkflows(sluice: Sluice): ScheduledWorkflows {
  const { survey, tidy } = surveyOf(sluice);
  return {
    list: async () => {
      if (await survey.unseen() >= MANY_WORKFLOWS) await surveyApart(sluice, survey);
      const { kept, diagnostics } = await survey.list();
      return { workflows: [...kept.values()].toSorted(byName), diagnostics };
    },
    load: (workflow) => survey.load(workflow),
    tidy,
  };
}

/** What cannot be looked at there is looked at here, where somebody is told why. */
async function surveyApart(
  { settings: { confPath: conf, statePath: state } }: Sluice,
  survey: ConfSurvey<ScheduledWorkflow>,
): Promise<void> {
  const input: SurveyInput = { conf, state };
  const seen = workApart<SeenFiles<ScheduledWorkflow>>(SURVEY_THREAD, input);
  if (seen !== undefined) await seen.then((it) => survey.takeOver(it), () => {});
}

function byName(one: ScheduledWorkflow, other: ScheduledWorkflow): number {
  return one.name < other.name ? -1 : 1;
}

/** What a scheduler works with, but for how it tells of it. */
export function schedulerParts(sluice: Sluice): Omit<SchedulerOptions, "tell"> {
  const { list, load, tidy } = openScheduledWorkflows(sluice);
  return {
    ...{ engine: sluice.engine, clock: systemClock, host: openHost() },
    ...{ triggers: sluice.registry, workflows: list, load, tidy },
  };
}
