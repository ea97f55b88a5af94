/**
 * The `strategy` of a job, read from its document (REFERENCE §1.14).
 *
 * @module
 */
import { z } from "zod";
import { hasTemplate } from "../expr/template.ts";
import type { ReadOptions } from "./issues.ts";
import { nameProblem } from "./name.ts";
import { templateText } from "./timing.ts";
import type { Strategy, WrittenCount } from "./workflow.ts";
import { isWrittenList, isWrittenMapping } from "./written.ts";
import { capitalized } from "./wording.ts";

/** A strategy as written, once {@linkcode strategySchema} has accepted it. */
export interface WrittenStrategy {
  /** Axis name to list or template, or a template for all of it. */
  readonly matrix?: Record<string, unknown> | string | null | undefined;
  /** Combinations to add. */
  readonly include?: Record<string, unknown>[] | string | null | undefined;
  /** Combinations to leave out. */
  readonly exclude?: Record<string, unknown>[] | string | null | undefined;
  /** How many legs may run at once. */
  readonly "max-parallel"?: WrittenCount | undefined;
  /** The same. */
  readonly max_parallel?: WrittenCount | undefined;
  /** The same; the reference's pages write it once. */
  readonly max_workers?: WrittenCount | undefined;
  /** Whether the first failed leg cancels the others. */
  readonly "fail-fast"?: boolean | undefined;
  /** The same. */
  readonly fail_fast?: boolean | undefined;
}

/** How a strategy is written. */
export function strategySchema(): z.ZodType<WrittenStrategy> {
  const axis = orTemplate(
    z.array(z.unknown()),
    "An axis of a matrix is a list of values, or a template that gives one",
  );
  const entries = orTemplate(
    z.array(z.record(z.string(), z.unknown())),
    "It must be a list of combinations, each a mapping, or a template that gives one",
  );
  const count = z.union([z.int().min(1), z.string()]);
  return z.strictObject({
    matrix: orTemplate(
      z.record(z.string(), axis),
      "A matrix is a mapping of axes to lists, or a template that gives one",
    ).nullable().optional(),
    include: entries.nullable().optional(),
    exclude: entries.nullable().optional(),
    "max-parallel": count.optional(),
    max_parallel: count.optional(),
    max_workers: count.optional(),
    "fail-fast": z.boolean().optional(),
    fail_fast: z.boolean().optional(),
  });
}

function orTemplate<T>(schema: z.ZodType<T>, error: string): z.ZodType<T | string> {
  return z.union([schema, templateText(error)], { error });
}

/** How many legs run at once where a strategy does not say (REFERENCE C-120). */
export const DEFAULT_MAX_PARALLEL = 1;

/**
 * The strategy that was written. Without an axis there is none: the job is not
 * multiplied, and `include` adds nothing (REFERENCE C-125).
 */
export function readStrategy(
  written: WrittenStrategy | null | undefined,
  options: ReadOptions,
): Strategy | undefined {
  if (written === undefined || written === null) return undefined;
  const matrix = written.matrix ?? {};
  if (typeof matrix !== "string") checkAxes(matrix, options);
  const count = written["max-parallel"] ?? written.max_parallel ?? written.max_workers;
  checkCount(count, options);
  if (typeof matrix !== "string" && Object.keys(matrix).length === 0) {
    reportIdle(written, options);
    return undefined;
  }
  return {
    matrix: isWrittenMapping(matrix) ? matrix : String(matrix),
    include: entriesFrom(written.include),
    exclude: entriesFrom(written.exclude),
    maxParallel: numberIn(count) ?? count ?? DEFAULT_MAX_PARALLEL,
    failFast: written["fail-fast"] ?? written.fail_fast ?? false,
  };
}

function checkAxes(matrix: Record<string, unknown>, { path, subject, report }: ReadOptions): void {
  for (const [axis, values] of Object.entries(matrix)) {
    const spot = { path: [...path, "matrix", axis], target: "key" } as const;
    const problem = nameProblem(axis);
    if (problem !== undefined) {
      report({
        code: "name-invalid",
        message: `The axis "${axis}" of ${subject} ${problem}`,
        ...spot,
      });
    }
    const misplaced = (axis === "include" || axis === "exclude") &&
      isWrittenList(values) && values.some(isWrittenMapping);
    if (misplaced) {
      const message = `Write "${axis}" beside "matrix", not in it: here it would be an axis`;
      report({ code: "matrix-misplaced", message, ...spot, hides: path });
    }
  }
}

// The reference loads such a text and fails the job when it begins (C-128).
function checkCount(count: WrittenCount | undefined, { path, subject, report }: ReadOptions): void {
  if (typeof count !== "string" || hasTemplate(count) || numberIn(count) !== undefined) return;
  report({
    code: "count-invalid",
    severity: "warning",
    message: `${
      capitalized(subject)
    } will fail: its "max-parallel" is "${count}", which is neither a number nor a template`,
    path: [...path, "max-parallel"],
  });
}

function reportIdle(written: WrittenStrategy, { path, subject, report }: ReadOptions): void {
  for (const key of ["include", "exclude"] as const) {
    if (written[key] === undefined || written[key] === null) continue;
    const message = `The "${key}" of ${subject} has no effect: its matrix has no axis`;
    report({
      code: "key-inert",
      severity: "warning",
      message,
      path: [...path, key],
      target: "key",
    });
  }
}

function entriesFrom(written: WrittenStrategy["include"]): Strategy["include"] {
  if (typeof written === "string") return written;
  return (written ?? []).filter(isWrittenMapping);
}

function numberIn(count: WrittenCount | undefined): number | undefined {
  if (typeof count === "number") return count;
  return /^\s*\d{1,6}\s*$/.test(count ?? "") ? Number(count) : undefined;
}
