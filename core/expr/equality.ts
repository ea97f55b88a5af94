/**
 * Which values are the same, and which comes first.
 *
 * @module
 */
import { Datetime } from "./datetime.ts";
import { ExpressionError } from "./expression_error.ts";
import { MAX_VALUE_DEPTH, tooDeep } from "./text.ts";
import { typeName } from "./type_name.ts";
import type { Value, ValueObject, View } from "./value.ts";
import { entryOf, isList, isMapping, namesOf } from "./view.ts";

/**
 * Whether two values are equal: same type, same content. Mappings may differ
 * in order; a view equals the mapping that it stands for; aware date-times are
 * equal when they are the same moment.
 *
 * @example
 * ```ts
 * import { sameValue } from "./equality.ts";
 *
 * console.assert(sameValue({ a: 1, b: [2] }, { b: [2], a: 1 }));
 * console.assert(!sameValue(1, "1"));
 * ```
 */
export function sameValue(a: Value, b: Value): boolean {
  return sameWithin(a, b, 0);
}

/**
 * Less than zero when `a` comes before `b`, more when it comes after. Numbers,
 * texts (by code point) and date-times have an order.
 *
 * @throws {ExpressionError} for values that have none between them.
 */
export function orderOf(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return textOrder(a, b);
  if (a instanceof Datetime && b instanceof Datetime && comparable(a, b)) {
    return a.epochMs - b.epochMs;
  }
  throw new ExpressionError(
    `Cannot tell which comes first, a value of type ${typeName(a)} or one of type ${typeName(b)}`,
    { name: "TypeError" },
  );
}

function sameWithin(a: Value, b: Value, depth: number): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (a instanceof Datetime || b instanceof Datetime) return sameDatetime(a, b);
  if (depth === MAX_VALUE_DEPTH) throw tooDeep();
  if (isList(a) && isList(b)) return sameList(a, b, depth + 1);
  return isMapping(a) && isMapping(b) && sameMapping(a, b, depth + 1);
}

function sameDatetime(a: Value, b: Value): boolean {
  return a instanceof Datetime && b instanceof Datetime && comparable(a, b) &&
    a.epochMs === b.epochMs;
}

/** A naive reading is no moment, so it is neither the same as one nor before or after it. */
function comparable(a: Datetime, b: Datetime): boolean {
  return a.kind === b.kind && (a.offsetMinutes === undefined) === (b.offsetMinutes === undefined);
}

function sameList(a: readonly Value[], b: readonly Value[], depth: number): boolean {
  return a.length === b.length && a.every((item, i) => sameWithin(item, b[i] ?? null, depth));
}

function sameMapping(a: ValueObject | View, b: ValueObject | View, depth: number): boolean {
  let unmatched = 0;
  for (const _ of namesOf(b)) unmatched++;
  for (const name of namesOf(a)) {
    const [mine, theirs] = [entryOf(a, name), entryOf(b, name)];
    if (mine === undefined || theirs === undefined) return false;
    if (!sameWithin(mine, theirs, depth)) return false;
    unmatched--;
  }
  return unmatched === 0;
}

/** By code point, not by UTF-16 unit: the two differ for what lies beyond the basic plane. */
function textOrder(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
  if (isSurrogate(unitA) !== isSurrogate(unitB)) return isSurrogate(unitA) ? 1 : -1;
  return i === a.length ? -1 : i === b.length ? 1 : unitA - unitB;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
