/**
 * Sluice: a workflow engine for Deno and Bun.
 *
 * @example Run a workflow of the conf folder
 * ```ts no-eval
 * import { Workflow } from "@sluice/sluice";
 *
 * const workflow = await Workflow.fromConf("city-weather");
 * const result = await workflow.execute({ since: 2014 });
 * console.log(result.status, result.errors);
 * ```
 *
 * @module
 */
export * from "./core/engine/errors.ts";
export * from "./core/engine/result.ts";
export * from "./core/engine/engine.ts";
export * from "./core/engine/engine_options.ts";
export { MAX_TRIGGER_DEPTH } from "./core/engine/child_runs.ts";
export * from "./core/engine/conf_folder.ts";
export type { ConfFilesOptions, ConfHost, ConfWatch, FileStamp } from "./core/engine/conf_files.ts";
export { IGNORE_FILE, MAX_CONF_FILES } from "./core/engine/conf_files.ts";
export type {
  ConfSurvey,
  FileLoader,
  Look,
  SeenFile,
  SeenFiles,
  Sight,
  SurveyListing,
  WorkflowText,
} from "./core/engine/conf_survey.ts";
export type { RunHandle } from "./core/engine/run_handle.ts";
export type { ReleaseSlot } from "./core/engine/release_slot.ts";
export type { Reach } from "./core/engine/workflow_needs.ts";
export type { InstalledPlugin } from "./plugins/foreign/installed_plugins.ts";
export type { LockedPlugin } from "./plugins/foreign/lock_file.ts";
export type {
  LimitSettings,
  PluginSetting,
  ReadSettings,
  SectionName,
  SettingName,
  SettingProblem,
  Settings,
  SettingsSection,
} from "./core/engine/settings.ts";
export {
  type ExecuteOptions,
  type ReleaseOptions,
  ReleaseType,
  Workflow as LoadedWorkflow,
} from "./core/engine/workflow.ts";
export type { RerunOptions, SettledByHand } from "./core/engine/rerun.ts";
export { type FromConfOptions, Workflow } from "./workflow.ts";
export * from "./preset.ts";
export * from "./plugin.ts";
export type * from "./core/run/command.ts";
export type { Agenda } from "./core/run/agenda.ts";
export type { Dues } from "./core/run/dues.ts";
export type * from "./core/run/state.ts";
export type { LiveStages } from "./core/run/live_stages.ts";
export type { IndexedBranch, IndexedStage, StageIndex } from "./core/run/stage_index.ts";
export type * from "./core/run/status.ts";
export type * from "./core/source/diagnostic.ts";
export type * from "./core/source/span.ts";
export type { LoadedFile } from "./core/model/load_workflow.ts";
export type * from "./core/model/param.ts";
export type {
  Job,
  JobRule,
  Retry,
  Runner,
  ScriptLanguage,
  Stage,
  Strategy,
  Workflow as WorkflowModel,
  WrittenCount,
} from "./core/model/workflow.ts";
export type { PluginTrigger, Schedule, Triggers } from "./core/model/triggers.ts";
export type { Pattern } from "./core/model/pattern.ts";
export type * from "./core/model/cron_text.ts";
export type { ConcurrencySettings, GroupLimits } from "./core/model/concurrency.ts";
export type * from "./core/source/document.ts";
export type { PathAt } from "./core/source/path_at.ts";
export type { Registry } from "./core/plugin/registry.ts";
export type { Clockwork } from "./core/check/next_times.ts";
export type { UnreadParts } from "./core/model/unread.ts";
export type { Calendar } from "./core/schedule/slots.ts";
export * from "./core/engine/apply_retention.ts";
export * from "./core/engine/backfill.ts";
export {
  readRetention,
  type RetainedPart,
  type Retention,
  type RetentionLimit,
} from "./core/engine/retention.ts";
export * from "./core/engine/scheduler.ts";
export type { WorkflowLoader } from "./core/engine/due_release.ts";
export type { ReadyRun } from "./core/engine/ready_run.ts";
export type { ScheduledWorkflow } from "./core/schedule/scheduled_workflow.ts";
export type { ScheduleNote } from "./core/engine/schedule_note.ts";
export type { CatchUp, Overlap, SchedulePolicy } from "./core/model/schedule_policy.ts";
export type {
  AtSchedule,
  CronSchedule,
  EverySchedule,
  ReleaseTrigger,
  ReleaseWhen,
  ScheduleBase,
} from "./core/model/triggers.ts";
export type { CronFields } from "./core/model/cron_text.ts";
export type { FileLog, LogCursor, LogQuery, MergedLine, MergeQuery } from "./plugins/file_log.ts";
export { VERSION } from "./version.ts";
