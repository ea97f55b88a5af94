/**
 * What every decision has at hand.
 *
 * @module
 */
import { evaluateCondition, mentionsStatus } from "../expr/condition.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { decodeValue, encodeValue } from "../expr/json.ts";
import { renderTemplate } from "../expr/template.ts";
import { shortReprOf } from "../expr/text.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import {
  type DeclaredOutputs,
  isOfType,
  outputTypeOf,
  templateOf,
} from "../model/declared_output.ts";
import type { Count, RetryRule } from "../plan/plan.ts";
import type { Moment } from "./contexts.ts";
import type { Failure, ResolvedRetry, RunEvent } from "./event.ts";
import type { RunState } from "./state.ts";

/** The run, the time and the language of one decision. */
export interface Decision extends Moment {
  /** The run so far. */
  readonly state: RunState;
}

/** A permit is asked for once; until it is granted, what is due waits. */
export function askForPermit({ state, at }: Decision): RunEvent[] {
  return state.permit === "returned" ? [{ type: "permit.requested", at }] : [];
}

/** A value, or why there is none. */
export type Evaluated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** The most further attempts that a retry rule may ask for. */
export const MAX_RETRIES = 1_000;

/** The longest time limit that a template may give: a year. */
export const MAX_TIMEOUT_S = 31_536_000;

/**
 * Carries out an evaluation. A mistake in the expression becomes a failure of
 * the part it belongs to; so does whatever a function or a stage kind of a
 * plugin throws, or one bad plugin would keep a run from ever coming to an end.
 */
export function attempt<T>(evaluate: () => T): Evaluated<T> {
  try {
    return { ok: true, value: evaluate() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, failure: { name, message, retryable: false } };
  }
}

/**
 * A value as it is at this moment. What goes into an event must not hold a
 * view: that would change with the state, and a journal cannot keep it.
 *
 * @throws {ExpressionError} for a value that is nested too deep.
 */
export function settledValue(value: Value): Value {
  return decodeValue(encodeValue(value));
}

/** Whether an `if` lets its part run; absent and empty ones do. */
export function judgeCondition(
  condition: string | boolean | undefined,
  context: () => EvaluationContext,
): Evaluated<boolean> {
  if (condition === undefined || condition === "") return { ok: true, value: true };
  if (typeof condition === "boolean") return { ok: true, value: condition };
  return attempt(() => evaluateCondition(condition, context()));
}

/** Whether an `if` asks how things went, and so is looked at even after a failure. */
export function asksForStatus(condition: string | boolean | undefined): boolean {
  return typeof condition === "string" && mentionsStatus(condition);
}

/** A retry rule with its template resolved. */
export function resolveRetry(
  rule: RetryRule | undefined,
  context: () => EvaluationContext,
): Evaluated<{ readonly retry?: ResolvedRetry }> {
  if (rule === undefined) return { ok: true, value: {} };
  const attempts = resolveCount(rule.attempts, {
    context,
    what: "retry",
    min: 0,
    max: MAX_RETRIES,
  });
  if (!attempts.ok) return attempts;
  return {
    ok: true,
    value: attempts.value === 0 ? {} : { retry: { ...rule, attempts: attempts.value } },
  };
}

/** A time limit with its template (in seconds) resolved. */
export function resolveTimeout(
  timeout: Count | undefined,
  context: () => EvaluationContext,
): Evaluated<{ readonly timeoutMs?: number }> {
  if (timeout === undefined) return { ok: true, value: {} };
  if (typeof timeout === "number") return { ok: true, value: { timeoutMs: timeout } };
  const seconds = resolveCount(timeout, {
    context,
    what: "timeout",
    min: 0,
    max: MAX_TIMEOUT_S,
    fractions: true,
  });
  return seconds.ok ? { ok: true, value: { timeoutMs: seconds.value * 1000 } } : seconds;
}

/** What a number must be. */
export interface CountRule {
  /** The context for its template. */
  readonly context: () => EvaluationContext;
  /** The field, for the message. */
  readonly what: string;
  /** The least it may be. */
  readonly min: number;
  /** The most it may be. @default no limit */
  readonly max?: number;
  /** Whether parts of a whole will do: seconds may have them. */
  readonly fractions?: boolean;
}

/** A number, or a template that gives one. */
export function resolveCount(count: Count, rule: CountRule): Evaluated<number> {
  const given = typeof count === "number"
    ? { ok: true, value: count } as const
    : attempt(() => renderTemplate(count, rule.context()));
  if (!given.ok) return given;
  const value = typeof given.value === "string" && given.value.trim() !== ""
    ? Number(given.value)
    : given.value;
  if (typeof value === "number" && fits(value, rule)) return { ok: true, value };
  const { what, min, max, fractions } = rule;
  const wanted = `a ${fractions ? "" : "whole "}number from ${min}`;
  const limit = max === undefined ? "" : ` to ${max}`;
  const message = `Cannot use "${what}": it must be ${wanted}${limit}, and is ${
    shortReprOf(given.value)
  }`;
  return { ok: false, failure: { name: "ValueError", message, retryable: false } };
}

function fits(value: number, { min, max = Infinity, fractions = false }: CountRule): boolean {
  return value >= min && value <= max && (fractions || Number.isInteger(value));
}

/** The declared outputs, rendered; one that is not of its type is a failure, and none of them is left. */
export function renderOutputs(
  outputs: DeclaredOutputs,
  context: EvaluationContext,
): Evaluated<ValueObject> {
  const rendered = attempt(() =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, output]) =>
        [name, settledValue(renderTemplate(templateOf(output), context))] as const
      ),
    )
  );
  if (!rendered.ok) return rendered;
  const wrong = Object.entries(outputs).find(([name, output]) =>
    !isOfType(rendered.value[name] ?? null, outputTypeOf(output))
  );
  if (wrong === undefined) return rendered;
  const [name, output] = wrong;
  const message = `Output "${name}" is declared as ${outputTypeOf(output)}, but it is ${
    shortReprOf(rendered.value[name] ?? null)
  }`;
  return { ok: false, failure: { name: "OutputError", message, retryable: false } };
}
