/**
 * Whether somebody asks again for what they asked before. Nothing is kept for
 * it: how a run was started stands in its plan.
 *
 * @module
 */
import { sameValue } from "../expr/equality.ts";
import type { Value } from "../expr/value.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Plan } from "../plan/plan.ts";

/** What is compared. */
export interface StartComparison {
  /** What was started. */
  readonly known: Plan;
  /** What would be started now. */
  readonly wanted: Plan;
  /** Its workflow. */
  readonly workflow: Workflow;
  /** The parameters that were asked for, by name. */
  readonly given: Readonly<Record<string, Value>>;
}

/**
 * What differs between a start that was and one that is asked for, by name.
 * Where the workflow's text is another one now, what nobody gave may be another
 * default, so only what was given counts.
 */
export function startDifferences(comparison: StartComparison): readonly string[] {
  const { known, wanted, given } = comparison;
  const isSameText = known.digest === wanted.digest;
  const names = isSameText
    ? new Set([...Object.keys(known.params), ...Object.keys(wanted.params)])
    : new Set(Object.keys(given));
  const params = [...names].filter((name) => differs(name, comparison));
  if (!isSameText) return params;
  return [
    ...params,
    ...(known.timeoutMs === wanted.timeoutMs ? [] : ["timeout"]),
    ...(known.maxParallel === wanted.maxParallel ? [] : ["max_parallel"]),
  ];
}

function differs(name: string, { known, wanted, workflow, given }: StartComparison): boolean {
  const isGiven = (ownOf(given, name) ?? null) !== null;
  if (!isGiven && isNow(workflow, name)) return false;
  return !sameValue(ownOf(known.params, name) ?? null, ownOf(wanted.params, name) ?? null);
}

/** A date that nobody gave is that of the start, and so another one each time. */
function isNow({ params }: Workflow, name: string): boolean {
  const param = params.get(name);
  return param?.default === undefined && (param?.type === "date" || param?.type === "datetime");
}

function ownOf(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
