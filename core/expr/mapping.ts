/**
 * Reading plain mappings out of values of unknown shape.
 *
 * @module
 */
import type { Value, ValueObject } from "./value.ts";
import { isMapping, isView } from "./view.ts";

/** The value as a plain mapping; anything else, a view included, is an empty one. */
export function mappingOf(value: Value | undefined): ValueObject {
  return value !== undefined && isMapping(value) && !isView(value) ? value : {};
}
