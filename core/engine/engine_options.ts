/**
 * What an engine is made of, and how it is asked to start runs.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { ConcurrencySettings } from "../model/concurrency.ts";
import type { Workflow } from "../model/workflow.ts";
import type { JobId, PlannedRelease } from "../plan/plan.ts";
import type { Isolation } from "../plugin/isolation.ts";
import type { JournalStore, NewRunOptions, Writer } from "../plugin/journal.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import type { SecretProvider } from "../plugin/secrets.ts";
import type { Audit, Sink } from "../plugin/sink.ts";
import type { StagePolicy } from "../plugin/stage_policy.ts";
import type { GivenStage, KeptJob } from "../run/command.ts";
import type { Calendar } from "../schedule/slots.ts";

/** Finds workflows by name. */
export interface WorkflowSource {
  /** The workflow, or `undefined`. Throws a {@linkcode WorkflowError} with diagnostics when its file is wrong. */
  find(name: string): Promise<Workflow | undefined>;
}

/** What runs are like where neither workflow nor caller says. */
export interface RunDefaults {
  /** Milliseconds that a run may take. */
  readonly timeoutMs: number;
  /** How many jobs may run at once. */
  readonly maxParallel: number;
  /** Whether a stage without an id leaves its outputs under the hash of its name. */
  readonly stageDefaultId: boolean;
  /** The language of `run:`. */
  readonly scriptLang: "ts" | "js" | "python";
}

/** What an engine is made of. */
export interface EngineOptions {
  /** The machine. */
  readonly host: Host;
  /** Time. */
  readonly clock: Clock;
  /** From 0 to below 1, for run ids. */
  readonly chance: () => number;
  /** What is installed. */
  readonly registry: Registry;
  /** Opens where runs are kept; called at most once, when a run first needs it. */
  readonly openStore: () => Promise<JournalStore>;
  /** Who this engine is, in the store. */
  readonly writer: Writer;
  /** Whether another writer's process is still there; asked where the store cannot tell. */
  readonly lives: (writer: Writer) => boolean;
  /** Where workflows are found. */
  readonly source: WorkflowSource;
  /** What runs are like where neither workflow nor caller says. */
  readonly defaults: RunDefaults;
  /** Opens who keeps records of finished runs; called at most once, when a run has first ended. */
  readonly openAudits?: () => Promise<readonly Audit[]>;
  /** Who this engine is, for audit records: versions, plugins, grants. @default nobody says */
  readonly provenance?: () => ValueObject;
  /** Who is told of what happens. */
  readonly sinks?: readonly Sink[];
  /** Told what goes wrong beside a run: a sink that broke, an audit that could not be written. */
  readonly warn: (message: string) => void;
  /** Opens where foreign code runs, and gives the same each time; whoever made the engine closes it. @default there is no isolation */
  readonly openIsolation?: () => Promise<Isolation>;
  /** Opens where secrets are kept; called at most once, when a run first names one. */
  readonly openSecrets?: () => Promise<readonly SecretProvider[]>;
  /** Names of variables of the engine's environment that stages see besides the usual ones; `AWS_*` stands for many. @default none */
  readonly passEnv?: readonly string[];
  /** What the settings say of stages. @default nothing */
  readonly policy?: StagePolicy;
  /** Loads what knows when cron texts fire; called when a schedule is first looked at. */
  readonly loadCalendar: () => Promise<Calendar>;
  /** How many runs may go on at once, over all engines of the store. @default no limit but the workflows' own */
  readonly concurrency?: ConcurrencySettings;
  /**
   * Makes sure, before a run begins, that what its workflow needs is allowed
   * and installed. Throws a {@linkcode WorkflowError} that says what is not. @default everything is
   */
  readonly admit?: (workflow: Workflow) => Promise<void>;
  /** Said in plans where foreign code is not isolated. @default it is */
  readonly isolation?: "none" | undefined;
  /** The engine's version, for plans and audits. */
  readonly version: string;
}

/** How one run is started. */
export interface StartOptions {
  /** Parameters as given. */
  readonly params?: ValueObject;
  /** The run's id. @default a new one */
  readonly runId?: string;
  /** Which run of its workflow was made last when it was decided to start it; see {@linkcode NewRunOptions}. @default nobody looked */
  readonly newest?: NewRunOptions["newest"];
  /** Where its workflow was read, for whoever runs it again: the way there from the folder of the runs. @default nobody says */
  readonly file?: string;
  /** The id of what led to this run. */
  readonly parentRunId?: string;
  /** Milliseconds the run may take. */
  readonly timeoutMs?: number;
  /** How many jobs may run at once. */
  readonly maxParallel?: number;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Overrides of configuration for this run (REFERENCE C-040). */
  readonly extras?: ValueObject;
  /** What started it: `manual`, `schedule`, `release`, `backfill`, `http`, `stage`. @default "manual" */
  readonly trigger?: string;
  /** The schedule slot it stands for. */
  readonly release?: PlannedRelease;
  /** Jobs taken over from an earlier run. */
  readonly kept?: readonly KeptJob[];
  /** How some stages of the other jobs end: as in an earlier run, or by hand. */
  readonly given?: readonly GivenStage[];
  /** Only these jobs; the rest is left out. */
  readonly jobs?: readonly JobId[];
  /** How the run is audited; `false` for not at all. */
  readonly audit?: AuditOptions | false;
  /** Concurrency groups in which the run that starts it holds a place for it. */
  readonly covered?: readonly string[];
  /** Names of the workflows whose trigger stages led here. */
  readonly ancestry?: readonly string[];
}

/** How a run is taken up again. */
export interface ResumeOptions extends Pick<StartOptions, "signal" | "audit" | "given"> {
  /** Ends it instead of going on: nothing but clean-up begins. */
  readonly cancel?: { readonly by: string; readonly why: string };
}

/** How one run is audited. */
export interface AuditOptions {
  /** The name it is filed under. @default the workflow's */
  readonly name?: string;
  /** Free metadata to keep. */
  readonly metadata?: ValueObject;
  /** Who keeps it. @default the engine's audits */
  readonly audits?: readonly Audit[];
  /** Top-level fields of the record that are not written (REFERENCE C-303). */
  readonly excluded?: readonly string[];
}
