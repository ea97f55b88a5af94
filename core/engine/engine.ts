/**
 * The engine: starts runs, takes them up again, and ends them. It knows no
 * concrete plugin and no runtime; `mod.ts` hands it both.
 *
 * @module
 */
import { renderDeep } from "../expr/template.ts";
import { textOf } from "../expr/text.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { NO_LIMITS } from "../model/concurrency.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Plan } from "../plan/plan.ts";
import {
  JournalError,
  type JournalStore,
  livesIn,
  type NewRunOptions,
  OPEN_STATUSES,
  type RunJournal,
  type RunSummary,
} from "../plugin/journal.ts";
import { type OpenOnce, openOnce } from "../plugin/open_once.ts";
import type { Audit, MissedRun, Sink } from "../plugin/sink.ts";
import { OPEN_POLICY } from "../plugin/stage_policy.ts";
import { decodeEvent } from "../run/codec.ts";
import type { RunCommand, Start } from "../run/command.ts";
import { runContext } from "../run/contexts.ts";
import { wantsPermit } from "../run/demand.ts";
import { evolve, initialState, type RunState } from "../run/state.ts";
import { statusOf } from "../run/status.ts";
import type { Calendar } from "../schedule/slots.ts";
import { childRuns } from "./child_runs.ts";
import { driveRun } from "./drive_run.ts";
import type { EngineOptions, ResumeOptions, StartOptions } from "./engine_options.ts";
import { WorkflowError, WorkflowNotFoundError } from "./errors.ts";
import { executeAttempt } from "./execute_attempt.ts";
import { decideFirst, type FirstDecision, punctual } from "./first_decision.ts";
import { type LoadedLanguage, loadLanguage } from "./language.ts";
import { LiveRun } from "./live_run.ts";
import { NewJournal } from "./new_journal.ts";
import { endOrphans } from "./orphans.ts";
import { PermitDesk } from "./permit_desk.ts";
import { planRun } from "./plan_run.ts";
import { judgeRelease, type ReleaseSlot } from "./release_slot.ts";
import { RequestWatch } from "./request_watch.ts";
import { Result } from "./result.ts";
import { RunAudits } from "./run_audits.ts";
import type { ReadyRun } from "./ready_run.ts";
import type { RunHandle } from "./run_handle.ts";
import { isRunId, RunIds } from "./run_id.ts";
import type { RunSecrets } from "./run_secrets.ts";
import { SecretSource } from "./secret_source.ts";
import { type StartComparison, startDifferences } from "./same_start.ts";
import { SinkFanOut } from "./sink_fan_out.ts";

/** The context of a run with more legs and branches is made when somebody reads it. */
const MANY_BRANCHES = 1_000;

/** So many runs of one workflow are looked at, to tell whether any is under way. */
export const MAX_UNDER_WAY = 100;

/** Starts runs, takes them up again, and ends them. */
export class Engine implements AsyncDisposable {
  readonly #options: EngineOptions;
  readonly #sinks: SinkFanOut;
  readonly #active = new Map<string, LiveRun>();
  /** Runs that are being taken up: whoever wants one of them as well is handed the same. */
  readonly #taking = new Map<string, Promise<RunHandle>>();
  readonly #ids = new RunIds();
  readonly #records: RunAudits;
  readonly #secrets: SecretSource;
  readonly #store: OpenOnce<JournalStore>;
  readonly #audits: OpenOnce<readonly Audit[]>;
  readonly #calendar: OpenOnce<Calendar>;
  #watch: RequestWatch | undefined;
  readonly #desk: PermitDesk;

  /**
   * Makes one.
   *
   * @param given What the engine is made of.
   */
  constructor(given: EngineOptions) {
    const options = askingTheStore(given);
    this.#options = options;
    this.#store = openOnce(options.openStore);
    this.#audits = openOnce(async () => await options.openAudits?.() ?? []);
    this.#calendar = openOnce(options.loadCalendar);
    this.#sinks = new SinkFanOut(options.sinks ?? [], options.warn);
    this.#records = new RunAudits({
      ...options,
      store: () => this.store(),
      read: (runId) => this.read(runId),
      openAudits: () => this.audits(),
    });
    this.#secrets = new SecretSource(options);
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
    return this.#store();
  }

  /** The audits that finished runs are handed to. */
  audits(): Promise<readonly Audit[]> {
    return this.#audits();
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
    return this.#calendar();
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
    return this.#planAt(workflow, { start: options, nowMs: this.now() });
  }

  #planAt(
    workflow: Workflow,
    { start, nowMs }: { readonly start: StartOptions; readonly nowMs: number },
  ): Plan {
    const { defaults, version, isolation, concurrency = NO_LIMITS } = this.#options;
    return planRun(workflow, {
      ...{ start, defaults, version, isolation, concurrency, nowMs },
      render: (names, template) => textOf(this.renderWith(names, template)),
    });
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
    const { clock, chance } = this.#options;
    const nowMs = clock.now();
    const runId = options.runId ?? this.#ids.next(plan.workflow, { nowMs, chance: chance() });
    if (!isRunId(runId)) {
      throw new WorkflowError(
        `Cannot start run "${runId}": a run id has letters, digits and ._:@+~- only`,
      );
    }
    const known = options.runId === undefined ? undefined : await (await this.store()).find(runId);
    if (known !== undefined) return this.#takeUp(known, { workflow, plan, options });
    const prepared = await this.#prepared(workflow, { runId, plan, options });
    return await this.#begin(prepared, options).catch(async (error: unknown) => {
      const other = isTaken(error) ? await (await this.store()).find(runId) : undefined;
      if (other === undefined || options.runId === undefined) throw error;
      return await this.#takeUp(other, { workflow, plan, options });
    });
  }

  /**
   * Does all of a start that can be done before it, for whoever knows when it
   * will come. Nothing is written, and nobody looks whether there is such a run.
   *
   * @throws what {@linkcode Engine.start} throws.
   */
  async ready(
    workflow: Workflow,
    { atMs, ...options }: StartOptions & {
      readonly runId: string;
      /** When it is to begin. */
      readonly atMs: number;
    },
  ): Promise<ReadyRun> {
    const { runId } = options;
    const plan = this.#planAt(workflow, { start: options, nowMs: atMs });
    const prepared = await this.#prepared(workflow, { runId, plan, options });
    // What may be ended before it begins is decided when it does.
    let early = options.signal === undefined
      ? decideFirst(startOf(prepared, atMs), prepared.language)
      : undefined;
    return {
      runId,
      begin: (conditions) => this.#begin(prepared, { ...conditions, early }),
      postpone: () => void (early = undefined),
    };
  }

  /**
   * Does now what the next runs of this engine would wait for, for whoever knows
   * that many of them will come at one moment.
   */
  async prepare(): Promise<void> {
    await (await this.store()).prepare?.(this.#options.writer);
  }

  async #begin(
    prepared: PreparedRun,
    { early, newest }: NewRunOptions & { readonly early?: FirstDecision | undefined },
  ): Promise<RunHandle> {
    const { runId, plan, language, secrets, options } = prepared;
    const { clock, writer } = this.#options;
    const decided = punctual(early, clock.now());
    const nowMs = decided?.atMs ?? clock.now();
    const summary: RunSummary = {
      runId,
      workflow: plan.workflow,
      status: "RUNNING",
      startedAt: nowMs,
      trigger: options.trigger ?? "manual",
      ...(options.parentRunId === undefined ? {} : { parentRunId: options.parentRunId }),
    };
    let begunMs = nowMs;
    const journal = new NewJournal(async (records, now = summary) => {
      const made = await (await this.store()).create(now, writer, records, { newest });
      begunMs = clock.now();
      return made;
    });
    const first = startOf(prepared, nowMs);
    const state = decided?.state ?? initialState();
    const run = await this.#drive({
      ...{ state, plan, journal, summary, first, decided, options, secrets, isNew: true },
      language,
    });
    run.begunMs = begunMs;
    return run;
  }

  /**
   * Takes up a run that has not ended. What was under way when its engine died
   * runs again; what had finished does not. A run that has ended is given back
   * as it is.
   *
   * @throws {WorkflowError} when there is no such run.
   * @throws {JournalError} `busy` when another engine is at it.
   */
  async resume(
    runId: string,
    options: ResumeOptions = {},
  ): Promise<RunHandle> {
    const active = this.#active.get(runId);
    if (active !== undefined) return active;
    const store = await this.store();
    const summary = await store.find(runId);
    if (summary === undefined) {
      throw new WorkflowError(`Cannot resume run "${runId}": there is no such run`);
    }
    if (summary.settledAt !== undefined) {
      await this.#records.fileLate(summary);
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
    return this.#active.get(runId);
  }

  /**
   * The newest runs of a workflow that have not ended and whose engine lives,
   * and those of which `goesOn` knows that somebody will take them up.
   */
  async underWay(
    workflow: string,
    goesOn: (run: RunSummary) => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<readonly RunSummary[]> {
    const store = await this.store();
    const query = { workflow, statuses: OPEN_STATUSES, limit: MAX_UNDER_WAY };
    const open = await store.list(query);
    const counts = await Promise.all(open.map(async (run) => {
      if (await this.isHeld(run.runId)) return true;
      if (!await goesOn(run)) return false;
      // Nobody holds what has ended since it was listed, either.
      const now = await store.find(run.runId);
      return now !== undefined && now.settledAt === undefined;
    }));
    return open.filter((_, at) => counts[at]);
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
    if (active !== undefined) return active.cancel(by, why);
    await (await this.store()).request({ runId, type: "cancel", by, why });
  }

  /**
   * Removes a run with its events; says whether it is gone. One that somebody
   * holds stays: it is under way, or has no record yet. `before` removes what
   * belongs to it and would be found by nobody afterwards.
   */
  async remove(
    runId: string,
    { before }: { readonly before?: () => Promise<void> } = {},
  ): Promise<boolean> {
    const store = await this.store();
    if (await store.writerOf(runId) !== undefined) return false;
    await before?.();
    try {
      await store.remove(runId, this.#options.lives);
      return true;
    } catch (error) {
      if (error instanceof JournalError && error.code === "busy") return false;
      throw error;
    }
  }

  /**
   * Audits runs that have ended and have no record: their engine died before it
   * wrote one, or an audit could not be written then. Says which have theirs now.
   */
  auditOwed(): Promise<readonly string[]> {
    return this.#records.fileOwed();
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
    await Promise.allSettled([...this.#active.values()].map(({ result }) => result));
    await this.#records.settle();
    await this.#watch?.stop();
    await this.#desk.settled();
    await (await this.#store.opened())?.close();
  }

  async #prepared(
    workflow: Workflow,
    { runId, plan, options }: Pick<PreparedRun, "runId" | "plan" | "options">,
  ): Promise<PreparedRun> {
    await this.#options.admit?.(workflow);
    if (options.audit !== false) await this.audits();
    const secrets = await this.#secrets.of(plan);
    return { runId, plan, options, secrets, language: await this.#languageOf(plan) };
  }

  #languageOf(plan: Plan): Promise<LoadedLanguage> {
    const { registry, host } = this.#options;
    return loadLanguage(plan, {
      registry,
      // To read all of it takes as long as a whole short run, and few workflows look at any.
      get env() {
        return host.env();
      },
    });
  }

  async #takeUp(
    known: RunSummary,
    { workflow, plan, options }: {
      readonly workflow: Workflow;
      readonly plan: Plan;
      readonly options: StartOptions;
    },
  ): Promise<RunHandle> {
    const { runId, settledAt } = known;
    if (known.workflow !== plan.workflow) {
      throw new WorkflowError(
        `Cannot start run "${runId}" of "${plan.workflow}": it is a run of "${known.workflow}"`,
      );
    }
    // Ids that follow from something else stand for it, whatever a schedule says by now.
    if ((options.trigger ?? BY_HAND) === BY_HAND) {
      const { plan: before } = await this.read(runId, { until: 1 });
      if (before !== undefined) {
        refuseAnother(runId, { known: before, wanted: plan, workflow, options });
      }
    }
    const over = this.#active.has(runId) || settledAt !== undefined;
    return await (over ? this.resume(runId, options) : this.#takeOver(known, { plan, options }));
  }

  /** Goes on with a run of an engine that died; with `plan` where it died before the first event. */
  async #takeOver(
    summary: RunSummary,
    start: { readonly plan?: Plan; readonly options: StartOptions },
  ): Promise<RunHandle> {
    const { runId } = summary;
    const known = this.#active.get(runId) ?? this.#taking.get(runId);
    if (known !== undefined) return await known;
    const taking = this.#carryOn(summary, start);
    this.#taking.set(runId, taking);
    try {
      return await taking;
    } finally {
      this.#taking.delete(runId);
    }
  }

  async #carryOn(
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
      const secrets = await this.#secrets.of(known);
      await endOrphans(state, this.#options);
      const at = clock.now();
      const first: RunCommand = state.plan === undefined
        ? startOf({ runId, plan: known, options }, at)
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

  /** The secret of this name, from the first who has it: for what is not said within a run, as what webhooks are signed with. */
  secret(name: string): Promise<string | undefined> {
    return this.#secrets.read(name);
  }

  /** Ends what a run left behind, unless somebody has taken it up: the state was read before that was looked at. */
  async #evict(runId: string): Promise<void> {
    const state = await this.read(runId);
    if (!await this.isHeld(runId)) await endOrphans(state, this.#options);
  }

  async #drive(start: Beginning): Promise<LiveRun> {
    const { plan, summary, first, isNew = false, answeredSeq = 0 } = start;
    const { clock } = this.#options;
    const language = start.language ?? await this.#languageOf(plan);
    const made = Promise.withResolvers<void>();
    const run = new LiveRun(summary.runId, {
      ...{ store: () => this.store(), clock, answeredSeq },
      drive: (run) => this.#carry(run, { ...start, language, made: made.resolve }),
    });
    // Until a new run is in the store, another one may have its id.
    if (isNew) await Promise.race([made.promise, run.result]);
    else this.#hold(run);
    // Somebody may have asked for something while nobody drove it.
    if (first.type !== "start") this.#watch?.startOver();
    return run;
  }

  async #carry(run: LiveRun, start: Carried): Promise<Result> {
    const { state, journal, summary, first, decided, options, language, secrets } = start;
    const { isNew, made } = start;
    const { clock, host, registry, passEnv = [], policy = OPEN_POLICY } = this.#options;
    const { runId, inbox } = run;
    const opening = decided ? [] : openingOf(first, { options, at: clock.now() });
    for (const command of opening) inbox.put(command);
    using _release = onAbort(options.signal, () => run.cancel(ABORTED.by, ABORTED.why));
    const claimant = { state, inbox, isNew: first.type === "start" };
    let audited = false;
    const neverWas = () => isNew === true && journal.length === 0;
    try {
      await driveRun({
        ...{ state, language, journal, clock, inbox, decided },
        tell: (events) => {
          if (!this.#active.has(runId)) this.#hold(run);
          made();
          run.ring();
          this.#sinks.events(runId, events);
        },
        claim: () => this.#desk.sync(claimant),
        summarise: (state) => summaryOf(summary, state),
        execute: (attempt, signal) =>
          executeAttempt(attempt, {
            ...{ state, language, host, clock, signal, secrets, passEnv, policy, registry },
            runs: childRuns(attempt, { parent: state, engine: this }),
            isolation: this.#options.openIsolation,
            print: (block) => this.#sinks.lines(runId, block),
          }),
      });
      await this.#sinks.flush(runId);
      audited = await this.#records.conclude(state, { summary, journal, audit: options.audit });
      return resultOf(state, summary);
    } catch (error) {
      throw neverWas() ? error : interrupted(runId, error);
    } finally {
      if (!neverWas()) await this.#letGo(run, { state, journal, audited });
    }
  }

  #hold(run: LiveRun): void {
    this.#active.set(run.runId, run);
    this.#watchWhileActive();
  }

  /** A run that has ended and has no record yet stays held, so that it is found. */
  async #letGo(
    { runId }: LiveRun,
    { state, journal, audited }: Pick<Beginning, "state" | "journal"> & {
      readonly audited: boolean;
    },
  ): Promise<void> {
    this.#desk.leave(runId);
    this.#active.delete(runId);
    this.#watchWhileActive();
    if (state.phase === "settled" && !audited) return;
    await journal.close().catch((error: unknown) =>
      this.#options.warn(`Cannot close the journal of run "${runId}": ${error}`)
    );
  }

  #watchWhileActive(): void {
    this.#watch ??= new RequestWatch({
      clock: this.#options.clock,
      store: () => this.store(),
      beat: async () => {
        await this.#desk.look();
        if (!this.#isWatchful()) this.#watch?.keep(false);
      },
      answer: ({ seq, runId, by, why }) => {
        const run = this.#active.get(runId);
        if (run === undefined || seq <= run.answeredSeq) return;
        run.answeredSeq = seq;
        run.cancel(by, why);
      },
    });
    this.#watch.keep(this.#isWatchful());
  }

  /** A permit that could not be given back is given back later, even when no run is left. */
  #isWatchful(): boolean {
    return this.#active.size > 0 || this.#desk.isBehind;
  }
}

/** What a run needs before its first event, and what takes most of the time until then. */
interface PreparedRun {
  readonly runId: string;
  readonly plan: Plan;
  readonly language: LoadedLanguage;
  readonly secrets: RunSecrets;
  readonly options: StartOptions;
}

interface Beginning {
  readonly state: RunState;
  readonly plan: Plan;
  readonly journal: RunJournal;
  readonly summary: RunSummary;
  readonly first: RunCommand;
  /** What the first command was decided to come to, where that was done ahead. */
  readonly decided?: FirstDecision | undefined;
  readonly options: ResumeOptions;
  readonly secrets: RunSecrets;
  /** What it is read with, where that has been loaded. */
  readonly language?: LoadedLanguage;
  /** Whether nothing of it is in the store before its first event. @default false */
  readonly isNew?: boolean;
  /** Requests up to here an earlier engine has answered. @default none */
  readonly answeredSeq?: number;
}

interface Carried extends Beginning {
  readonly language: LoadedLanguage;
  /** Called once the run is in the store. */
  readonly made: () => void;
}

/** The store knows best who lives; nobody asks before it is open. */
function askingTheStore(options: EngineOptions): EngineOptions {
  let store: Pick<JournalStore, "lives"> = {};
  return {
    ...options,
    openStore: async () => store = await options.openStore(),
    lives: (writer) => livesIn(store, options.lives)(writer),
  };
}

/** The command that begins a run. */
function startOf(
  { runId, plan, options: { kept = [], given = [] } }: Pick<
    PreparedRun,
    "runId" | "plan" | "options"
  >,
  atMs: number,
): Start {
  return { type: "start", at: atMs, run: runId, plan, kept, given };
}

/** What the inbox of a run begins with. */
function openingOf(
  first: RunCommand,
  { options, at }: { readonly options: ResumeOptions; readonly at: number },
): readonly RunCommand[] {
  const asked = options.cancel ?? (options.signal?.aborted ? ABORTED : undefined);
  if (asked === undefined) return [first];
  if (first.type === "start") return [{ ...first, cancel: asked }];
  return [first, { type: "cancel", at, ...asked }];
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
  const make = () => runContext(state, { info: true });
  const context = state.branches.size > MANY_BRANCHES ? make : make();
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

const BY_HAND = "manual";

/** Whoever chose the id of a run that is there asks for that run, and not for another one under its name. */
function refuseAnother(
  runId: string,
  { options, known, ...rest }: Omit<StartComparison, "given"> & { readonly options: StartOptions },
): void {
  const { params: given = {}, timeoutMs = known.timeoutMs, maxParallel = known.maxParallel } =
    options;
  const wanted = { ...rest.wanted, maxParallel, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const differences = startDifferences({ ...rest, known, wanted, given });
  if (differences.length === 0) return;
  throw new WorkflowError(
    `Cannot start run "${runId}": there is one of this id already, with another ` +
      `"${differences.join('", "')}"; resume that one, or choose another id`,
  );
}

const DISPLACED = { by: "concurrency", why: "a newer run of its concurrency group came" };
const ABORTED = { by: "caller", why: "the signal was aborted" };

/** Somebody else was quicker to start a run of this id. */
function isTaken(error: unknown): boolean {
  return error instanceof JournalError && error.code === "exists";
}

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
