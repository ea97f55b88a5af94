/**
 * The engine with the first-party plugins: what the command and most programs
 * use. Only here do the core, the plugins and the platform meet.
 *
 * @module
 */
import { checkWorkflow } from "./core/check/check_workflow.ts";
import { type ConfFolder, openConfFolder } from "./core/engine/conf_folder.ts";
import { Engine } from "./core/engine/engine.ts";
import { readSettings, type Settings } from "./core/engine/settings.ts";
import type { Plugin } from "./core/plugin/plugin.ts";
import type { JournalStore } from "./core/plugin/journal.ts";
import type { Host } from "./core/plugin/ports.ts";
import { createRegistry, type Registry } from "./core/plugin/registry.ts";
import type { Audit, Sink } from "./core/plugin/sink.ts";
import { openHost, systemClock, thisWriter, writerLives } from "./platform/mod.ts";
import { fileLog, type FileLog } from "./plugins/file_log.ts";
import { FIRST_PARTY_STAGES } from "./stages/first_party.ts";
import { VERSION } from "./version.ts";

/** How an engine is opened. */
export interface OpenOptions {
  /** The folder with workflows. @default the settings' (`WORKFLOW_CORE_CONF_PATH`, else `./conf`) */
  readonly conf?: string;
  /** Where runs, logs and locks are kept. @default the settings' (`SLUICE_STATE`, else `.sluice`) */
  readonly state?: string;
  /** Keep runs in memory only: nothing survives the process, and nothing is written. @default false */
  readonly memory?: boolean;
  /** Plugins besides the first-party ones. */
  readonly plugins?: readonly Plugin[];
  /** Who else is told of what happens. */
  readonly sinks?: readonly Sink[];
  /** Told what goes wrong beside a run. @default written to standard error */
  readonly warn?: (message: string) => void;
}
