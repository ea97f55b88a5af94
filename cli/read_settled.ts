/**
 * Stages whose end is set by hand: `--settle JOB/STAGE=success --why TEXT`.
 *
 * @module
 */
import type { SettledByHand } from "../core/engine/rerun.ts";
import { ExpressionError } from "../core/expr/expression_error.ts";
import { parseJson } from "../core/expr/json.ts";
import type { ValueObject } from "../core/expr/value.ts";
import { isMapping, isView } from "../core/expr/view.ts";
import { userName } from "../platform/process.ts";
import type { Invocation } from "./invocation.ts";
import { UsageError } from "./usage_error.ts";

const OUTCOMES: ReadonlyMap<string, SettledByHand["outcome"]> = new Map([
  ["success", "succeeded"],
  ["succeeded", "succeeded"],
  ["failure", "failed"],
  ["failed", "failed"],
  ["skip", "skipped"],
  ["skipped", "skipped"],
]);

/**
 * The stages that an invocation settles.
 *
 * @throws {UsageError} when one is not written so, or nobody says why.
 */
export function readSettled(invocation: Invocation): readonly SettledByHand[] {
  const written = invocation.values("settle");
  const outputs = invocation.value("outputs");
  if (written.length === 0) {
    if (outputs !== undefined) throw new UsageError('Cannot use --outputs without "--settle"');
    return [];
  }
  const why = invocation.value("why");
  if (why === undefined || why.trim() === "") {
    throw new UsageError('Cannot settle a stage by hand without a reason: add "--why TEXT"');
  }
  if (outputs !== undefined && written.length > 1) {
    throw new UsageError("Cannot use --outputs for several stages: settle one");
  }
  const left = outputs === undefined ? {} : { outputs: readOutputs(outputs) };
  return written.map((text) => ({ ...readOne(text), ...left, by: userName(), why }));
}

function readOne(text: string): Pick<SettledByHand, "stage" | "outcome"> {
  const equals = text.lastIndexOf("=");
  const outcome = OUTCOMES.get(text.slice(equals + 1));
  if (equals > 0 && outcome !== undefined) return { stage: text.slice(0, equals), outcome };
  throw new UsageError(
    `Cannot read --settle "${text}": write JOB/STAGE=success, =failure or =skipped`,
  );
}

function readOutputs(text: string): ValueObject {
  try {
    const value = parseJson(text);
    if (isMapping(value) && !isView(value)) return value;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UsageError(`Cannot read --outputs: ${error.message}`, { cause: error });
  }
  throw new UsageError("Cannot use --outputs: it takes a JSON mapping of names to values");
}
