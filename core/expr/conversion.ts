/**
 * Values of one type as values of another, as Python converts them.
 * `undefined` says that a value has no such form.
 *
 * @module
 */
import { refusedKey } from "./json.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";
import { numberIn } from "./hole_text.ts";
import { textOf } from "./text.ts";
import type { Value, ValueObject, View } from "./value.ts";
import { isList, isMapping, namesOf } from "./view.ts";

/** Python's `int()`: cuts off what is behind the point; text must spell a whole number. */
export function intOf(value: Value): number | undefined {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? Math.trunc(value) : undefined;
  if (typeof value !== "string") return undefined;
  return WHOLE.test(value) ? Number(value) : undefined;
}

/** Python's `float()`. */
export function floatOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberIn(value) : intOf(value);
}

/** Python's `list()`: the characters of a text, the names of a mapping. */
export function listOf(value: Value): readonly Value[] | undefined {
  if (typeof value === "string") return [...value];
  if (isList(value)) return value;
  return isMapping(value) ? [...namesOf(value)] : undefined;
}

/** Python's `dict()`: of a mapping, or of a list of pairs. */
export function mappingOf(value: Value): ValueObject | View | undefined {
  if (isMapping(value)) return value;
  if (!isList(value)) return undefined;
  const mapping: Record<string, Value> = {};
  for (const pair of value) {
    if (!isList(pair) || pair.length !== 2) return undefined;
    const [key = null, entry = null] = pair;
    const name = textOf(key);
    if (isForbiddenKey(name)) throw refusedKey(name);
    mapping[name] = entry;
  }
  return mapping;
}

/** How long a text (in characters), a list or a mapping is. */
export function lengthOf(value: Value): number | undefined {
  const all = typeof value === "string" ? value : listOf(value);
  if (all === undefined) return undefined;
  if (typeof all !== "string") return all.length;
  let characters = 0;
  for (const _ of all) characters++;
  return characters;
}

const WHOLE = /^\s*[+-]?\d+\s*$/;
