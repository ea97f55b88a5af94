/**
 * The engine: starts runs, takes them up again, and ends them. It knows no
 * concrete plugin and no runtime; `mod.ts` hands it both.
 *
 * @module
 */
import { renderDeep } from "../expr/template.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Workflow } from "../model/workflow.ts";
import { makePlan } from "../plan/make_plan.ts";
import { convertParams } from "../plan/params.ts";
import type { JobId, Plan, PlannedRelease } from "../plan/plan.ts";
import {
  JournalError,
  type JournalStore,
  type RunJournal,
  type RunSummary,
  type Writer,
} from "../plugin/journal.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Audit, Sink } from "../plugin/sink.ts";
import { type ChildRun, type Runs, StageError } from "../plugin/stage_kind.ts";
import { decodeEvent } from "../run/codec.ts";
import type { KeptJob, RunCommand } from "../run/command.ts";
import { runContext } from "../run/contexts.ts";
import { type Attempt, demand } from "../run/demand.ts";
import type { RunEvent } from "../run/event.ts";
import { evolve, initialState, planOf, type RunState } from "../run/state.ts";
import { statusOf } from "../run/status.ts";
import type { Calendar } from "../schedule/slots.ts";
import { auditRecord } from "./audit_record.ts";
import { driveRun } from "./drive_run.ts";
import { ParamError, WorkflowError, WorkflowNotFoundError } from "./errors.ts";
import { executeAttempt } from "./execute_attempt.ts";
import { Inbox } from "./inbox.ts";
import { loadLanguage } from "./language.ts";
import { markOf } from "./marked_host.ts";
import { Result } from "./result.ts";
import { EventFeed, type RunHandle } from "./run_handle.ts";
import { childRunId, isRunId, newRunId } from "./run_id.ts";
import { SinkFanOut } from "./sink_fan_out.ts";
import { judgeRelease, type ReleaseSlot } from "./release_slot.ts";
import { RequestWatch } from "./request_watch.ts";

/** How deep trigger stages may start one another. */
export const MAX_TRIGGER_DEPTH = 16;

/** So many runs of one workflow are looked at, to tell whether any is under way. */
export const MAX_UNDER_WAY = 100;

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
  /** Whether another writer's process is still there. */
  readonly lives: (writer: Writer) => boolean;
  /** Where workflows are found. */
  readonly source: WorkflowSource;
  /** What runs are like where neither workflow nor caller says. */
  readonly defaults: RunDefaults;
  /** Opens who keeps records of finished runs; called at most once, when a run has first ended. */
  readonly openAudits?: () => Promise<readonly Audit[]>;
  /** Who is told of what happens. */
  readonly sinks?: readonly Sink[];
  /** The types of `runs-on` there are. @default only `local` */
  readonly runners?: readonly string[];
  /** Told what goes wrong beside a run: a sink that broke, an audit that could not be written. */
  readonly warn: (message: string) => void;
  /** Loads what knows when cron texts fire; called when a schedule is first looked at. */
  readonly loadCalendar: () => Promise<Calendar>;
  /** The engine's version, for plans and audits. */
  readonly version: string;
}

/** How one run is started. */
export interface StartOptions {
  /** Parameters as given. */
  readonly params?: ValueObject;
  /** The run's id. @default a new one */
  readonly runId?: string;
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
  /** Only these jobs; the rest is left out. */
  readonly jobs?: readonly JobId[];
  /** How the run is audited; `false` for not at all. */
  readonly audit?: AuditOptions | false;
  /** Names of the workflows whose trigger stages led here. */
  readonly ancestry?: readonly string[];
}

/** How a run is taken up again. */
export interface ResumeOptions extends Pick<StartOptions, "signal" | "audit"> {
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

/** Starts runs, takes them up again, and ends them. */
export class Engine implements AsyncDisposable {
  readonly #options: EngineOptions;
  readonly #sinks: SinkFanOut;
  readonly #active = new Map<string, ActiveRun>();
  #store: Promise<JournalStore> | undefined;
  #audits: Promise<readonly Audit[]> | undefined;
  #watch: RequestWatch | undefined;
  #calendar: Promise<Calendar> | undefined;

  /**
   * Makes one.
   *
   * @param options What the engine is made of.
   */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#sinks = new SinkFanOut(options.sinks ?? [], options.warn);
  }

  /** Where runs are kept. */
  store(): Promise<JournalStore> {
    return this.#store ??= this.#options.openStore();
  }

  /** The audits that finished runs are handed to. */
  audits(): Promise<readonly Audit[]> {
    return this.#audits ??= this.#options.openAudits?.() ?? Promise.resolve([]);
  }

  /** The time, as this engine sees it. */
  now(): number {
    return this.#options.clock.now();
  }

  /** The workflow of this name. Throws a {@linkcode WorkflowNotFoundError}. */
  async workflow(name: string): Promise<Workflow> {
    const workflow = await this.#options.source.find(name);
    if (workflow !== undefined) return workflow;
    throw new WorkflowNotFoundError(`Config '${name}' does not found on the conf path`);
  }

  /** The slot of a release date, or why the workflow's schedule does not have it. */
  async releaseSlot(workflow: Workflow, dateMs: number): Promise<ReleaseSlot> {
    return judgeRelease(workflow.triggers.schedules, {
      dateMs,
      calendar: await this.calendar(),
    });
  }

  /** What knows when cron texts fire. */
  calendar(): Promise<Calendar> {
    return this.#calendar ??= this.#options.loadCalendar();
  }

  /** Renders templates outside of a run, with these names. Throws an {@linkcode ExpressionError}. */
  renderWith(names: ValueObject, value: Value): Value {
    const { registry: { functions, filters }, clock } = this.#options;
    const lookup = (name: string) => Object.hasOwn(names, name) ? names[name] : undefined;
    return renderDeep(value, { lookup, functions, filters, nowMs: clock.now(), status: "success" });
  }

  /**
   * What a run of the workflow would do: parameters converted, nothing begun.
   *
   * @throws {ParamError} when a parameter does not fit.
   */
  plan(workflow: Workflow, options: StartOptions = {}): Plan {
    const { defaults, clock, version } = this.#options;
    const extras = { ...workflow.extras, ...options.extras };
    const converted = convertParams(workflow.params, options.params ?? {}, { nowMs: clock.now() });
    if (!converted.ok) {
      throw new ParamError(
        converted.errors.map(({ param, ...rest }) => ({ paramName: param, ...rest })),
      );
    }
    const { jobs, release, ancestry = [] } = options;
    const plan = makePlan(workflow, {
      engine: version,
      params: converted.value,
      timeoutMs: options.timeoutMs ?? workflow.timeoutMs ?? defaults.timeoutMs,
      maxParallel: options.maxParallel ?? workflow.maxParallel ?? defaults.maxParallel,
      stageDefaultId: flag(extras.stage_default_id, defaults.stageDefaultId),
      scriptLang: workflow.scriptLang ?? defaults.scriptLang,
      ...{ extras, release, ancestry },
    });
    return jobs === undefined ? plan : onlyJobs(plan, jobs);
  }

  /**
   * Starts a run. Resolves once it has begun. A run id that is there already
   * starts nothing new: the run is taken up where it was left, or given back
   * as it ended.
   *
   * @throws {ParamError} when a parameter does not fit; nothing is written then.
   * @throws {WorkflowError} when the id is none, or is a run of another workflow.
   */
  async start(workflow: Workflow, options: StartOptions = {}): Promise<RunHandle> {
    const plan = this.plan(workflow, options);
    const { clock, chance, writer } = this.#options;
    const nowMs = clock.now();
    const runId = options.runId ?? newRunId(plan.workflow, { nowMs, chance: chance() });
    if (!isRunId(runId)) {
      throw new WorkflowError(
        `Cannot start run "${runId}": a run id has letters, digits and ._:@+~- only`,
      );
    }
    const known = options.runId === undefined ? undefined : await (await this.store()).find(runId);
    if (known !== undefined) return this.#takeUp(known, { plan, options });
    const summary: RunSummary = {
      runId,
      workflow: plan.workflow,
      status: "RUNNING",
      startedAt: nowMs,
      trigger: options.trigger ?? "manual",
      ...(options.parentRunId === undefined ? {} : { parentRunId: options.parentRunId }),
    };
    const journal = await (await this.store()).create(summary, writer);
    const first: RunCommand = {
      type: "start",
      at: nowMs,
      run: runId,
      plan,
      kept: options.kept ?? [],
    };
    const beginning = { state: initialState(), plan, journal, summary, first, options };
    return await orClosed(journal, () => this.#drive(beginning));
  }

  /**
   * Takes up a run that has not ended. What was under way when its engine died
   * runs again; what had finished does not. A run that has ended is given back
   * as it is.
   *
   * @throws {WorkflowError} when there is no such run, or another engine is at it.
   */
  async resume(
    runId: string,
    options: ResumeOptions = {},
  ): Promise<RunHandle> {
    const active = this.#active.get(runId);
    if (active !== undefined) return active.handle;
    const store = await this.store();
    const summary = await store.find(runId);
    if (summary === undefined) {
      throw new WorkflowError(`Cannot resume run "${runId}": there is no such run`);
    }
    if (summary.settledAt !== undefined) return finished(await this.read(runId), summary);
    return await this.#takeOver(summary, { options });
  }

  /** The state of a run, from its journal; `until` is how many events to look at. */
  async read(runId: string, options: { readonly until?: number } = {}): Promise<RunState> {
    const state = initialState();
    let seen = 0;
    for await (const record of (await this.store()).read(runId)) {
      if (seen++ >= (options.until ?? Infinity)) break;
      evolve(state, decodeEvent(record));
    }
    return state;
  }

  /** The run of this id, if this engine is driving it. */
  running(runId: string): RunHandle | undefined {
    return this.#active.get(runId)?.handle;
  }

  /** The newest runs of a workflow that have not ended and whose engine lives. */
  async underWay(workflow: string): Promise<readonly RunSummary[]> {
    const statuses = ["RUNNING", "WAIT"];
    const open = await (await this.store()).list({ workflow, statuses, limit: MAX_UNDER_WAY });
    const held = await Promise.all(open.map(({ runId }) => this.isHeld(runId)));
    return open.filter((_, at) => held[at]);
  }

  /** Whether an engine that lives is at this run. */
  async isHeld(runId: string): Promise<boolean> {
    const writer = await (await this.store()).writerOf(runId);
    return writer !== undefined && this.#options.lives(writer);
  }

  /** Asks for an early end of a run, whichever engine drives it. */
  async cancel(
    runId: string,
    { by, why }: { readonly by: string; readonly why: string },
  ): Promise<void> {
    const active = this.#active.get(runId);
    if (active !== undefined) return active.handle.cancel(by, why);
    await (await this.store()).request({ runId, type: "cancel", by, why });
  }

  /** Tells a sink of everything from now on, until the result is disposed of. */
  tell(sink: Sink): Disposable {
    return this.#sinks.add(sink);
  }

  /** Waits for what is running and frees what is held. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#active.values()].map(({ handle }) => handle.result));
    await this.#watch?.stop();
    if (this.#store !== undefined) await (await this.#store).close();
  }

  async #takeUp(
    known: RunSummary,
    { plan, options }: { readonly plan: Plan; readonly options: StartOptions },
  ): Promise<RunHandle> {
    const { runId, workflow, settledAt } = known;
    if (workflow !== plan.workflow) {
      throw new WorkflowError(
        `Cannot start run "${runId}" of "${plan.workflow}": it is a run of "${workflow}"`,
      );
    }
    const over = this.#active.has(runId) || settledAt !== undefined;
    return await (over ? this.resume(runId, options) : this.#takeOver(known, { plan, options }));
  }

  /** Goes on with a run of an engine that died; with `plan` where it died before the first event. */
  async #takeOver(
    summary: RunSummary,
    { plan, options }: { readonly plan?: Plan; readonly options: StartOptions },
  ): Promise<RunHandle> {
    const { runId } = summary;
    const { writer, lives, clock } = this.#options;
    const journal = await (await this.store()).open(runId, writer, lives);
    return await orClosed(journal, async () => {
      const state = await this.read(runId);
      const known = state.plan ?? plan;
      if (known === undefined) return await this.#forget(runId, journal);
      await this.#endOrphans(state);
      const at = clock.now();
      const first: RunCommand = state.plan === undefined
        ? { type: "start", at, run: runId, plan: known, kept: options.kept ?? [] }
        : { type: "recover", at };
      const answeredSeq = await this.#answeredSeq(state);
      return await this.#drive({
        ...{ state, plan: known, journal, summary, first, options, answeredSeq },
      });
    });
  }

  /**
   * A run that is being cancelled has had its requests: to hear one of them once
   * more would end its clean-up, which nobody asked for.
   */
  async #answeredSeq({ id, phase }: RunState): Promise<number> {
    if (phase !== "cancelling") return 0;
    const requests = await (await this.store()).requests(0);
    return requests.findLast(({ runId }) => runId === id)?.seq ?? 0;
  }

  /** A run without a plan cannot go on, and nothing of it ever happened. */
  async #forget(runId: string, journal: RunJournal): Promise<never> {
    await journal.close();
    await (await this.store()).remove(runId, this.#options.lives);
    throw new WorkflowError(
      `Run "${runId}" never began: its engine died first, and only its id was left; start it again`,
    );
  }

  /**
   * Ends what an engine that was killed left behind. Before anything is decided:
   * a lost attempt that still goes on must not go on beside the next one. And
   * only once the run is ours: nobody else can begin any more of them.
   */
  async #endOrphans(state: RunState): Promise<void> {
    const marks = new Set(demand(state).map(({ key }) => markOf(state, key)));
    if (marks.size > 0) await this.#options.host.endMarked(marks);
  }

  async #drive(start: Beginning): Promise<RunHandle> {
    const { state, plan, journal, summary, first, options } = start;
    const { registry, runners = ["local"], clock, host, warn } = this.#options;
    const language = await loadLanguage(plan, {
      registry,
      runners: new Set(runners),
      env: host.env(),
    });
    const inbox = new Inbox<RunCommand>();
    const feeds = new Set<EventFeed>();
    let durable = journal.length;
    const runId = summary.runId;
    const tell = (events: readonly RunEvent[]) => {
      durable += events.length;
      for (const feed of feeds) feed.put(events);
      this.#sinks.events(runId, events);
    };
    const cancel = (by: string, why: string) =>
      inbox.put({ type: "cancel", at: clock.now(), by, why });
    const asked = options.cancel ?? (options.signal?.aborted ? ABORTED : undefined);
    inbox.put(first.type === "start" && asked !== undefined ? { ...first, cancel: asked } : first);
    if (first.type !== "start" && asked !== undefined) cancel(asked.by, asked.why);
    const release = onAbort(options.signal, () => cancel(ABORTED.by, ABORTED.why));
    const driven = driveRun({
      state,
      language,
      journal,
      clock,
      inbox,
      tell,
      summarise: (state) => summaryOf(summary, state),
      execute: (attempt, signal) =>
        executeAttempt(attempt, {
          ...{ state, language, host, clock, signal },
          runs: this.#runsFor(state, attempt),
          print: (line) => this.#sinks.line(runId, line),
        }),
    });
    const result = driven.then(
      () => this.#conclude(start, state),
      (error) => {
        throw interrupted(runId, error);
      },
    ).finally(async () => {
      release[Symbol.dispose]();
      for (const feed of feeds) feed.end();
      this.#active.delete(runId);
      this.#watchWhileActive();
      await journal.close().catch((error: unknown) =>
        warn(`Cannot close the journal of run "${runId}": ${error}`)
      );
    });
    // Whoever holds the handle may never ask for the result.
    result.catch(() => {});
    const handle: RunHandle = {
      runId,
      result,
      cancel,
      events: () => this.#watchEvents(runId, { feeds, durable }),
    };
    this.#active.set(runId, { handle, answeredSeq: start.answeredSeq ?? 0 });
    this.#watchWhileActive();
    return handle;
  }

  /** Audits a run that has ended and says what it came to. */
  async #conclude({ plan, summary, options }: Beginning, state: RunState): Promise<Result> {
    await this.#sinks.flush(summary.runId);
    const audit = options.audit ?? {};
    if (audit !== false && plan.release?.type !== "dryrun") {
      const record = auditRecord(state, { summary, ...audit });
      for (const target of audit.audits ?? await this.audits()) {
        await target.save(record, { excluded: audit.excluded ?? [] }).catch((error: unknown) =>
          // The run has ended as it has; the journal still holds what the record would.
          this.#options.warn(
            `Audit "${target.name}" could not keep run "${summary.runId}": ${error}`,
          )
        );
      }
    }
    return resultOf(state, summary);
  }

  /** Where a stage starts other workflows. */
  #runsFor(parent: RunState, { stage }: Attempt): Runs {
    return {
      start: async (name, params, signal) => {
        const { workflow, ancestry } = planOf(parent);
        const line = [...ancestry, workflow];
        refuseLoop(name, line);
        // Failures count and losses do not, so that a stage that was lost with
        // its engine finds the run that it had started.
        const runId = childRunId(parent.id, `${stage.address}#${stage.failures + 1}`);
        const known = await (await this.store()).find(runId);
        const handle = known === undefined
          ? await this.start(await this.workflow(name), {
            ...{ params, runId, signal, ancestry: line, parentRunId: parent.id, trigger: "stage" },
            extras: planOf(parent).extras,
          })
          : await this.resume(runId, { signal });
        return childOf(await handle.result);
      },
    };
  }

  /** What the journal has so far, then what comes. */
  async *#watchEvents(
    runId: string,
    { feeds, durable }: { readonly feeds: Set<EventFeed>; readonly durable: number },
  ): AsyncGenerator<RunEvent> {
    const feed = new EventFeed();
    feeds.add(feed);
    try {
      let read = 0;
      for await (const record of (await this.store()).read(runId)) {
        if (read++ >= durable) break;
        yield decodeEvent(record);
      }
      yield* feed;
    } finally {
      feeds.delete(feed);
    }
  }

  #watchWhileActive(): void {
    this.#watch ??= new RequestWatch({
      clock: this.#options.clock,
      store: () => this.store(),
      answer: ({ seq, runId, by, why }) => {
        const active = this.#active.get(runId);
        if (active !== undefined && seq > active.answeredSeq) active.handle.cancel(by, why);
      },
    });
    this.#watch.keep(this.#active.size > 0);
  }
}

interface Beginning {
  readonly state: RunState;
  readonly plan: Plan;
  readonly journal: RunJournal;
  readonly summary: RunSummary;
  readonly first: RunCommand;
  readonly options: ResumeOptions;
  /** Requests up to here an earlier engine has answered. @default none */
  readonly answeredSeq?: number;
}

interface ActiveRun {
  readonly handle: RunHandle;
  readonly answeredSeq: number;
}

function summaryOf(summary: RunSummary, state: RunState): RunSummary {
  if (state.phase !== "settled") return summary;
  return {
    ...summary,
    status: statusOf(state.outcome),
    settledAt: state.settledAt ?? state.startedAt,
  };
}

function resultOf(state: RunState, { runId, parentRunId }: RunSummary): Result {
  const context = runContext(state, { info: true });
  return new Result({ runId, parentRunId, status: statusOf(state.outcome), context });
}

function finished(state: RunState, summary: RunSummary): RunHandle {
  return {
    runId: summary.runId,
    result: Promise.resolve(resultOf(state, summary)),
    cancel: () => {},
    async *events() {},
  };
}

function refuseLoop(name: string, line: readonly string[]): void {
  if (line.includes(name)) {
    const way = [...line, name].join(" -> ");
    throw new StageError(`Circle execute via trigger itself workflow name. (${way})`, {
      retryable: false,
    });
  }
  if (line.length >= MAX_TRIGGER_DEPTH) {
    throw new StageError(
      `Cannot trigger "${name}": workflows may trigger one another ${MAX_TRIGGER_DEPTH} deep`,
      {
        retryable: false,
      },
    );
  }
}

function childOf({ runId, status, context, errors }: Result): ChildRun {
  const message = errors[0]?.message;
  return { runId, status, context, ...(message === undefined ? {} : { message }) };
}

function onlyJobs(plan: Plan, wanted: readonly JobId[]): Plan {
  const jobs = plan.jobs.filter(({ id }) => wanted.includes(id));
  return {
    ...plan,
    jobs: jobs.map((job) => ({ ...job, needs: job.needs.filter((need) => wanted.includes(need)) })),
  };
}

const ABORTED = { by: "caller", why: "the signal was aborted" };

/** One that is aborted already does not call. */
function onAbort(signal: AbortSignal | undefined, run: () => void): Disposable {
  signal?.addEventListener("abort", run, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", run) };
}

/** A run that could not be taken up must not look as if it were held. */
async function orClosed<T>(journal: RunJournal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function interrupted(runId: string, cause: unknown): Error {
  if (!(cause instanceof JournalError)) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
  return new WorkflowError(
    `Run "${runId}" was interrupted: ${cause.message}; nothing recorded is lost, resume it with "sluice resume ${runId}"`,
    { cause },
  );
}

function flag(value: Value | undefined, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}
