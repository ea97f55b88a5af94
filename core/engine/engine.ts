/**
 * The engine: starts runs, takes them up again, and ends them. It knows no
 * concrete plugin and no runtime; `mod.ts` hands it both.
 *
 * @module
 */
import { renderDeep } from "../expr/template.ts";
import { textOf } from "../expr/text.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { type ConcurrencySettings, NO_LIMITS } from "../model/concurrency.ts";
import type { Workflow } from "../model/workflow.ts";
import { MAX_PARALLEL_JOBS } from "../model/load_workflow.ts";
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
import type { Isolation } from "../plugin/isolation.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import type { SecretProvider } from "../plugin/secrets.ts";
import type { Audit, MissedRun, Sink } from "../plugin/sink.ts";
import { OPEN_POLICY, type StagePolicy } from "../plugin/stage_policy.ts";
import { type ChildRun, type Runs, StageError } from "../plugin/stage_kind.ts";
import { decodeEvent } from "../run/codec.ts";
import type { GivenStage, KeptJob, RunCommand } from "../run/command.ts";
import { jobOfBranch, runContext } from "../run/contexts.ts";
import { type Attempt, demand, wantsPermit } from "../run/demand.ts";
import type { RunEvent } from "../run/event.ts";
import { evolve, initialState, planOf, type RunState } from "../run/state.ts";
import { statusOf } from "../run/status.ts";
import type { Calendar } from "../schedule/slots.ts";
import { LOCAL } from "./attempt_runner.ts";
import { auditRecord } from "./audit_record.ts";
import { driveRun } from "./drive_run.ts";
import { ParamError, WorkflowError, WorkflowNotFoundError } from "./errors.ts";
import { executeAttempt } from "./execute_attempt.ts";
import { Inbox } from "./inbox.ts";
import { loadLanguage } from "./language.ts";
import { markOf } from "./marked_host.ts";
import { PermitDesk } from "./permit_desk.ts";
import { coveredBy, planConcurrency } from "./plan_concurrency.ts";
import { Result } from "./result.ts";
import { type Filing, MAX_OWED, RunAudits, withoutKept } from "./run_audits.ts";
import { EventFeed, type RunHandle } from "./run_handle.ts";
import { childRunId, isRunId, RunIds } from "./run_id.ts";
import { kindsIn, readSecrets, type RunSecrets } from "./run_secrets.ts";
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

/** Starts runs, takes them up again, and ends them. */
export class Engine implements AsyncDisposable {
  readonly #options: EngineOptions;
  readonly #sinks: SinkFanOut;
  readonly #active = new Map<string, ActiveRun>();
  readonly #ids = new RunIds();
  readonly #records: RunAudits;
  #store: Promise<JournalStore> | undefined;
  #audits: Promise<readonly Audit[]> | undefined;
  #watch: RequestWatch | undefined;
  readonly #desk: PermitDesk;
  #calendar: Promise<Calendar> | undefined;
  #providers: Promise<readonly SecretProvider[]> | undefined;

  /**
   * Makes one.
   *
   * @param options What the engine is made of.
   */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#sinks = new SinkFanOut(options.sinks ?? [], options.warn);
    this.#records = new RunAudits(options.warn);
    this.#desk = new PermitDesk({
      store: () => this.store(),
      ...{ clock: options.clock, writer: options.writer, lives: options.lives },
      evict: (runId) => this.#evict(runId),
      displace: (runId) => this.cancel(runId, DISPLACED),
      warn: options.warn,
    });
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
    const { defaults, clock, version, isolation } = this.#options;
    const extras = { ...workflow.extras, ...options.extras };
    const converted = convertParams(workflow.params, options.params ?? {}, { nowMs: clock.now() });
    if (!converted.ok) {
      throw new ParamError(
        converted.errors.map(({ param, ...rest }) => ({ paramName: param, ...rest })),
      );
    }
    const { jobs, release, ancestry = [] } = options;
    const plan = makePlan(workflow, {
      ...{ engine: version, isolation },
      params: converted.value,
      timeoutMs: options.timeoutMs ?? workflow.timeoutMs ?? defaults.timeoutMs,
      ...runLimits(extras, {
        maxParallel: options.maxParallel ?? workflow.maxParallel ?? defaults.maxParallel,
        stageDefaultId: defaults.stageDefaultId,
      }),
      scriptLang: workflow.scriptLang ?? defaults.scriptLang,
      ...{ extras, release, ancestry },
      concurrency: planConcurrency(workflow, {
        settings: this.#options.concurrency ?? NO_LIMITS,
        covered: options.covered ?? [],
        render: (template) => textOf(this.renderWith({ params: converted.value }, template)),
      }),
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
    const runId = options.runId ?? this.#ids.next(plan.workflow, { nowMs, chance: chance() });
    if (!isRunId(runId)) {
      throw new WorkflowError(
        `Cannot start run "${runId}": a run id has letters, digits and ._:@+~- only`,
      );
    }
    const known = options.runId === undefined ? undefined : await (await this.store()).find(runId);
    if (known !== undefined) return this.#takeUp(known, { plan, options });
    await this.#options.admit?.(workflow);
    const secrets = await this.#secretsOf(plan);
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
      given: options.given ?? [],
    };
    const beginning = { state: initialState(), plan, journal, summary, first, options, secrets };
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
    if (summary.settledAt !== undefined) {
      await this.#auditLate(summary);
      return finished(await this.read(runId), summary);
    }
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

  /**
   * Audits runs that have ended and have no record: their engine died before it
   * wrote one, or an audit could not be written then. Says which have theirs now.
   */
  async auditOwed(): Promise<readonly string[]> {
    const audited = [...await this.#records.settle()];
    const store = await this.store();
    for (const summary of await store.list({ statuses: ENDED, held: true, limit: MAX_OWED })) {
      if (await this.#auditLate(summary)) audited.push(summary.runId);
    }
    return audited;
  }

  /** Tells a sink of everything from now on, until the result is disposed of. */
  tell(sink: Sink): Disposable {
    return this.#sinks.add(sink);
  }

  /** Tells all sinks of a run that should have begun and did not. */
  missed(missed: MissedRun): void {
    this.#sinks.missed(missed);
  }

  /** Waits for what is running and frees what is held. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#active.values()].map(({ handle }) => handle.result));
    await this.#records.settle();
    await this.#watch?.stop();
    await this.#desk.settled();
    const store = await this.#store?.catch(() => undefined); // Whoever asked for it was told.
    await store?.close();
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
      const secrets = await this.#secretsOf(known);
      await this.#endOrphans(state);
      const at = clock.now();
      const first: RunCommand = state.plan === undefined
        ? {
          ...{ type: "start", at, run: runId, plan: known },
          ...{ kept: options.kept ?? [], given: options.given ?? [] },
        }
        : { type: "recover", at, given: options.given ?? [] };
      const answeredSeq = await this.#answeredSeq(state);
      return await this.#drive({
        ...{ state, plan: known, journal, summary, first, options, answeredSeq, secrets },
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
    const lost = demand(state);
    const marks = new Set(lost.map(({ key }) => markOf(state, key)));
    if (marks.size === 0) return;
    const { host, registry } = this.#options;
    await host.endMarked(marks);
    const places = new Set(lost.map(({ stage }) => jobOfBranch(stage.branch).planned.runsOn.type));
    for (const place of places) {
      if (!registry.runnerNames.includes(place)) continue;
      const kind = await registry.runner(place);
      await kind.endMarked?.(marks, { host, env: host.env() });
    }
  }

  /** The secret of this name, from the first who has it: for what is not said within a run, as what webhooks are signed with. */
  async secret(name: string): Promise<string | undefined> {
    for (const provider of await (this.#providers ??= this.#openProviders())) {
      const value = await provider.read(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  async #secretsOf(plan: Plan): Promise<RunSecrets> {
    const handedOver = await this.#handedOver(plan);
    return await readSecrets(plan, () => this.#providers ??= this.#openProviders(), { handedOver });
  }

  /** The secrets that stages of a plan are handed by name. A kind that is not installed is told of elsewhere. */
  async #handedOver(plan: Plan): Promise<readonly string[]> {
    const { registry } = this.#options;
    const used = kindsIn(plan);
    const entries = registry.stageEntries.filter(({ name }) => used.has(name));
    const kinds = await Promise.all(entries.map((entry) => entry.load()));
    return kinds.flatMap(({ secretNames = [] }) => secretNames);
  }

  async #openProviders(): Promise<readonly SecretProvider[]> {
    return await this.#options.openSecrets?.() ?? [];
  }

  /** Ends what a run left behind, unless somebody has taken it up: the state was read before that was looked at. */
  async #evict(runId: string): Promise<void> {
    const state = await this.read(runId);
    if (!await this.isHeld(runId)) await this.#endOrphans(state);
  }

  async #drive(start: Beginning): Promise<RunHandle> {
    const { state, plan, journal, summary, first, options, secrets } = start;
    const { registry, clock, host, warn } = this.#options;
    const { passEnv = [], policy = OPEN_POLICY } = this.#options;
    const language = await loadLanguage(plan, {
      registry,
      runners: new Set([LOCAL, ...registry.runnerNames]),
      // To read all of it takes as long as a whole short run, and few workflows look at any.
      get env() {
        return host.env();
      },
    });
    const inbox = new Inbox<RunCommand>();
    const claimant = { state, inbox, isNew: first.type === "start" };
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
      claim: () => this.#desk.sync(claimant),
      summarise: (state) => summaryOf(summary, state),
      execute: (attempt, signal) =>
        executeAttempt(attempt, {
          ...{ state, language, host, clock, signal, secrets, passEnv, policy, registry },
          runs: this.#runsFor(state, attempt),
          isolation: this.#options.openIsolation,
          print: (block) => this.#sinks.lines(runId, block),
        }),
    });
    let owed = false;
    const result = driven.then(
      async () => {
        owed = !await this.#conclude(start, state);
        return resultOf(state, summary);
      },
      (error) => {
        throw interrupted(runId, error);
      },
    ).finally(async () => {
      release[Symbol.dispose]();
      this.#desk.leave(runId);
      for (const feed of feeds) feed.end();
      this.#active.delete(runId);
      this.#watchWhileActive();
      if (owed) return;
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
    // Somebody may have asked for something while nobody drove it.
    if (first.type !== "start") this.#watch?.startOver();
    this.#watchWhileActive();
    return handle;
  }

  /** Audits a run that has ended; a run whose record is missing somewhere stays held. */
  async #conclude(
    { plan, summary, options, journal }: Beginning,
    state: RunState,
  ): Promise<boolean> {
    await this.#sinks.flush(summary.runId);
    const { audit = {} } = options;
    if (audit === false || isDryRun(plan)) return true;
    if ((audit.audits ?? await this.audits()).length === 0) return true;
    if (await this.#records.file(await this.#filing(state, { summary, audit }))) {
      await this.#records.settle();
      return true;
    }
    this.#owe(summary, { journal, audit });
    return false;
  }

  #owe(
    summary: RunSummary,
    { journal, audit }: { readonly journal: RunJournal; readonly audit: AuditOptions },
  ): void {
    const filing = async () => this.#filing(await this.read(summary.runId), { summary, audit });
    this.#records.owe(summary.runId, { journal, filing });
  }

  async #filing(
    state: RunState,
    { summary, audit }: { readonly summary: RunSummary; readonly audit: AuditOptions },
  ): Promise<Filing> {
    const provenance = this.#options.provenance?.();
    const facts = { summary, ...audit, ...(provenance === undefined ? {} : { provenance }) };
    return {
      record: auditRecord(state, facts),
      audits: audit.audits ?? await this.audits(),
      excluded: audit.excluded ?? [],
    };
  }

  /** Whether a run that has ended is one that an engine died over, and has its record now. */
  async #auditLate(summary: RunSummary): Promise<boolean> {
    const { runId } = summary;
    const { writer, lives } = this.#options;
    const store = await this.store();
    const holder = await store.writerOf(runId);
    if (holder === undefined || lives(holder)) return false;
    const journal = await store.open(runId, writer, lives).catch(absentIfBusy);
    if (journal === undefined) return false;
    const state = await this.read(runId);
    const filing = await this.#filing(state, { summary, audit: {} });
    if (isDryRun(planOf(state)) || await this.#records.file(await withoutKept(filing))) {
      await journal.close();
      return true;
    }
    this.#owe(summary, { journal, audit: {} });
    return false;
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
        const begun = known === undefined
          ? this.start(await this.workflow(name), {
            ...{ params, runId, signal, ancestry: line, parentRunId: parent.id, trigger: "stage" },
            extras: planOf(parent).extras,
            covered: coveredBy(planOf(parent).concurrency),
          })
          : this.resume(runId, { signal });
        return await begun.then(
          async ({ result }) => childOf(await result),
          (error) => refusedChild(runId, error),
        );
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
      beat: () => this.#desk.look(),
      answer: ({ seq, runId, by, why }) => {
        const active = this.#active.get(runId);
        if (active === undefined || seq <= active.answeredSeq) return;
        active.answeredSeq = seq;
        active.handle.cancel(by, why);
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
  readonly secrets: RunSecrets;
  /** Requests up to here an earlier engine has answered. @default none */
  readonly answeredSeq?: number;
}

interface ActiveRun {
  readonly handle: RunHandle;
  /** Requests up to here have been answered. */
  answeredSeq: number;
}

/** The statuses of runs that have ended. */
const ENDED: readonly string[] = ["SUCCESS", "FAILED", "SKIP", "CANCEL"];

function isDryRun({ release }: Plan): boolean {
  return release?.type === "dryrun";
}

/** Another engine was quicker, and audits it. */
function absentIfBusy(error: unknown): undefined {
  if (error instanceof JournalError && error.code === "busy") return undefined;
  throw error;
}

function summaryOf(summary: RunSummary, state: RunState): RunSummary {
  if (state.phase !== "settled") {
    return { ...summary, status: wantsPermit(state) ? "WAIT" : "RUNNING" };
  }
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

/** Parameters that do not fit are a failure of what is triggered (REFERENCE C-035, C-224). */
function refusedChild(runId: string, error: unknown): ChildRun {
  if (!(error instanceof ParamError)) throw error;
  return { runId, status: "FAILED", context: { jobs: {} }, message: error.message };
}

function onlyJobs(plan: Plan, wanted: readonly JobId[]): Plan {
  const jobs = plan.jobs.filter(({ id }) => wanted.includes(id));
  return {
    ...plan,
    jobs: jobs.map((job) => ({ ...job, needs: job.needs.filter((need) => wanted.includes(need)) })),
  };
}

const DISPLACED = { by: "concurrency", why: "a newer run of its concurrency group came" };
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

interface RunLimits {
  readonly maxParallel: number;
  readonly stageDefaultId: boolean;
}

/** Extras go before the settings; of another type than those they refuse the run (REFERENCE C-040). */
function runLimits(extras: ValueObject, { maxParallel, stageDefaultId }: RunLimits): RunLimits {
  const asked = extras.max_job_parallel ?? maxParallel;
  if (typeof asked !== "number" || !Number.isInteger(asked) || asked < 1) {
    throw wrongExtra("max_job_parallel", "a whole number from 1");
  }
  const keeps = extras.stage_default_id ?? stageDefaultId;
  if (typeof keeps !== "boolean") throw wrongExtra("stage_default_id", "true or false");
  return { maxParallel: Math.min(asked, MAX_PARALLEL_JOBS), stageDefaultId: keeps };
}

function wrongExtra(name: string, wanted: string): ParamError {
  const message = `Cannot use "${name}" of the extras: it must be ${wanted}`;
  return new ParamError([{ paramName: `extras.${name}`, message, name: "TypeError" }]);
}
