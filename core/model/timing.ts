/**
 * Retries and timeouts as they are written, at a stage or at a job.
 *
 * @module
 */
import { z } from "zod";
import { hasTemplate } from "../expr/template.ts";
import { MAX_DURATION_MS, parseDuration } from "../expr/duration.ts";
import type { Retry, WrittenCount } from "./workflow.ts";

/** The most further attempts. */
export const MAX_RETRY_ATTEMPTS = 1_000;

/** The largest factor between two waits. */
export const MAX_BACKOFF = 100;

/** A retry as written. */
export type WrittenRetry = WrittenCount | {
  readonly attempts: WrittenCount;
  readonly delay?: WrittenCount | undefined;
  readonly backoff?: number | undefined;
  readonly "max-delay"?: WrittenCount | undefined;
  readonly max_delay?: WrittenCount | undefined;
};

/** How a retry is written: a number, a template, or a mapping with the waits. */
export function retrySchema(): z.ZodType<WrittenRetry> {
  const error =
    `A retry is a whole number from 0 to ${MAX_RETRY_ATTEMPTS}, a template that gives one, ` +
    'or a mapping with "attempts", "delay", "backoff" and "max-delay"';
  const attempts = z.int({ error }).min(0, { error }).max(MAX_RETRY_ATTEMPTS, { error });
  const written = z.strictObject({
    attempts: z.union([attempts, templateText(error)], { error }),
    delay: durationSchema().optional(),
    backoff: z.number().min(1).max(MAX_BACKOFF).optional(),
    "max-delay": durationSchema().optional(),
    max_delay: durationSchema().optional(),
  });
  return z.union([attempts, templateText(error), written], { error });
}

/** How a length of time is written: seconds, or a text such as `"1h30m"`. */
export function durationSchema(): z.ZodType<WrittenCount> {
  return z.union([z.number(), z.string()]).refine((written) => isDuration(written), {
    error: NO_DURATION,
  });
}

/** How a timeout is written: a length of time, or a template that gives seconds. */
export function timeoutSchema(): z.ZodType<WrittenCount> {
  return z.union([z.number(), z.string()]).refine(
    (written) => isTemplate(written) || (isDuration(written) && parseDuration(written) !== 0),
    { error: `${NO_DURATION}; a timeout is more than 0, or a template that gives seconds` },
  );
}

/** The retry that was written; `undefined` for none. */
export function retryFrom(written: WrittenRetry | undefined): Retry | undefined {
  if (written === undefined || written === 0) return undefined;
  if (typeof written !== "object") return { attempts: written };
  const { attempts, delay, backoff } = written;
  const maxDelay = written["max-delay"] ?? written.max_delay;
  return {
    attempts,
    ...(delay !== undefined && { delayMs: parseDuration(delay) ?? 0 }),
    ...(backoff !== undefined && { backoff }),
    ...(maxDelay !== undefined && { maxDelayMs: parseDuration(maxDelay) ?? MAX_DURATION_MS }),
  };
}

/** The timeout that was written: milliseconds, or a template. */
export function timeoutFrom(written: WrittenCount | undefined): WrittenCount | undefined {
  return written === undefined || isTemplate(written) ? written : parseDuration(written);
}

/** How a text is written that must hold a template, and what else would do. */
export function templateText(error: string): z.ZodString {
  return z.string().refine((text) => hasTemplate(text), { error });
}

const NO_DURATION =
  'A length of time is a number of seconds or a text such as "30s", "5m" or "1h30m", ' +
  "at most 366 days";

function isDuration(written: WrittenCount): boolean {
  return parseDuration(written) !== undefined;
}

function isTemplate(written: WrittenCount): boolean {
  return typeof written === "string" && hasTemplate(written);
}
