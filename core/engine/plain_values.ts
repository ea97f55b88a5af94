/**
 * Values as they may be kept: plain data within bounds.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";
import { isView } from "../expr/view.ts";

/** How deep outputs may nest. */
export const MAX_OUTPUT_DEPTH = 64;

/** How many values the outputs of one stage may hold. */
export const MAX_OUTPUT_VALUES = 1_000_000;

/**
 * A plain copy of a mapping of outputs or inputs: views become mappings, what
 * JSON has no word for becomes text or null, and names that could pollute are
 * refused.
 *
 * @throws {ExpressionError} when it is too deep, too large, or not a mapping.
 */
export function plainValues(mapping: unknown): ValueObject {
  const budget = { left: MAX_OUTPUT_VALUES };
  const plain = plainValue(mapping, { depth: 0, budget });
  if (isPlainMapping(plain)) return plain;
  throw new ExpressionError("Cannot use the outputs: they must be a mapping", {
    name: "TypeError",
  });
}

interface Bounds {
  readonly depth: number;
  readonly budget: { left: number };
}

function plainValue(value: unknown, bounds: Bounds): Value {
  if (--bounds.budget.left < 0) throw tooLarge(`more than ${MAX_OUTPUT_VALUES} values`);
  if (bounds.depth > MAX_OUTPUT_DEPTH) throw tooLarge(`levels beyond ${MAX_OUTPUT_DEPTH}`);
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return String(value);
    case "object":
      return value === null ? null : plainObject(value, { ...bounds, depth: bounds.depth + 1 });
    default:
      return null;
  }
}

function plainObject(value: object, bounds: Bounds): Value {
  if (value instanceof Datetime) return value;
  if (value instanceof Date) return new Datetime(value.getTime(), { offsetMinutes: 0 });
  if (Array.isArray(value)) return value.map((item) => plainValue(item, bounds));
  const entries = isView(value)
    ? [...value.names()].map((name) => [name, value.get(name)] as const)
    : Object.entries(value);
  const plain: Record<string, Value> = {};
  for (const [name, item] of entries) {
    if (isForbiddenKey(name)) throw refused(name);
    if (item !== undefined) plain[name] = plainValue(item, bounds);
  }
  return plain;
}

function isPlainMapping(value: Value): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Datetime);
}

function tooLarge(why: string): ExpressionError {
  return new ExpressionError(`Cannot keep the values: there are ${why}`, { name: "ValueError" });
}

function refused(name: string): ExpressionError {
  return new ExpressionError(`Cannot keep the values: "${name}" is a forbidden name`, {
    name: "ValueError",
  });
}
