/**
 * Lists and mappings: telling them apart and reading them.
 *
 * @module
 */
import { Datetime } from "./datetime.ts";
import { type Value, type ValueObject, VIEW, type View } from "./value.ts";

/** Whether a value is a {@linkcode View}. */
export function isView(value: unknown): value is View {
  return typeof value === "object" && value !== null && VIEW in value;
}

/**
 * A view whose entries `get` makes when they are read.
 *
 * @example
 * ```ts
 * import { entryOf, viewOf } from "./view.ts";
 *
 * const squares = viewOf(() => ["2", "3"], (name) => Number(name) ** 2);
 * console.assert(entryOf(squares, "3") === 9);
 * ```
 */
export function viewOf(
  names: () => Iterable<string>,
  get: (name: string) => Value | undefined,
): View {
  return { [VIEW]: true, names, get };
}

/** Whether a value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is a mapping, plain or a view. */
export function isMapping(value: Value): value is ValueObject | View {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Datetime);
}

/** What a mapping has under a name, or `undefined`. Only own properties are read. */
export function entryOf(mapping: ValueObject | View, name: string): Value | undefined {
  if (isView(mapping)) return mapping.get(name);
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}

/**
 * What a value has under a name, or `undefined`: also for what is no mapping.
 * The same as {@linkcode isMapping} and {@linkcode entryOf} in fewer looks at
 * the value, because a path asks it at each step.
 */
export function memberOf(value: Value, name: string): Value | undefined {
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  if (value instanceof Datetime) return undefined;
  if (isView(value)) return value.get(name);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The names in a mapping, in order. */
export function namesOf(mapping: ValueObject | View): Iterable<string> {
  return isView(mapping) ? mapping.names() : Object.keys(mapping);
}

/** The entries of a mapping, in order; a view's are made on the way. */
export function* entriesOf(mapping: ValueObject | View): Generator<readonly [string, Value]> {
  for (const name of namesOf(mapping)) {
    const value = entryOf(mapping, name);
    if (value !== undefined) yield [name, value];
  }
}
