/**
 * Running again what an earlier run did not finish, or from a chosen job or
 * stage on: which jobs and stages are taken over as they ended, and which run.
 *
 * @module
 */
import { encodeValue } from "../expr/json.ts";
import { mappingOf } from "../expr/mapping.ts";
import type { ValueObject } from "../expr/value.ts";
import type { Workflow } from "../model/workflow.ts";
import type { JobId, Plan, PlannedJob, PlannedRelease, PlannedStage } from "../plan/plan.ts";
import {
  anyAttempt,
  branchAddress,
  jobAddress,
  splitStageAddress,
  stageAddress,
} from "../run/address.ts";
import type { GivenStage, KeptJob } from "../run/command.ts";
import { runContext } from "../run/contexts.ts";
import { plainEntry, stageOutputs } from "../run/entries.ts";
import type { Outcome } from "../run/event.ts";
import {
  type BranchState,
  type JobState,
  planOf,
  type RunState,
  type StageState,
} from "../run/state.ts";
import { stateOfContext } from "./context_state.ts";
import type { Engine } from "./engine.ts";
import type { StartOptions } from "./engine_options.ts";
import { WorkflowError } from "./errors.ts";
import { plainValues } from "./plain_values.ts";

/** How a stage ends because somebody says so. */
export interface SettledByHand {
  /** Which: `JOB/STAGE` in every leg, or `JOB[LEG]/STAGE` in one. */
  readonly stage: string;
  /** How it ends. */
  readonly outcome: "succeeded" | "failed" | "skipped";
  /** What it leaves behind. @default nothing */
  readonly outputs?: ValueObject;
  /** Who says so. */
  readonly by: string;
  /** Why, in their words. */
  readonly why: string;
}

/** What runs again of an earlier run. */
export interface RerunOptions {
  /** The workflow. @default the one of the run's name, as it is now */
  readonly workflow?: Workflow;
  /** Where to begin: `JOB`, `JOB/STAGE` or `JOB[LEG]/STAGE`; the stages before it are kept. @default what failed */
  readonly from?: string;
  /** Keep the stages that succeeded before the one that failed, too. @default false */
  readonly keepStages?: boolean;
  /** Stages that are not run but end so. @default none */
  readonly settled?: readonly SettledByHand[];
  /** Parameters to change; refused if they differ, as what is kept was made with the others, unless forced. */
  readonly params?: ValueObject;
  /** Take other parameters all the same. @default false */
  readonly force?: boolean;
}

/** What a rerun comes to. */
export interface Rerun {
  /** The earlier run. */
  readonly earlier: RunState;
  /** The workflow. */
  readonly workflow: Workflow;
  /** Whether it is not as it was in the earlier run. */
  readonly changed: boolean;
  /** The jobs that run, in order; empty when nothing failed and nothing was chosen: then there is no need to start. */
  readonly jobs: readonly JobId[];
  /** What to start the new run with. */
  readonly start: StartOptions;
}

/**
 * Prepares to run again what failed in a run and what depends on that, or what
 * was chosen and what depends on that. The earlier run is named by its id, or
 * told by the context that it left; then `workflow` must be given. Nothing
 * begins; start what it gives:
 *
 * ```ts ignore
 * const rerun = await prepareRerun(engine, runId, { from: "load/transform" });
 * if (rerun.jobs.length > 0) await engine.start(rerun.workflow, rerun.start);
 * ```
 *
 * @throws {WorkflowError} when the run has not ended, has no such part, or other parameters are not forced.
 */
export async function prepareRerun(
  engine: Engine,
  run: string | ValueObject,
  options: RerunOptions = {},
): Promise<Rerun> {
  const { state, entries, workflow } = typeof run === "string"
    ? await recordedRun(engine, run, options)
    : toldRun(engine, run, options);
  const before = planOf(state);
  const same = { extras: before.extras, ...onlyThose(before, workflow) };
  const params = { ...before.params, ...options.params };
  const plan = engine.plan(workflow, { params, ...same });
  refuseOtherParams({ before, plan, options });
  const selection = new Selection({ earlier: state, plan, options });
  return {
    earlier: state,
    workflow,
    changed: workflow.digest !== before.digest,
    jobs: selection.jobs,
    start: {
      ...{ params, ...same, kept: selection.kept(entries), given: selection.given() },
      ...(state.id === "" ? {} : { parentRunId: state.id }),
      ...(before.release && { release: releaseAgain(before.release) }),
      trigger: "rerun",
    },
  };
}

/**
 * The stages of a run that has not ended which are to end so, for
 * {@linkcode Engine.resume}.
 *
 * @throws {WorkflowError} when there is no such stage, or it has ended.
 */
export function settleByHand(
  state: RunState,
  settled: readonly SettledByHand[],
): readonly GivenStage[] {
  return settled.flatMap((one) => {
    const { job, stages } = findStages(state, { plan: planOf(state), written: one.stage });
    for (const { address } of stages) {
      const { phase } = state.stages.get(address) ?? {};
      if (job?.phase !== "settled" && phase !== "settled") continue;
      throw new WorkflowError(
        `Cannot settle "${one.stage}": it has ended already; use "sluice rerun" to change that`,
      );
    }
    return stages.map(({ address }) => overridden(address, one));
  });
}

interface EarlierRun {
  readonly state: RunState;
  /** What its jobs left, by id. */
  readonly entries: ValueObject;
  readonly workflow: Workflow;
}

async function recordedRun(
  engine: Engine,
  runId: string,
  { workflow }: RerunOptions,
): Promise<EarlierRun> {
  const state = await engine.read(runId);
  if (state.plan === undefined) {
    throw new WorkflowError(`Cannot rerun "${runId}": there is no such run`);
  }
  if (state.phase !== "settled") {
    throw new WorkflowError(
      `Cannot rerun "${runId}": it has not ended; ` +
        (await engine.isHeld(runId) ? "cancel it first" : 'use "sluice resume" to take it up'),
    );
  }
  const entries = mappingOf(runContext(state).jobs);
  return { state, entries, workflow: workflow ?? await engine.workflow(state.plan.workflow) };
}

function toldRun(engine: Engine, context: ValueObject, { workflow }: RerunOptions): EarlierRun {
  if (workflow === undefined) {
    throw new WorkflowError("Cannot rerun a context alone: say which workflow left it");
  }
  const plan = engine.plan(workflow, { params: mappingOf(context.params) });
  const state = stateOfContext(plan, context);
  return { state, entries: mappingOf(context.jobs), workflow };
}

function releaseAgain(release: PlannedRelease): PlannedRelease {
  return { ...release, type: release.type === "dryrun" ? "dryrun" : "rerun" };
}

/** Jobs that an earlier run of the same text had left out stay out. */
function onlyThose(before: Plan, workflow: Workflow): Pick<StartOptions, "jobs"> {
  const isSame = workflow.digest === before.digest && before.jobs.length < workflow.jobs.size;
  return isSame ? { jobs: before.jobs.map(({ id }) => id) } : {};
}

function refuseOtherParams(
  { before, plan, options }: {
    readonly before: Plan;
    readonly plan: Plan;
    readonly options: RerunOptions;
  },
): void {
  if (options.force) return;
  const given = Object.keys(options.params ?? {});
  const other = given.find((name) => textOf(before.params[name]) !== textOf(plan.params[name]));
  if (other === undefined) return;
  throw new WorkflowError(
    `Cannot rerun with another "${other}": what is kept was made with the one before; ` +
      "start a new run, or force it",
  );
}

function textOf(value: ValueObject[string] | undefined): string {
  return JSON.stringify(encodeValue(value ?? null));
}

interface SelectionFacts {
  readonly earlier: RunState;
  /** What would run if nothing were kept. */
  readonly plan: Plan;
  readonly options: RerunOptions;
}

/** Which jobs run again, and what is kept of the others and of the legs and stages of these. */
class Selection {
  readonly #facts: SelectionFacts;
  /** Jobs that run because of themselves, and not only of what they need. */
  readonly #roots: ReadonlySet<JobId>;
  readonly #again: ReadonlySet<JobId>;
  readonly #from: FoundStages | undefined;
  readonly #byHand: readonly GivenStage[];

  constructor(facts: SelectionFacts) {
    const { earlier, plan, options } = facts;
    const settled = (options.settled ?? []).map((one) => ({
      one,
      found: findStages(earlier, { plan, written: one.stage }),
    }));
    this.#facts = facts;
    this.#from = options.from === undefined
      ? undefined
      : findPart(earlier, { plan, written: options.from });
    this.#byHand = settled.flatMap(({ one, found }) =>
      found.stages.map(({ address }) => overridden(address, one))
    );
    const chosen = [this.#from, ...settled.map(({ found }) => found)].flatMap((found) =>
      found === undefined ? [] : [found.planned.id]
    );
    this.#roots = new Set([...unfinished(earlier, plan), ...chosen]);
    this.#again = withDependants(plan, this.#roots);
  }

  get jobs(): readonly JobId[] {
    return this.#facts.plan.jobs.map(({ id }) => id).filter((id) => this.#again.has(id));
  }

  /** The jobs that ended and do not run again, as they ended. */
  kept(entries: ValueObject): readonly KeptJob[] {
    return [...this.#facts.earlier.jobs.values()].flatMap(({ planned: { id }, outcome }) =>
      this.#again.has(id) || outcome === undefined
        ? []
        : [{ job: id, outcome, entry: plainValues(mappingOf(entries[id])) }]
    );
  }

  /** The stages that end as they had, and those whose end somebody gave; who says so by hand has the last word. */
  given(): readonly GivenStage[] {
    const { earlier, plan } = this.#facts;
    const kept = plan.jobs.flatMap((planned) => {
      const before = earlier.jobs.get(planned.id);
      const isOwn = this.#roots.has(planned.id) && !this.#hasNewInputs(planned);
      return before === undefined || !isOwn ? [] : this.#keptOf(planned, before);
    });
    return [...kept, ...this.#byHand];
  }

  /** What a job needs runs again, so nothing within it can be taken for what it would be. */
  #hasNewInputs({ needs }: PlannedJob): boolean {
    return needs.some((need) => this.#again.has(need));
  }

  #keptOf(planned: PlannedJob, before: JobState): readonly GivenStage[] {
    const legs = before.scope?.branches ?? [];
    return legs.flatMap((leg) => {
      const count = this.#keptStages(planned, leg);
      return planned.stages.slice(0, count).flatMap(({ key }) => {
        const stage = stageOfKey(leg, key);
        return stage === undefined ? [] : [keptStage(stage, this.#facts.earlier)];
      });
    });
  }

  /** How many stages of a leg, from its first, end as they had. */
  #keptStages(planned: PlannedJob, leg: BranchState): number {
    const settled = this.#settledIn(leg);
    const isReady = ({ key }: PlannedStage) =>
      settled.has(key) || isFine(stageOfKey(leg, key)?.outcome);
    const unready = firstIndex(planned.stages, (stage) => !isReady(stage));
    const from = this.#from?.planned.id === planned.id ? this.#from : undefined;
    const chosen = from?.stages.find(({ leg: key }) => key === leg.key);
    if (chosen !== undefined) return keepsUpTo(chosen.index, { planned, unready });
    if (from?.stages.length === 0) return 0;
    const isKept = leg.outcome === "succeeded" && planned.strategy !== undefined;
    if (!isKept && !this.#facts.options.keepStages && settled.size === 0) return 0;
    // What comes behind a stage that is settled now has not seen that yet.
    return Math.min(unready, firstIndex(planned.stages, ({ key }) => settled.has(key)));
  }

  /** The keys of the stages of this leg that are settled by hand. */
  #settledIn({ address }: BranchState): ReadonlySet<string> {
    const own = this.#byHand.map(({ stage }) => splitStageAddress(stage))
      .filter(({ branch }) => branch === anyAttempt(address));
    return new Set(own.map(({ key }) => key));
  }
}

/** Jobs that failed, were cancelled, or were not there. */
function unfinished({ jobs }: RunState, plan: Plan): readonly JobId[] {
  return plan.jobs.map(({ id }) => id).filter((id) => !isFine(jobs.get(id)?.outcome));
}

function withDependants({ jobs }: Plan, roots: ReadonlySet<JobId>): ReadonlySet<JobId> {
  const dependants = new Map<JobId, JobId[]>();
  for (const { id, needs } of jobs) {
    for (const need of needs) dependants.set(need, [...dependants.get(need) ?? [], id]);
  }
  const found = new Set(roots);
  // A set hands out what is added while it is walked.
  for (const id of found) for (const dependant of dependants.get(id) ?? []) found.add(dependant);
  return found;
}

function isFine(outcome: Outcome | undefined): boolean {
  return outcome === "succeeded" || outcome === "skipped";
}

function firstIndex(
  stages: readonly PlannedStage[],
  is: (stage: PlannedStage) => boolean,
): number {
  const index = stages.findIndex(is);
  return index < 0 ? stages.length : index;
}

function keepsUpTo(
  index: number,
  { planned, unready }: { readonly planned: PlannedJob; readonly unready: number },
): number {
  if (index <= unready) return index;
  const [chosen, earlier] = [planned.stages[index]?.key, planned.stages[unready]?.key];
  throw new WorkflowError(
    `Cannot begin at "${planned.id}/${chosen}": "${earlier}" before it did not succeed; ` +
      "begin there, or settle it by hand",
  );
}

function stageOfKey({ states }: BranchState, key: string): StageState | undefined {
  return states.find((stage) => stage?.planned.key === key);
}

function keptStage(stage: StageState, state: RunState): GivenStage {
  return {
    stage: anyAttempt(stage.address),
    outcome: stage.outcome ?? "skipped",
    outputs: plainValues(mappingOf(plainEntry(stageOutputs(stage, { state })))),
    reason: { kind: "kept" },
  };
}

function overridden(
  stage: string,
  { outcome, outputs = {}, by, why }: SettledByHand,
): GivenStage {
  return { stage, outcome, outputs, reason: { kind: "overridden", by, why } };
}

/** Stages that somebody named: one for each leg. */
interface FoundStages {
  readonly planned: PlannedJob;
  readonly job: JobState | undefined;
  /** Empty when a whole job was named. */
  readonly stages: readonly {
    readonly address: string;
    readonly leg: string;
    readonly index: number;
  }[];
}

interface Named {
  readonly plan: Plan;
  readonly written: string;
}

function findPart(state: RunState, { plan, written }: Named): FoundStages {
  const planned = plan.jobs.find(({ id }) => id === written);
  if (planned !== undefined) return { planned, job: state.jobs.get(planned.id), stages: [] };
  return findStages(state, { plan, written });
}

function findStages(state: RunState, { plan, written }: Named): FoundStages {
  const planned = plan.jobs.find(({ id }) =>
    written.startsWith(`${id}/`) || written.startsWith(`${id}[`)
  );
  if (planned === undefined) throw notFound(plan, written);
  const job = state.jobs.get(planned.id);
  const stages = legKeys(planned, job).flatMap((leg) =>
    planned.stages.flatMap(({ key, id = key, name }, index) => {
      const isMeant = [key, id, name].some((own) =>
        written === `${planned.id}/${own}` || written === `${planned.id}[${leg}]/${own}`
      );
      const branch = branchAddress(jobAddress(planned.id, 1), leg);
      return isMeant ? [{ address: stageAddress(branch, key), leg, index }] : [];
    })
  );
  if (stages.length === 0) throw notFound(plan, written);
  return { planned, job, stages };
}

/** The legs that the job had; one without a matrix has one, even where it never began. */
function legKeys({ strategy }: PlannedJob, job: JobState | undefined): readonly string[] {
  const known = job?.scope?.branches.map(({ key }) => key) ?? [];
  return known.length === 0 && strategy === undefined ? [""] : known;
}

function notFound({ jobs, workflow }: Plan, written: string): WorkflowError {
  const [first] = jobs;
  const example = first === undefined
    ? ""
    : `; a stage reads like "${first.id}/${first.stages[0]?.key ?? "stage"}"`;
  return new WorkflowError(`Workflow "${workflow}" has no "${written}"${example}`);
}
