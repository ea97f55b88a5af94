/**
 * Looks at the workflows that start by themselves, on this machine.
 *
 * @module
 */
import { type ScheduleSurvey, surveySchedules } from "../core/engine/schedule_survey.ts";
import { collectGarbage } from "../platform/garbage.ts";
import type { Sluice } from "../preset.ts";

/** Which workflows a thread looks at. */
export interface SurveyInput {
  /** The folder of workflows. */
  readonly conf: string;
  /** Where runs are kept; nothing is opened there. */
  readonly state: string;
}

/** A survey of the workflows that start by themselves. */
export function surveyOf({ conf, check }: Sluice): ScheduleSurvey {
  return surveySchedules({ conf, check, collectGarbage });
}
