/**
 * What something thrown means for the attempt that it ended. Foreign code may
 * throw anything, so nothing here trusts what it looks at.
 *
 * @module
 */
import { ExpressionError } from "../expr/expression_error.ts";
import type { ValueObject } from "../expr/value.ts";
import { StageError } from "../plugin/stage_kind.ts";
import type { Ending } from "./attempt_secrets.ts";
import { plainValues } from "./plain_values.ts";

/**
 * How the attempt ended. What cannot be kept of it is left out, and the message
 * says so.
 */
export function endingOf(error: unknown): Ending {
  try {
    return error instanceof StageError ? endingOfStage(error) : endingOfOther(error);
  } catch (unreadable) {
    const message = "The stage threw something that cannot be read";
    const name = unreadable instanceof TypeError ? "TypeError" : "Error";
    return { outcome: "failed", outputs: {}, failure: { name, message, retryable: true } };
  }
}

function endingOfStage(error: StageError): Ending {
  const { name, retryable, outcome } = error;
  const outputs = kept(error.outputs, { called: "outputs" });
  const details = kept(error.details, { called: "details" });
  const message = [error.message, ...outputs.notes, ...details.notes].join("; ");
  const more = Object.keys(details.values).length === 0 ? {} : { details: details.values };
  return { outcome, outputs: outputs.values, failure: { name, message, retryable, ...more } };
}

function endingOfOther(error: unknown): Ending {
  const name = error instanceof Error ? String(error.name) : "Error";
  const message = error instanceof Error ? String(error.message) : String(error);
  // A mistake in an expression is the same mistake the next time.
  const retryable = !(error instanceof ExpressionError);
  return { outcome: "failed", outputs: {}, failure: { name, message, retryable } };
}

interface Kept {
  readonly values: ValueObject;
  readonly notes: readonly string[];
}

function kept(given: unknown, { called }: { readonly called: string }): Kept {
  try {
    return { values: plainValues(given), notes: [] };
  } catch (error) {
    const why = error instanceof ExpressionError ? error.message : "they cannot be read";
    return { values: {}, notes: [`its ${called} are left out: ${why}`] };
  }
}
