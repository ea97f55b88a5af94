/**
 * The context that an earlier run left, as the state of that run, as far as it
 * tells: what a rerun chooses from is the same, whichever of them is at hand.
 *
 * @module
 */
import { mappingOf } from "../expr/mapping.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { legKey } from "../plan/matrix.ts";
import type { Plan, PlannedJob } from "../plan/plan.ts";
import { branchAddress, jobAddress, stageAddress } from "../run/address.ts";
import type { Outcome, RunEvent } from "../run/event.ts";
import { replay, type RunState } from "../run/state.ts";
import { outcomeOf } from "../run/status.ts";
import { WorkflowError } from "./errors.ts";

/**
 * The state of the run that left this context. Stages without an id left
 * nothing in it, so they count as if they had not ended.
 *
 * @throws {WorkflowError} for a context without a final status.
 */
export function stateOfContext(plan: Plan, context: ValueObject): RunState {
  const outcome = outcomeIn(context);
  if (outcome === undefined) {
    throw new WorkflowError("Cannot rerun: the context has no final status");
  }
  const jobs = mappingOf(context.jobs);
  return replay([
    { type: "run.started", at: 0, run: "", plan },
    ...plan.jobs.flatMap((job) => eventsOfJob(job, mappingOf(jobs[job.id]))),
    { type: "run.settled", at: 0, outcome },
  ]);
}

function eventsOfJob(job: PlannedJob, entry: ValueObject): readonly RunEvent[] {
  const outcome = outcomeIn(entry);
  if (outcome === undefined) return [];
  const legs = entry.strategies === undefined
    ? entry.stages === undefined ? [] : [entry]
    : Object.values(mappingOf(entry.strategies)).map(mappingOf);
  return [
    { type: "job.started", at: 0, job: job.id, attempt: 1 },
    ...legs.length === 0 ? [] : eventsOfLegs(job, legs),
    { type: "job.settled", at: 0, job: job.id, outcome },
  ];
}

function eventsOfLegs(job: PlannedJob, legs: readonly ValueObject[]): readonly RunEvent[] {
  const owner = jobAddress(job.id, 1);
  const branches = legs.map((leg) => {
    const bindings = mappingOf(leg.matrix);
    return { key: legKey(bindings), body: "stages", bindings };
  });
  const form = {
    again: false,
    header: {},
    noun: "leg",
    shown: [],
    limit: 1,
    failFast: false,
  } as const;
  return [
    { type: "scope.opened", at: 0, owner, round: 1, expansion: { ...form, branches } },
    ...legs.flatMap((leg, index) =>
      eventsOfLeg(job, leg, { branch: branchAddress(owner, branches[index]?.key ?? "") })
    ),
  ];
}

function eventsOfLeg(
  job: PlannedJob,
  leg: ValueObject,
  { branch }: { readonly branch: string },
): readonly RunEvent[] {
  const stages = mappingOf(leg.stages);
  return [
    { type: "branch.started", at: 0, branch },
    ...job.stages.flatMap(({ key, id }): RunEvent[] => {
      const entry = id === undefined ? {} : mappingOf(stages[id]);
      const outcome = outcomeIn(entry);
      if (outcome === undefined) return [];
      const stage = stageAddress(branch, key);
      const outputs = mappingOf(entry.outputs);
      return [{ type: "stage.settled", at: 0, stage, attempt: 1, outcome, outputs }];
    }),
    { type: "branch.settled", at: 0, branch, outcome: outcomeIn(leg) ?? "skipped" },
  ];
}

function outcomeIn({ status }: { readonly [name: string]: Value | undefined }):
  | Outcome
  | undefined {
  return typeof status === "string" ? outcomeOf(status) : undefined;
}
