/**
 * How many at once, how often: whole numbers from 1 to a limit, written as
 * they are or as a template.
 *
 * @module
 */
import { z } from "zod";
import { ExpressionError } from "../core/expr/expression_error.ts";
import { templateText } from "../core/model/timing.ts";
import type { ExpansionFacts } from "../core/plan/expansion.ts";

/** A count as written. */
export type WrittenCount = number | string;

/** What a count must be. */
export interface CountRule {
  /** The field, for the message. */
  readonly name: string;
  /** The most that it may be. */
  readonly max: number;
  /** What stands in where it is not written. */
  readonly fallback: number;
}

/** How a count is written. Its field is one of the kind's `raw` fields, so that {@linkcode countOf} has the last word on it. */
export function countSchema({ name, max }: CountRule): z.ZodType<WrittenCount> {
  return z.union([
    z.int().min(1).max(max),
    templateText(`"${name}" is a whole number from 1 to ${max}, or a template that gives one`),
  ]);
}

/**
 * The number that was written, with its template rendered.
 *
 * @throws {ExpressionError} `ValueError` when the template gives anything else (REFERENCE C-232).
 */
export function countOf(
  written: WrittenCount | undefined,
  { name, max, fallback, render }: CountRule & Pick<ExpansionFacts, "render">,
): number {
  const given = typeof written === "string" ? render(written) : written ?? fallback;
  const count = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  const fits = typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= max;
  if (fits) return count;
  const message = `A ${name} value should between 1 and ${max}.`;
  throw new ExpressionError(message, { name: "ValueError" });
}
