/**
 * Given what has happened, when a command comes, then these events: how the
 * rules of the decider are tested.
 *
 * ```ts ignore
 * deepEqual(scenario(plan(job("load")), start).when(succeeds("load[]/s")), [
 *   "stage.settled load[]/s #1 succeeded",
 *   …
 * ]);
 * ```
 *
 * @module
 */
import { deepEqual } from "node:assert/strict";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { reprOf } from "../../core/expr/text.ts";
import type { Expansion, Refusal, Round } from "../../core/plan/expansion.ts";
import type { Plan, PlannedJob, PlannedStage } from "../../core/plan/plan.ts";
import { decodeEvent, encodeEvent } from "../../core/run/codec.ts";
import type { KeptJob, Report, RunCommand } from "../../core/run/command.ts";
import type { Language } from "../../core/run/contexts.ts";
import { step } from "../../core/run/decider.ts";
import type { Failure, Reason, RunEvent } from "../../core/run/event.ts";
import { snapshot } from "../../core/run/snapshot.ts";
import { initialState, replay, type RunState } from "../../core/run/state.ts";

/** Something that happens to a run: a command at a time, or time that passes. */
export type Happening =
  | { readonly kind: "command"; readonly at: (nowMs: number, plan: Plan) => RunCommand }
  | { readonly kind: "pause"; readonly ms: number };

/** A run to which some things have happened. */
export interface Scenario {
  /** The events that a further command leads to, one line each. */
  when(...happenings: readonly Happening[]): readonly string[];
  /** The run after a further command. */
  after(...happenings: readonly Happening[]): Scenario;
  /** The state that all of it adds up to. */
  readonly state: RunState;
  /** All events so far. */
  readonly events: readonly RunEvent[];
}

/** A run of `plan` that has been through this. Checks, too, that its journal tells the same. */
export function scenario(plan: Plan, ...past: readonly Happening[]): Scenario {
  const state = initialState();
  const events: RunEvent[] = [];
  let nowMs = 0;
  for (const happening of past) {
    if (happening.kind === "pause") nowMs += happening.ms;
    else events.push(...step(state, happening.at(nowMs, plan), language));
  }
  const replayed = replay(events.map(encodeEvent).map(decodeEvent));
  deepEqual(snapshot(replayed), snapshot(state), "a replayed state is the live one");
  return {
    state,
    events,
    when: (...more) => scenario(plan, ...past, ...more).events.slice(events.length).map(lineOf),
    after: (...more) => scenario(plan, ...past, ...more),
  };
}

/** A plan with these jobs. */
export function plan(jobs: PlannedJob | readonly PlannedJob[], more: Partial<Plan> = {}): Plan {
  return {
    workflow: "w",
    digest: "",
    engine: "test",
    jobs: [jobs].flat(),
    maxParallel: 10,
    params: {},
    env: {},
    stageDefaultId: false,
    scriptLang: "ts",
    extras: {},
    ancestry: [],
    ...more,
  };
}

/** A job with one stage, `s`, unless it says otherwise. A stated rule counts as written. */
export function job(id: string, more: Partial<PlannedJob> = {}): PlannedJob {
  return {
    id,
    needs: [],
    rule: "all_success",
    ruleExplicit: more.rule !== undefined,
    stages: [stage("s")],
    runsOn: { type: "local", with: {} },
    env: {},
    ...more,
  };
}

/** A stage that does something. */
export function stage(key: string, more: Partial<PlannedStage> = {}): PlannedStage {
  return { key, id: key, name: key, kind: "leaf", input: {}, ...more };
}

/** A strategy over one axis, `n`. */
export function legs(
  values: readonly (string | number)[],
  more: Partial<NonNullable<PlannedJob["strategy"]>> = {},
): { readonly strategy: NonNullable<PlannedJob["strategy"]> } {
  return {
    strategy: {
      matrix: { n: values },
      include: [],
      exclude: [],
      maxParallel: 2,
      failFast: false,
      ...more,
    },
  };
}

/** What a {@linkcode composite} opens into. */
export interface Opening extends Partial<Omit<Expansion, "under">> {
  /** The output that lists the branches; `undefined` for none. @default "foreach" */
  readonly under?: string | undefined;
  /** Keys of the branches of each round. */
  readonly rounds: readonly (readonly string[])[];
  /** What there is instead of a further round. */
  readonly refusal?: Refusal;
}

/** A stage that holds stages and opens what it is told. */
export function composite(
  key: string,
  opening: Opening,
  more: Partial<PlannedStage> & { readonly stages?: readonly PlannedStage[] } = {},
): PlannedStage {
  const { stages = [stage("x")], ...rest } = more;
  const name = `opening-${openings.size}`;
  openings.set(name, opening);
  return stage(key, { kind: "composite", input: { opening: name }, bodies: { stages }, ...rest });
}

const openings = new Map<string, Opening>();

/** The language of scenarios: all that is built in, and {@linkcode composite} stages. */
export const language: Language = {
  functions: BUILTIN_FUNCTIONS,
  filters: BUILTIN_FILTERS,
  hasRunner: (type) => type === "local",
  expand: ({ input }, { rounds }) => {
    const opening = openings.get(String(input.opening));
    if (opening === undefined) throw new Error("Internal error: unknown composite stage");
    return expand(opening, rounds);
  },
};

function expand(opening: Opening, before: readonly Round[]): Expansion | Refusal {
  const { rounds, refusal, under = "under" in opening ? undefined : "foreach", ...more } = opening;
  const opened = rounds.reduce<number[]>(
    (sums, keys) => [...sums, (sums.at(-1) ?? 0) + keys.length],
    [],
  );
  const round = before.length === 0 ? 0 : opened.indexOf(before.length) + 1;
  const keys = rounds[round];
  if (keys === undefined) return refusal ?? { outcome: "failed", name: "E", message: "no more" };
  return {
    branches: keys.map((key) => ({ key, body: "stages", bindings: { item: key } })),
    limit: 2,
    failFast: false,
    again: round + 1 < rounds.length || refusal !== undefined,
    header: {},
    noun: "item",
    ...(under === undefined ? {} : { under }),
    shown: ["item"],
    ...more,
  };
}

/** The run begins. */
export const start: Happening = command((at, plan) => ({ type: "start", at, run: "r", plan }));

/** The run begins with jobs taken over from an earlier one. */
export function startWith(...kept: readonly KeptJob[]): Happening {
  return command((at, plan) => ({ type: "start", at, run: "r", plan, kept }));
}

/** An attempt of a stage succeeds. */
export function succeeds(stage: string, outputs: ValueObject = {}, attempt = 1): Happening {
  return reports({ stage, attempt, outcome: "succeeded", outputs });
}

/** An attempt of a stage fails. */
export function fails(
  stage: string,
  more: Partial<Failure> & { readonly attempt?: number } = {},
): Happening {
  const { attempt = 1, ...rest } = more;
  const failure = { name: "StageError", message: "no", retryable: true, ...rest };
  return reports({ stage, attempt, outcome: "failed", outputs: {}, failure });
}

/** An attempt that was to end does so. */
export function ends(stage: string, attempt = 1): Happening {
  return reports({ stage, attempt, outcome: "cancelled", outputs: {} });
}

/** An attempt comes to an end, whatever it is. */
export function reports(report: Omit<Report, "type" | "at">): Happening {
  return command((at) => ({ type: "report", at, ...report }));
}

/** Somebody cancels the run. */
export const cancelled: Happening = command((at) => ({
  type: "cancel",
  at,
  by: "user",
  why: "enough",
}));

/** The engine dies and comes back. */
export const recovered: Happening = command((at) => ({ type: "recover", at }));

/** Whatever is due is looked at. */
export const woken: Happening = command((at) => ({ type: "wake", at }));

/** Time passes. */
export function pause(ms: number): Happening {
  return { kind: "pause", ms };
}

/** Time passes, and what is due then is looked at. */
export function later(ms: number): Happening[] {
  return [pause(ms), woken];
}

function command(at: (nowMs: number, plan: Plan) => RunCommand): Happening {
  return { kind: "command", at };
}

/** An event on one line, without its time. */
export function lineOf(event: RunEvent): string {
  const words = wordsOf(event).filter((word) => word !== undefined && word !== "");
  return [event.type, ...words].join(" ");
}

function wordsOf(event: RunEvent): (string | undefined)[] {
  switch (event.type) {
    case "run.started":
    case "permit.requested":
    case "permit.granted":
    case "permit.returned":
      return [];
    case "cancel.requested":
      return [event.target || "(run)", reasonOf(event.reason), event.force && "force"];
    case "run.settled":
      return [event.outcome, failureOf(event.failure)];
    case "job.kept":
      return [event.job, event.outcome];
    case "stage.given":
      return [event.stage, event.outcome, reasonOf(event.reason), outputsOf(event.outputs)];
    case "job.started":
      return [event.job, `#${event.attempt}`, limitOf(event.timeoutMs)];
    case "job.retry-scheduled":
      return [event.job, `#${event.attempt}`, dueIn(event), failureOf(event.failure)];
    case "job.settled":
      return [
        event.job,
        event.outcome,
        reasonOf(event.reason),
        failureOf(event.failure),
        outputsOf(event.outputs),
      ];
    case "scope.opened":
      return [
        event.owner,
        `round ${event.round}:`,
        ...event.expansion.branches.map(({ key }) => key),
      ];
    case "branch.started":
      return [event.branch];
    case "branch.settled":
      return [event.branch, event.outcome];
    case "stage.started":
      return [event.stage, `#${event.attempt}`, limitOf(event.timeoutMs)];
    case "stage.retry-scheduled":
      return [event.stage, `#${event.attempt}`, reasonOf(event.reason), dueIn(event)];
    case "stage.settled":
      return [
        event.stage,
        `#${event.attempt}`,
        event.outcome,
        reasonOf(event.reason),
        failureOf(event.failure),
        outputsOf(event.outputs),
      ];
    default:
      return event satisfies never;
  }
}

function reasonOf(reason: Reason | undefined): string | undefined {
  switch (reason?.kind) {
    case undefined:
      return undefined;
    case "condition-false":
      return `(condition-false: ${reason.condition})`;
    case "rule-unmet":
      return `(rule-unmet: ${reason.rule}, ${reason.need} ${reason.outcome})`;
    case "stage-said":
      return `(stage-said: ${reason.message})`;
    case "requested":
      return `(requested: ${reason.by}, ${reason.why})`;
    case "timeout":
      return `(timeout: ${reason.afterMs} ms)`;
    case "fail-fast":
      return `(fail-fast: ${reason.failed})`;
    default:
      return `(${reason?.kind})`;
  }
}

function failureOf(failure: Failure | undefined): string | undefined {
  return failure?.name;
}

function limitOf(timeoutMs: number | undefined): string | undefined {
  return timeoutMs === undefined ? undefined : `within ${timeoutMs} ms`;
}

function dueIn({ at, dueAt }: { readonly at: number; readonly dueAt: number }): string {
  return `in ${dueAt - at} ms`;
}

function outputsOf(outputs: ValueObject | undefined): string | undefined {
  return outputs && reprOf(outputs);
}
