/**
 * What paths and queries may say: names and numbers, checked before anybody
 * looks anything up by them.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { isRunId, MAX_RUN_ID_CHARS } from "../../../core/engine/run_id.ts";
import { MAX_NAME_CHARS, nameProblem } from "../../../core/model/name.ts";

/** The longest address of a stage that a query may name. */
export const MAX_ADDRESS_CHARS = 2_000;

/** The most runs of one page. */
export const MAX_PAGE_RUNS = 500;

/** The most events of one page. */
export const MAX_PAGE_EVENTS = 2_000;

/** The most lines of output of one page. */
export const MAX_PAGE_LINES = 10_000;

/** The most that a page of events or output holds, in UTF-16 code units; one item may be longer. */
export const MAX_PAGE_LENGTH: number = 4 * 1024 * 1024;

/** A run's id: letters, digits and `._:@+~-` only, so that it is safe in a path. */
export const RunId: z.ZodType<string, string> = z.string()
  .min(1).max(MAX_RUN_ID_CHARS)
  .refine(isRunId, "Is no run id: it has letters, digits and ._:@+~- only")
  .openapi({ description: "A run's id", example: "20260131000000000000T1234567890" });

/** The name of a workflow; looked up among those that are loaded, never in a path. */
export const WorkflowName: z.ZodType<string, string> = z.string()
  .min(1).max(MAX_NAME_CHARS)
  .refine((name) => nameProblem(name) === undefined, "Is no name of a workflow")
  .openapi({ description: "The name of a workflow", example: "etl" });

/** A part of a run: `load[os=linux]/fetch`. */
export const PartAddress: z.ZodType<string, string> = z.string()
  .min(1).max(MAX_ADDRESS_CHARS)
  .openapi({ description: "The address of a part of a run", example: "load[]/fetch" });

/** A date and time with its offset. */
export const DateTime: z.ZodType<string, string> = z.iso.datetime({ offset: true })
  .openapi({ description: "A date and time", example: "2026-01-31T00:00:00.000Z" });

/** Whole numbers of a query. */
export function wholeNumber(
  range: { readonly min: number; readonly max: number },
): z.ZodType<number, string> {
  const { min, max } = range;
  const isOpen = max === Number.MAX_SAFE_INTEGER;
  const wrong = `Is no whole number from ${min} ${isOpen ? "on" : `to ${max}`}`;
  return z.string().regex(/^\d{1,15}$/, wrong).transform(Number)
    .pipe(z.number().int().min(min, wrong).max(max, wrong))
    .openapi({
      param: { schema: { type: "integer", minimum: range.min, maximum: range.max } },
    });
}
