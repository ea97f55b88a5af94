/**
 * What jobs, legs and stages leave behind, in the shape that expressions and
 * results know (REFERENCE §1.23). An entry is read from the state when it is
 * asked for: an expression that wants one output of one leg among a hundred
 * thousand pays for that one.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import { referenceId } from "../expr/id.ts";
import { mappingOf } from "../expr/mapping.ts";
import type { Value, ValueObject, View } from "../expr/value.ts";
import { entriesOf, entryOf, isView, namesOf, viewOf } from "../expr/view.ts";
import { branchAddress } from "./address.ts";
import { readWhole } from "./cut_outputs.ts";
import type { Failure } from "./event.ts";
import {
  attemptAddress,
  type BranchState,
  type JobState,
  type RunState,
  type ScopeState,
  stagesById,
  type StageState,
} from "./state.ts";
import { outcomeOf, resultOf, statusOf } from "./status.ts";

/** How entries are read. */
export interface Reading {
  /** The run that they belong to. */
  readonly state: RunState;
  /** Whether times stand in them, under `info`. @default false */
  readonly info?: boolean;
  /** Whether an output of which only the beginning was kept is refused: an expression would take it for the whole. @default false */
  readonly refusesCut?: boolean;
}

/** What a job leaves (REFERENCE C-114, C-115). */
export function jobEntry(job: JobState, reading: Reading): ValueObject | View {
  if (job.kept !== undefined) {
    return wholeOf(keptEntry(job.kept), `jobs.${job.planned.id}`, reading);
  }
  const { scope, planned, failure } = job;
  const outputs = planned.outputs && (() => job.outputs ?? {});
  const info = infoOf(job, reading);
  if (planned.strategy !== undefined && job.attempt > 0) {
    return lazily({
      strategies: () => scope === undefined ? {} : branchesView(scope, reading),
      errors: (scope && errorsOfScope(scope, job)) ?? errorsOf(failure),
      status: () => statusOf(job.outcome),
      outputs,
      info,
    });
  }
  const leg = scope?.branches[0];
  return lazily({
    status: () => statusOf(job.outcome),
    stages: leg && (() => stagesOf(leg, reading)),
    errors: errorsOf(failure),
    retry: job.attempt > 1 ? () => job.attempt - 1 : undefined,
    outputs,
    info,
  });
}

/** What `needs.<job>` gives: how the job ended, and its outputs. */
export function needEntry(job: JobState, reading: Reading): View {
  const { outcome } = job;
  return lazily({
    result: () => resultOf(outcome),
    status: () => statusOf(outcome ?? "skipped"),
    outputs: () => jobOutputs(job, reading),
    legs: job.planned.strategy && (() => legsOf(job, reading).map((leg) => lazily(leg))),
  });
}

/** What a stage leaves (REFERENCE C-159). */
export function stageEntry(stage: StageState, reading: Reading): View {
  const { scope, failure, outcome } = stage;
  const isWhole = outcome === "failed" || outcome === "cancelled";
  const errors = scope && isWhole ? errorsOfScope(scope, stage) : undefined;
  return lazily({
    outputs: () => stageOutputs(stage, reading),
    errors: errors ?? errorsOf(failure),
    status: () => statusOf(outcome),
    info: infoWithDetails(stage, reading),
  });
}

/** How long it took, and what is known of a failure besides its message. */
function infoWithDetails(
  stage: StageState,
  reading: Reading,
): (() => ValueObject | View) | undefined {
  const info = infoOf(stage, reading);
  const details = stage.failure?.details;
  if (details === undefined) return info;
  return () => wholeOf({ ...info?.(), ...details }, `${pathOf(stage)}.info`, reading);
}

/** What of it may be read. */
function wholeOf(
  values: ValueObject | View,
  path: string,
  { refusesCut = false }: Reading,
): ValueObject | View {
  return refusesCut ? readWhole(values, path) : values;
}

/** How expressions name a stage. */
function pathOf({ id, name }: StageState): string {
  return `stages.${id ?? name}`;
}

/** The outputs of a stage, those of its branches included. */
export function stageOutputs(stage: StageState, reading: Reading): ValueObject | View {
  const { scope, outputs: own = {} } = stage;
  const retries = stage.failures - (stage.outcome === "failed" ? 1 : 0);
  const retry = retries > 0 ? { retry: retries } : {};
  if (scope === undefined) {
    return wholeOf(retries > 0 ? { ...retry, ...own } : own, `${pathOf(stage)}.outputs`, reading);
  }
  const { header, under } = scope.expansion;
  const [only] = scope.branches;
  const nested = under === undefined
    ? { stages: only && hasBegun(only) ? () => stagesOf(only, reading) : undefined }
    : { [under]: () => branchesView(scope, reading) };
  return lazily({ ...constants({ ...retry, ...header }), ...nested, ...constants(own) });
}

/** A mapping whose entries are made when they are read; `undefined` stands for no entry. */
export function lazily(fields: Readonly<Record<string, (() => Value) | undefined>>): View {
  return viewOf(
    () => Object.keys(fields).filter((name) => fields[name] !== undefined),
    (name) => Object.hasOwn(fields, name) ? fields[name]?.() : undefined,
  );
}

/** A copy of an entry that does not follow the run any further. */
export function plainEntry(entry: Value): Value {
  if (!isView(entry)) return entry;
  return Object.fromEntries(
    Array.from(entriesOf(entry), ([name, value]) => [name, plainEntry(value)] as const),
  );
}

/** Errors as they stand in an entry. */
export function errorsOf(failure: Failure | undefined): (() => ValueObject) | undefined {
  return failure && (() => ({ name: failure.name, message: failure.message }));
}

/** When something began and ended and how long that took, if that is to be read. */
export function infoOf(
  { startedAt, settledAt }: {
    readonly startedAt: number | undefined;
    readonly settledAt: number | undefined;
  },
  { info = false }: Reading,
): (() => ValueObject) | undefined {
  if (!info || startedAt === undefined || settledAt === undefined) return undefined;
  return () => ({
    exec_start: utc(startedAt),
    exec_end: utc(settledAt),
    exec_latency: (settledAt - startedAt) / 1000,
  });
}

/** A moment as the date-time that users see. */
export function utc(epochMs: number): Datetime {
  return new Datetime(epochMs, { offsetMinutes: 0 });
}

/** The branches that have begun, by key; legs also by the reference's ten digits (C-127). */
function branchesView(scope: ScopeState, reading: Reading): View {
  const owner = attemptAddress(scope.owner);
  return viewOf(
    () => scope.branches.filter(hasBegun).map(({ key }) => key),
    (key) => {
      const branch = reading.state.branches.get(branchAddress(owner, key)) ?? legById(scope, key);
      return branch && hasBegun(branch) ? branchEntry(branch, reading) : undefined;
    },
  );
}

function branchEntry(branch: BranchState, reading: Reading): View {
  const { bindings, outcome, scope } = branch;
  const shown = scope.expansion.shown.map((name) => [name, bindings[name] ?? null] as const);
  return lazily({
    status: () => statusOf(outcome),
    ...constants(scope.owner.kind === "job" ? { matrix: bindings } : Object.fromEntries(shown)),
    stages: () => stagesOf(branch, reading),
    errors: errorsOf(branch.failure),
  });
}

function stagesOf(branch: BranchState, reading: Reading): View {
  return viewOf(() => stagesById(branch).keys(), (id) => {
    const stage = stagesById(branch).get(id);
    return stage && stageEntry(stage, reading);
  });
}

function hasBegun({ phase }: BranchState): boolean {
  return phase !== "pending";
}

/** Hashing every leg is slow, and a scope does not lose legs; so each is hashed once. */
const LEGS_BY_ID = new WeakMap<ScopeState, ReadonlyMap<string, BranchState>>();
const REFERENCE_ID = /^\d{10}$/;

function legById(scope: ScopeState, id: string): BranchState | undefined {
  if (scope.owner.kind !== "job" || !REFERENCE_ID.test(id)) return undefined;
  const known = LEGS_BY_ID.get(scope);
  if (known !== undefined) return known.get(id);
  const legs = new Map(scope.branches.map((leg) => [referenceId(leg.bindings), leg]));
  LEGS_BY_ID.set(scope, legs);
  return legs.get(id);
}

/**
 * Errors by branch, where several may fail (REFERENCE C-116, C-265). A scope
 * with one branch at a time has its owner's, and so has one whose owner ended
 * it itself.
 */
function errorsOfScope(
  { branches, expansion, failed, cancelled }: ScopeState,
  { reason }: JobState | StageState,
): (() => ValueObject) | undefined {
  const one = expansion.noun === "loop" || expansion.noun === "case";
  if (one || reason?.kind === "timeout" || (failed ?? cancelled) === undefined) return undefined;
  return () =>
    Object.fromEntries(
      branches.flatMap(({ key, failure }) =>
        failure === undefined
          ? []
          : [[key, { name: failure.name, message: failure.message }] as const]
      ),
    );
}

/** The outputs of a job (REFERENCE §2, row 4): the declared ones, else all of its stages'; of a matrix, lists. */
function jobOutputs(job: JobState, reading: Reading): ValueObject | View {
  if (job.outputs !== undefined) return job.outputs;
  if (job.kept?.outputs !== undefined) return mappingOf(job.kept.outputs);
  const legs = legsOf(job, reading).map(({ outputs }) => outputs());
  if (job.planned.strategy === undefined) return legs[0] ?? {};
  return viewOf(() => new Set(legs.flatMap((leg) => [...namesOf(leg)])), (name) => {
    const values = legs.map((leg) => entryOf(leg, name));
    const isKnown = values.some((value) => value !== undefined);
    return isKnown ? values.map((value) => value ?? null) : undefined;
  });
}

/** A leg as `needs.<job>.legs` lists it. */
type Leg = Readonly<{
  matrix: () => Value;
  result: () => Value;
  outputs: () => ValueObject | View;
}>;

/** All legs of a job, those that never began included; a job without a matrix has one. */
function legsOf({ kept, scope, planned }: JobState, reading: Reading): Leg[] {
  if (kept !== undefined) {
    return keptLegs(kept, (outputs) => wholeOf(outputs, `needs.${planned.id}.outputs`, reading));
  }
  return (scope?.branches ?? []).map((leg) => ({
    matrix: () => leg.bindings,
    result: () => resultOf(leg.outcome),
    outputs: () => legOutputs(leg, reading),
  }));
}

/** The outputs of all stages of a leg; later ones win. */
function legOutputs({ states }: BranchState, reading: Reading): View {
  return mergedOutputs(() =>
    states.flatMap((stage) => stage ? [stageOutputs(stage, reading)] : [])
  );
}

/** Outputs of several stages as those of one; later ones win. */
function mergedOutputs(outputs: () => readonly (ValueObject | View)[]): View {
  return viewOf(() => new Set(outputs().flatMap((each) => [...namesOf(each)])), (name) => {
    for (const each of outputs().toReversed()) {
      const value = entryOf(each, name);
      if (value !== undefined) return value;
    }
    return undefined;
  });
}

/** The entry of a job that was taken over; its legs, too, are found by both of their names. */
function keptEntry(entry: ValueObject): View {
  if (entry.strategies === undefined) return lazily(constants(entry));
  const legs = mappingOf(entry.strategies);
  const byId = (id: string) =>
    Object.values(legs).find((leg) => referenceId(mappingOf(leg).matrix ?? {}) === id);
  const strategies = viewOf(
    () => Object.keys(legs),
    (key) => entryOf(legs, key) ?? (REFERENCE_ID.test(key) ? byId(key) : undefined),
  );
  return lazily({ ...constants(entry), strategies: () => strategies });
}

function keptLegs(
  entry: ValueObject,
  wholeOf: (outputs: ValueObject) => ValueObject | View,
): Leg[] {
  const legs = entry.strategies === undefined
    ? [entry]
    : Object.values(mappingOf(entry.strategies));
  return legs.map(mappingOf).map(({ matrix = {}, status, stages }) => ({
    matrix: () => matrix,
    result: () => resultOf(typeof status === "string" ? outcomeOf(status) : undefined),
    outputs: () =>
      mergedOutputs(() =>
        Object.values(mappingOf(stages)).map((stage) =>
          wholeOf(mappingOf(mappingOf(stage).outputs))
        )
      ),
  }));
}

function constants(values: ValueObject): Record<string, () => Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, () => value] as const),
  );
}
