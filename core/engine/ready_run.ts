/**
 * A run that could begin at once.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import type { StartOptions } from "./engine_options.ts";
import type { LoadedLanguage } from "./language.ts";
import type { RunSecrets } from "./run_secrets.ts";

/** What a run needs before its first event, and what takes most of the time until then. */
export interface ReadyRun {
  /** Its id. */
  readonly runId: string;
  /** What it will do. */
  readonly plan: Plan;
  /** What its expressions and stages are read with. */
  readonly language: LoadedLanguage;
  /** What it may see of secrets. */
  readonly secrets: RunSecrets;
  /** How it is started. */
  readonly options: StartOptions;
}
