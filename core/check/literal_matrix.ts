/**
 * Matrices whose values are all written out.
 *
 * @module
 */
import { hasTemplate } from "../expr/template.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Job, Workflow } from "../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import { sameValue } from "../expr/equality.ts";

/** A matrix without templates. */
export interface LiteralMatrix {
  /** The job. */
  readonly job: Job;
  /** The values of each axis. */
  readonly axes: ReadonlyMap<string, readonly Value[]>;
  /** What is added. */
  readonly include: readonly ValueObject[];
  /** What is left out. */
  readonly exclude: readonly ValueObject[];
}

/** More values and combinations than this were made by a program, which does not err like people. */
export const MAX_COMPARED_VALUES = 1_000;

/** The matrices of a workflow that hold no templates and are short enough to be written by hand. */
export function literalMatrices({ jobs, unread }: Workflow): readonly LiteralMatrix[] {
  return [...jobs.values()].flatMap((job) => {
    const { strategy } = job;
    if (unread.touches([...job.path, "strategy"])) return [];
    if (strategy === undefined || !isWrittenMapping(strategy.matrix)) return [];
    const { include, exclude, matrix } = strategy;
    if (typeof include === "string" || typeof exclude === "string") return [];
    if ([matrix, ...include, ...exclude].some(holdsTemplate)) return [];
    const axes = Object.entries(matrix).flatMap(([axis, values]) =>
      isWrittenList(values) ? [[axis, values] as const] : []
    );
    const values = axes.reduce((sum, [, values]) => sum + values.length, 0);
    if (values + include.length + exclude.length > MAX_COMPARED_VALUES) return [];
    return [{ job, axes: new Map(axes), include, exclude }];
  });
}

/** Whether an axis has a value. */
export function hasValue(values: readonly Value[] | undefined, wanted: Value): boolean {
  return values?.some((value) => sameValue(value, wanted)) ?? false;
}

/** Whether some combination of the axes has all values of an entry. */
export function matches({ axes }: LiteralMatrix, entry: ValueObject): boolean {
  return Object.entries(entry).every(([axis, value]) => hasValue(axes.get(axis), value));
}

/** Whether a value has all the values of an entry. */
export function covers(entry: ValueObject, leg: ValueObject): boolean {
  return Object.entries(entry).every(([axis, value]) =>
    Object.hasOwn(leg, axis) && sameValue(leg[axis] ?? null, value)
  );
}

function holdsTemplate(value: Value): boolean {
  if (typeof value === "string") return hasTemplate(value);
  if (isWrittenList(value)) return value.some(holdsTemplate);
  return isWrittenMapping(value) && Object.values(value).some(holdsTemplate);
}
