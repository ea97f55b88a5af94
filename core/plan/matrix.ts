/**
 * The legs of a job: every combination of its matrix, less what is excluded,
 * plus what is included (REFERENCE §1.14).
 *
 * @module
 */
import { encodeValue, type Json } from "../expr/json.ts";
import { sha256Hex } from "../expr/sha256.ts";
import { typeName } from "../expr/type_name.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { entriesOf, isList, isMapping } from "../expr/view.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";

/** The most legs of one job. */
export const MAX_LEGS = 100_000;

/** The longest key of a leg; what is beyond becomes a digest. */
export const MAX_LEG_KEY_CHARS = 200;

/** A strategy whose templates are resolved; they may have given anything. */
export interface ResolvedStrategy {
  /** Axis name to the list of its values. */
  readonly matrix: Value;
  /** Combinations to add; their keys must be keys of the matrix. */
  readonly include: Value;
  /** Combinations to leave out; a combination goes when it has all of an entry's values. */
  readonly exclude: Value;
}

/** The legs, or why there are none. */
export type Legs =
  | { readonly ok: true; readonly legs: readonly ValueObject[] }
  | { readonly ok: false; readonly message: string };

/**
 * Expands a matrix: the axes in the order in which they were written, the last
 * one varying fastest. Equal legs are one leg. Without any axis, or when all
 * is excluded and nothing included, there is one leg with nothing in it.
 *
 * @example
 * ```ts
 * import { expandMatrix } from "./matrix.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const legs = expandMatrix({
 *   matrix: { os: ["linux", "mac"], n: [1, 2] },
 *   include: [],
 *   exclude: [{ os: "mac", n: 1 }],
 * });
 * deepEqual(legs, {
 *   ok: true,
 *   legs: [{ os: "linux", n: 1 }, { os: "linux", n: 2 }, { os: "mac", n: 2 }],
 * });
 * ```
 */
export function expandMatrix(strategy: ResolvedStrategy): Legs {
  const axes = readAxes(strategy.matrix);
  if (!axes.ok) return axes;
  const include = readEntries(strategy.include, "include");
  if (!include.ok) return include;
  const exclude = readEntries(strategy.exclude, "exclude");
  if (!exclude.ok) return exclude;

  const unknown = unknownKey(exclude.entries, axes.axes);
  if (unknown !== undefined) return refused(unknown);

  const combinations = product(axes.axes);
  if (combinations.length === 0 || axes.axes.size === 0) return { ok: true, legs: [{}] };

  const kept = without(combinations, exclude.entries);
  if (kept.length === 0 && include.entries.length === 0) return { ok: true, legs: [{}] };
  return including(kept, include.entries);
}

/**
 * A short name for a leg, unique among the legs of a job: `os=linux,n=1`. What
 * could be taken for something else is quoted as in JSON.
 *
 * @example
 * ```ts
 * import { legKey } from "./matrix.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(legKey({ os: "linux", n: 1 }), "os=linux,n=1");
 * equal(legKey({ n: "1" }), 'n="1"');
 * equal(legKey({}), "");
 * ```
 */
export function legKey(leg: ValueObject): string {
  const key = Object.entries(leg)
    .map(([axis, value]) => `${shortText(axis)}=${shortText(value)}`)
    .join(",");
  if (key.length <= MAX_LEG_KEY_CHARS) return key;
  const digest = `…${sha256Hex(key)}`;
  return key.slice(0, MAX_LEG_KEY_CHARS - digest.length) + digest;
}

type Axes = ReadonlyMap<string, readonly Value[]>;

function readAxes(
  matrix: Value,
): { readonly ok: true; readonly axes: Axes } | ReturnType<typeof refused> {
  if (!isMapping(matrix)) {
    return refused(`Cannot expand the matrix: it must be a mapping, but it is ${a(matrix)}`);
  }
  const axes = new Map<string, readonly Value[]>();
  let count = 1;
  for (const [axis, values] of entriesOf(matrix)) {
    if (isForbiddenKey(axis)) return refused(`Cannot expand the matrix: no axis may be "${axis}"`);
    if (!isList(values)) {
      const found = a(values);
      return refused(`Cannot expand the matrix: axis "${axis}" must be a list, but it is ${found}`);
    }
    const distinct = distinctValues(values);
    axes.set(axis, distinct);
    count *= distinct.length;
  }
  if (count > MAX_LEGS) {
    return refused(`Cannot expand the matrix: it has ${count} legs; the most is ${MAX_LEGS}`);
  }
  return { ok: true, axes };
}

function readEntries(
  value: Value,
  what: "include" | "exclude",
): { readonly ok: true; readonly entries: readonly ValueObject[] } | ReturnType<typeof refused> {
  if (!isList(value)) {
    return refused(`Cannot ${what} legs: "${what}" must be a list, but it is ${a(value)}`);
  }
  if (value.length > MAX_LEGS) {
    return refused(
      `Cannot ${what} legs: there are ${value.length} entries; the most is ${MAX_LEGS}`,
    );
  }
  const entries: ValueObject[] = [];
  for (const entry of value) {
    if (!isMapping(entry)) {
      return refused(`Cannot ${what} legs: each entry must be a mapping, but one is ${a(entry)}`);
    }
    entries.push(Object.fromEntries(entriesOf(entry)));
  }
  return { ok: true, entries };
}

function unknownKey(exclude: readonly ValueObject[], axes: Axes): string | undefined {
  const unknown = exclude.flatMap(Object.keys).find((key) => !axes.has(key));
  if (unknown === undefined) return undefined;
  const known = [...axes.keys()].map((axis) => `"${axis}"`).join(", ");
  return `Cannot exclude legs by "${unknown}": the matrix has ${known || "no axis"}`;
}

function product(axes: Axes): readonly ValueObject[] {
  let legs: readonly ValueObject[] = [{}];
  for (const [axis, values] of axes) {
    legs = legs.flatMap((leg) => values.map((value) => ({ ...leg, [axis]: value })));
  }
  return legs;
}

// Entries with the same keys are looked up together, so that the work does not
// grow with legs times entries.
function without(
  legs: readonly ValueObject[],
  exclude: readonly ValueObject[],
): readonly ValueObject[] {
  const groups = Map.groupBy(exclude, (entry) => JSON.stringify(Object.keys(entry).sort()));
  let kept = legs;
  for (const entries of groups.values()) {
    const keys = Object.keys(entries[0] ?? {}).sort();
    const excluded = new Set(
      entries.map((entry) => fingerprint(keys.map((key) => own(entry, key)))),
    );
    kept = kept.filter((leg) => !excluded.has(fingerprint(keys.map((key) => own(leg, key)))));
  }
  return kept;
}

function including(kept: readonly ValueObject[], include: readonly ValueObject[]): Legs {
  if (include.length === 0) return { ok: true, legs: kept };
  const axes = new Set(Object.keys(kept[0] ?? {}));
  const legs = new Map(kept.map((leg) => [fingerprint(leg), leg]));
  for (const entry of include) {
    if (!Object.keys(entry).every((key) => axes.has(key))) {
      return refused("Include should have the keys that equal to all final matrix.");
    }
    if (!legs.has(fingerprint(entry))) legs.set(fingerprint(entry), entry);
  }
  if (legs.size > MAX_LEGS) {
    return refused(`Cannot include legs: there would be ${legs.size}; the most is ${MAX_LEGS}`);
  }
  return { ok: true, legs: [...legs.values()] };
}

function distinctValues(values: readonly Value[]): readonly Value[] {
  const distinct = new Map<string, Value>();
  for (const value of values) {
    const print = fingerprint(value);
    if (!distinct.has(print)) distinct.set(print, value);
  }
  return [...distinct.values()];
}

/** Equal for equal values alone; mappings in any order. */
function fingerprint(value: Value): string {
  return JSON.stringify(
    encodeValue(value),
    (_, inner: Json) => isMapping(inner) ? sorted(inner) : inner,
  );
}

function sorted(mapping: Exclude<Value, null | boolean>): ValueObject {
  return Object.fromEntries(
    Object.entries(mapping).sort(([one], [other]) => one < other ? -1 : 1),
  );
}

function own(mapping: ValueObject, key: string): Value {
  return Object.hasOwn(mapping, key) ? mapping[key] ?? null : null;
}

// Bare words look like nothing but themselves: no number, no null, no structure.
const BARE_WORD = /^(?!(?:true|false|null)$)[\p{L}_./:@ -][\p{L}\d_./:@ -]*$/u;
const LOOKS_NUMERIC = /^[-.]?\d/;

function shortText(value: Value): string {
  if (typeof value === "string" && BARE_WORD.test(value) && !LOOKS_NUMERIC.test(value)) {
    return value;
  }
  return fingerprint(value);
}

function a(value: Value): string {
  const type = typeName(value);
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
