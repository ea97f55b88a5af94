/**
 * Filters and functions of expressions that stand in modules of their own: how
 * they are marked, so that they are found among whatever else is exported.
 *
 * @module
 */
import type { ExpressionFilter, ExpressionFunction } from "../expr/evaluation_context.ts";

const FILTER: unique symbol = Symbol.for("sluice.filter");
const FUNCTION: unique symbol = Symbol.for("sluice.function");

/**
 * Marks a filter. Export it from a module that the setting `registryFilter`
 * names. It must be pure: a run that is taken up again calls it once more.
 *
 * @throws {RangeError} for a name that an expression could not spell.
 * @example
 * ```ts
 * import { defineFilter } from "./expression_part.ts";
 *
 * const shout = defineFilter({
 *   name: "shout",
 *   summary: "A text in capitals.",
 *   input: ["string"],
 *   params: [],
 *   returns: ["string"],
 *   apply: (text) => `${text}`.toUpperCase(),
 * });
 * console.assert(shout.name === "shout");
 * ```
 */
export function defineFilter(filter: ExpressionFilter): ExpressionFilter {
  assertName(filter.name);
  return Object.assign({ ...filter }, { [FILTER]: true });
}

/**
 * Marks a function of expressions. As {@linkcode defineFilter}, it must be pure.
 *
 * @throws {RangeError} for a name that an expression could not spell.
 */
export function defineFunction(made: ExpressionFunction): ExpressionFunction {
  assertName(made.name);
  return Object.assign({ ...made }, { [FUNCTION]: true });
}

/** Whether a value was made by {@linkcode defineFilter}. */
export function isFilter(value: unknown): value is ExpressionFilter {
  return typeof value === "object" && value !== null && Object.hasOwn(value, FILTER);
}

/** Whether a value was made by {@linkcode defineFunction}. */
export function isFunction(value: unknown): value is ExpressionFunction {
  return typeof value === "object" && value !== null && Object.hasOwn(value, FUNCTION);
}

const NAME = /^[A-Za-z_]\w*$/;

function assertName(name: string): void {
  if (NAME.test(name)) return;
  throw new RangeError(`"${name}" cannot be called in an expression: use letters, digits and "_"`);
}
