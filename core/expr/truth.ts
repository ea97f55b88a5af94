/**
 * Which values count as true.
 *
 * @module
 */
import { Datetime } from "./datetime.ts";
import type { Value } from "./value.ts";
import { isMapping, namesOf } from "./view.ts";

/** Whether a value counts as true: all do but `null`, `false`, `0`, and empty text, lists and mappings. */
export function isTruthy(value: Value): boolean {
  if (value === null || typeof value !== "object") return Boolean(value);
  if (value instanceof Datetime) return true;
  if (!isMapping(value)) return value.length > 0;
  for (const _ of namesOf(value)) return true;
  return false;
}
