/**
 * A workflow as programs use it: load it, run it, release it, run it again
 * (REFERENCE §1.3).
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import { mappingOf } from "../expr/mapping.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Param } from "../model/param.ts";
import type { Job, Workflow as WorkflowModel } from "../model/workflow.ts";
import type { PlannedRelease } from "../plan/plan.ts";
import type { Audit } from "../plugin/sink.ts";
import type { KeptJob } from "../run/command.ts";
import { runContext } from "../run/contexts.ts";
import { outcomeOf, type Status, statusOf } from "../run/status.ts";
import type { Engine } from "./engine.ts";
import type { AuditOptions, StartOptions } from "./engine_options.ts";
import { EventError, ParamError, WorkflowError, WorkflowTimeoutError } from "./errors.ts";
import { plainValues } from "./plain_values.ts";
import type { RerunOptions } from "./rerun.ts";
import { Result } from "./result.ts";
import type { RunHandle } from "./run_handle.ts";
import { releaseRunId } from "./run_id.ts";

// Read when it is first used; see preset.ts.
const RERUN: string = "./rerun.ts";

/** What a release is for (REFERENCE S-060, C-292 … C-295). */
export const ReleaseType = {
  /** Runs once for a date. */
  NORMAL: "normal",
  /** Runs again what did not succeed the last time. */
  RERUN: "rerun",
  /** Started by something that happened. */
  EVENT: "event",
  /** Runs whatever ran before. */
  FORCE: "force",
  /** Decides everything and does nothing. */
  DRYRUN: "dryrun",
} as const;

/** What a release is for. */
export type ReleaseType = (typeof ReleaseType)[keyof typeof ReleaseType];

/** How a workflow is executed. */
export interface ExecuteOptions {
  /** The run's id. A run of this id that was interrupted is taken up again. @default a new one */
  readonly runId?: string;
  /** The id of what led to this run. */
  readonly parentRunId?: string;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Milliseconds the run may take. @default the workflow's, else the settings' (an hour) */
  readonly timeoutMs?: number;
  /** How many jobs may run at once. @default the workflow's, else the settings' (2) */
  readonly maxJobParallel?: number;
  /** Overrides of configuration for this run. */
  readonly extras?: ValueObject;
  /** Throw {@linkcode WorkflowTimeoutError} instead of returning a failed result (REFERENCE §2, row 14). @default false */
  readonly throwOnTimeout?: boolean;
}

/** How a workflow is released. */
export interface ReleaseOptions extends ExecuteOptions {
  /** Parameters; may hold templates of `release`. */
  readonly params?: ValueObject;
  /** What it is for. @default "normal" */
  readonly releaseType?: ReleaseType;
  /** Who keeps the record. @default the engine's audits */
  readonly audit?: Audit;
  /** The name it is filed under, instead of the workflow's. */
  readonly overrideLogName?: string;
  /** Jobs that are not run. */
  readonly excluded?: readonly string[];
  /** Top-level fields of the record that are not written. */
  readonly auditExcluded?: readonly string[];
  /** Free metadata: `release.runs_metadata` in templates, and in the record. */
  readonly runsMetadata?: ValueObject;
}

/** Milliseconds a release may take where nobody says (REFERENCE S-047). */
export const RELEASE_TIMEOUT_MS = 600_000;

/** A workflow, ready to run. */
export class Workflow {
  readonly #engine: Engine;
  /** The workflow as loaded. */
  readonly model: WorkflowModel;

  /** Overrides of configuration for every run of it. */
  readonly extras: ValueObject;

  /**
   * Makes one.
   *
   * @param engine Runs it.
   */
  constructor(engine: Engine, model: WorkflowModel, extras: ValueObject = {}) {
    this.#engine = engine;
    this.model = model;
    this.extras = extras;
  }

  /** The same workflow with overrides of configuration for every run (REFERENCE C-040). */
  withExtras(extras: ValueObject): Workflow {
    return new Workflow(this.#engine, this.model, { ...this.extras, ...extras });
  }

  /** Its name. */
  get name(): string {
    return this.model.name;
  }

  /** What it is for. */
  get description(): string {
    return this.model.description;
  }

  /** What it wants to be told, by name. */
  get params(): ReadonlyMap<string, Param> {
    return this.model.params;
  }

  /** Its jobs by id. */
  get jobs(): ReadonlyMap<string, Job> {
    return this.model.jobs;
  }

  /** Words to find it by. */
  get tags(): readonly string[] {
    return this.model.tags;
  }

  /** One of its jobs. Throws a {@linkcode WorkflowError} when there is none of this id. */
  job(id: string): Job {
    const job = this.model.jobs.get(id);
    if (job !== undefined) return job;
    throw new WorkflowError(`A Job '${id}' does not exists in this workflow, '${this.name}'`);
  }

  /**
   * The parameters as a run would see them: `{ params }`.
   *
   * @throws {ParamError} when one is missing or does not fit.
   */
  parameterize(params: ValueObject): { readonly params: ValueObject } {
    return { params: this.#engine.plan(this.model, { params }).params };
  }

  /**
   * Starts a run and hands it over while it goes on.
   *
   * @throws {ParamError} when a parameter does not fit.
   */
  start(params: ValueObject = {}, options: ExecuteOptions = {}): Promise<RunHandle> {
    const extras = { ...this.extras, ...options.extras };
    return this.#engine.start(this.model, { params, ...startOptions({ ...options, extras }) });
  }

  /**
   * Runs now with these parameters and waits for the end. What goes wrong in
   * the run, parameters included, is in the result and is not thrown.
   */
  async execute(params: ValueObject = {}, options: ExecuteOptions = {}): Promise<Result> {
    return await this.#run({ params, ...startOptions(options) }, options);
  }

  /**
   * Runs again what an earlier run did not finish. Of a run that is named by its
   * id: what failed and what depends on that, or what was chosen. Of a context,
   * where nothing is chosen: the jobs that did not succeed, with the outputs of
   * those that did (REFERENCE §1.24).
   *
   * @param earlier The context of the earlier run, or its run id.
   */
  async rerun(
    earlier: ValueObject | string,
    options: ExecuteOptions & Omit<RerunOptions, "workflow"> = {},
  ): Promise<Result> {
    const { from, keepStages, settled, params } = options;
    if (typeof earlier === "string" || (from ?? keepStages ?? settled ?? params) !== undefined) {
      return await this.#rerunChosen(earlier, options);
    }
    const context = earlier;
    const status = typeof context.status === "string" ? outcomeOf(context.status) : undefined;
    if (status === undefined) {
      return failedResult({
        name: "WorkflowError",
        message: "Cannot rerun: the context has no final status",
      });
    }
    const jobs = mappingOf(context.jobs);
    const kept = Object.entries(jobs).filter(([id]) => this.model.jobs.has(id)).flatMap(keptJob);
    if (status === "succeeded") {
      return new Result({ runId: options.runId ?? "", status: "SUCCESS", context });
    }
    if (this.model.jobs.size > 0 && kept.length === this.model.jobs.size) {
      return new Result({
        runId: options.runId ?? "",
        status: "SKIP",
        context: { ...context, status: "SKIP" },
      });
    }
    return await this.#run(
      { params: mappingOf(context.params), kept, ...startOptions(options) },
      options,
    );
  }

  /**
   * Runs one job alone. The jobs that it needs are taken from `context`, as an
   * earlier run left them; those that are not there are not waited for.
   */
  async executeJob(
    job: string,
    options: ExecuteOptions & { readonly context?: ValueObject } = {},
  ): Promise<{ readonly status: Status; readonly context: ValueObject }> {
    const { needs } = this.job(job);
    const context = options.context ?? {};
    const kept = Object.entries(mappingOf(context.jobs))
      .filter(([id]) => needs.includes(id))
      .flatMap(([id, entry]) => settledJob(id, entry));
    const result = await this.#run({
      params: mappingOf(context.params),
      kept,
      jobs: [job, ...kept.map(({ job }) => job)],
      audit: false,
      ...startOptions(options),
    }, options);
    // The run has failed when a job that it takes over had; the one job may have succeeded all the same.
    const left = mappingOf(mappingOf(result.context.jobs)[job]).status;
    const own = typeof left === "string" ? outcomeOf(left) : undefined;
    return { status: own === undefined ? result.status : statusOf(own), context: result.context };
  }

  /**
   * The date of a release, in UTC and to the minute, if the workflow's
   * schedule has it; a workflow without a schedule has every date.
   *
   * @throws {EventError} when the schedule does not have it.
   */
  async validateRelease(release: Date | Datetime): Promise<Date> {
    const slot = await this.#engine.releaseSlot(this.model, epochMs(release));
    if (slot.ok) return new Date(slot.atMs);
    throw new EventError(slot.message);
  }

  /**
   * Runs for a logical date, with an audit record. A `normal` release of a date
   * that has succeeded is skipped; the run's id follows from the date, so that
   * starting twice is starting once.
   *
   * @throws {EventError} when the schedule does not have the date.
   */
  async release(release: Date | Datetime, options: ReleaseOptions = {}): Promise<Result> {
    const { slot, done, start } = await this.#prepareRelease(release, options);
    if (start === undefined) {
      return new Result({ runId: done, status: "SKIP", context: { status: "SKIP" } });
    }
    return withRelease(await this.#run(start, options), { slot, params: options.params ?? {} });
  }

  /**
   * As {@linkcode Workflow.release}, but hands the run over while it goes on;
   * where the date was run already, gives the id of that run.
   *
   * @throws {EventError} when the schedule does not have the date.
   * @throws {ParamError} when a parameter does not fit.
   */
  async startRelease(
    release: Date | Datetime,
    options: ReleaseOptions = {},
  ): Promise<RunHandle | { readonly done: string }> {
    const { done, start } = await this.#prepareRelease(release, options);
    if (start === undefined) return { done };
    const extras = { ...this.extras, ...start.extras };
    return await this.#engine.start(this.model, { ...start, extras });
  }

  /** What to start for a date; nothing where `done` was it already. */
  async #prepareRelease(
    release: Date | Datetime,
    options: ReleaseOptions,
  ): Promise<
    { readonly slot: PlannedRelease; readonly done: string; readonly start?: StartOptions }
  > {
    const logicalDateMs = (await this.validateRelease(release)).getTime();
    const type = options.releaseType ?? ReleaseType.NORMAL;
    const slot: PlannedRelease = { type, logicalDateMs };
    const earlier = await this.#earlierRelease(slot, options);
    const done = earlier?.runId ?? "";
    if (earlier?.status === "SUCCESS" || earlier?.status === "SKIP") {
      if (type === "normal" || type === "event") return { slot, done };
    }
    const start = await this.#releaseStart(slot, options);
    if (type !== "rerun" || earlier === undefined) return { slot, done, start };
    const { context } = earlier;
    const kept = Object.entries(mappingOf(context.jobs)).flatMap(keptJob);
    return { slot, done, start: { ...start, params: mappingOf(context.params), kept } };
  }

  async #run(start: StartOptions, { throwOnTimeout }: ExecuteOptions): Promise<Result> {
    const extras = { ...this.extras, ...start.extras };
    const result = await this.#engine.start(this.model, { ...start, extras }).then((run) =>
      run.result
    ).catch(
      refusedResult,
    );
    const [first] = result.errors;
    if (throwOnTimeout && first?.name === "WorkflowTimeoutError") {
      throw new WorkflowTimeoutError(first.message);
    }
    return result;
  }

  async #rerunChosen(
    earlier: ValueObject | string,
    options: ExecuteOptions & RerunOptions,
  ): Promise<Result> {
    const { prepareRerun }: typeof import("./rerun.ts") = await import(RERUN);
    const rerun = await prepareRerun(this.#engine, earlier, { ...options, workflow: this.model });
    if (rerun.jobs.length > 0) {
      return await this.#run({ ...rerun.start, ...startOptions(options) }, options);
    }
    const status = rerun.earlier.outcome === "succeeded" ? "SUCCESS" : "SKIP";
    const context = { ...runContext(rerun.earlier), status };
    return new Result({ runId: rerun.earlier.id, status, context });
  }

  /** The last record of this slot that is not a dry run. */
  async #earlierRelease(
    { logicalDateMs }: PlannedRelease,
    options: ReleaseOptions,
  ): Promise<
    { readonly runId: string; readonly status: string; readonly context: ValueObject } | undefined
  > {
    const name = options.overrideLogName ?? this.name;
    for (
      const audit of options.audit === undefined ? await this.#engine.audits() : [options.audit]
    ) {
      const [record] = await audit.find({ name, releaseMs: logicalDateMs });
      if (record === undefined) continue;
      const { status } = record.context;
      return {
        runId: record.runId,
        status: typeof status === "string" ? status : "",
        context: record.context,
      };
    }
    return undefined;
  }

  async #releaseStart(slot: PlannedRelease, options: ReleaseOptions): Promise<StartOptions> {
    const runId = options.runId ?? await this.#releaseRunId(slot);
    const release = {
      logical_date: new Datetime(slot.logicalDateMs, { offsetMinutes: 0 }),
      execute_date: new Datetime(this.#engine.now(), { offsetMinutes: 0 }),
      run_id: runId,
      runs_metadata: options.runsMetadata ?? {},
    };
    const params = this.#engine.renderWith({ release }, options.params ?? {});
    const { excluded } = options;
    const jobs = excluded === undefined ? {} : {
      jobs: [...this.model.jobs.keys()].filter((id) => !excluded.includes(id)),
    };
    return {
      ...startOptions({ timeoutMs: RELEASE_TIMEOUT_MS, ...options }),
      ...jobs,
      params: mappingOf(params),
      runId,
      release: slot,
      trigger: slot.type,
      audit: auditOptions(options),
    };
  }

  /** Derivable for the first run of a slot; further ones are numbered. */
  async #releaseRunId({ type, logicalDateMs }: PlannedRelease): Promise<string> {
    const first = releaseRunId(this.name, logicalDateMs);
    const store = await this.#engine.store();
    for (let n = 1; n <= MAX_RELEASE_RUNS; n++) {
      const runId = type === "dryrun" ? `${first}~dry${n}` : n === 1 ? first : `${first}~${n}`;
      const known = await store.find(runId);
      if (known === undefined || known.settledAt === undefined) return runId;
    }
    throw new WorkflowError(
      `Cannot release "${this.name}" again: the slot has ${MAX_RELEASE_RUNS} runs already`,
    );
  }
}

/** How often one slot may be run, by force or after failures. */
export const MAX_RELEASE_RUNS = 1_000;

function startOptions(options: ExecuteOptions): StartOptions {
  const { runId, parentRunId, signal, timeoutMs, maxJobParallel, extras } = options;
  return {
    ...(runId === undefined ? {} : { runId }),
    ...(parentRunId === undefined ? {} : { parentRunId }),
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxJobParallel === undefined ? {} : { maxParallel: maxJobParallel }),
    ...(extras === undefined ? {} : { extras }),
  };
}

function auditOptions(
  { audit, overrideLogName, auditExcluded, runsMetadata }: ReleaseOptions,
): AuditOptions {
  return {
    ...(audit === undefined ? {} : { audits: [audit] }),
    ...(overrideLogName === undefined ? {} : { name: overrideLogName }),
    ...(auditExcluded === undefined ? {} : { excluded: auditExcluded }),
    ...(runsMetadata === undefined ? {} : { metadata: runsMetadata }),
  };
}

function keptJob([id, entry]: [string, Value]): KeptJob[] {
  return settledJob(id, entry).filter(({ outcome }) => outcome === "succeeded");
}

function settledJob(job: string, entry: Value): KeptJob[] {
  const left = mappingOf(entry);
  const outcome = typeof left.status === "string" ? outcomeOf(left.status) : undefined;
  return outcome === undefined ? [] : [{ job, outcome, entry: plainValues(left) }];
}

/** What the reference returns for a run that could not begin (C-035). */
function refusedResult(error: unknown): Result {
  if (error instanceof ParamError) {
    return failedResult({ name: error.name, message: error.validationError });
  }
  throw error;
}

function failedResult(errors: { readonly name: string; readonly message: string }): Result {
  return new Result({
    runId: "",
    status: "FAILED",
    context: { jobs: {}, status: "FAILED", errors: { ...errors } },
  });
}

/** The context of a release says what it was for (REFERENCE C-296). */
function withRelease(
  result: Result,
  { slot, params }: { readonly slot: PlannedRelease; readonly params: ValueObject },
): Result {
  const [error] = result.errors;
  const failed = result.status === "FAILED" && error !== undefined
    ? { name: error.name, message: error.message }
    : {};
  return new Result({
    runId: result.runId,
    parentRunId: result.parentRunId,
    status: result.status,
    context: {
      ...result.context,
      ...failed,
      params,
      release: {
        type: slot.type,
        logical_date: new Datetime(slot.logicalDateMs, { offsetMinutes: 0 }),
      },
    },
  });
}

function epochMs(date: Date | Datetime): number {
  return date instanceof Date ? date.getTime() : date.epochMs;
}
