/**
 * Whether two contexts say the same. Legs are compared by their matrix values,
 * errors by class, stages without an id by their position where ids of another
 * kind are made, and a job that never started is the same as an absent one.
 *
 * @module
 */
import type { Json, JsonObject } from "./case.ts";

/** Where two contexts differ first, in words; `undefined` when they do not. */
export function difference(
  actual: JsonObject,
  expected: JsonObject,
  { volatile = [] }: { readonly volatile?: readonly string[] | undefined } = {},
): string | undefined {
  const [ours, theirs] = [plain(actual), plain(expected)];
  for (const path of volatile) {
    const names = namesBy(path.split("."), expected);
    remove(ours, names);
    remove(theirs, names);
  }
  return differ(ours, theirs, "context");
}

/** Whether a value is a mapping. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is compared: without times, with legs under their values, errors as classes, jobs that began. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => name !== "info");
  const kept = entries.map(([name, item]) =>
    [nameOf(name, item), plain(name === "jobs" ? startedJobs(item) : item)] as const
  );
  return { ...Object.fromEntries(kept), ...errors(value) };
}

/** A leg is called as its values are, whatever its id. */
function nameOf(name: string, item: Json): string {
  return isLeg(item) ? JSON.stringify(item.matrix) : name;
}

function isLeg(item: Json | undefined): item is JsonObject {
  return isObject(item) && isObject(item.matrix) && typeof item.status === "string";
}

/** A job that was skipped or cancelled before it began leaves nothing but its status. */
function startedJobs(jobs: Json): Json {
  if (!isObject(jobs)) return jobs;
  const started = Object.entries(jobs).filter(([, job]) =>
    !(isObject(job) && (job.status === "SKIP" || job.status === "CANCEL") &&
      job.stages === undefined && job.strategies === undefined)
  );
  return Object.fromEntries(started);
}

/** By class; those of legs without the legs' ids, which are compared within the legs. */
function errors({ errors, strategies, ...rest }: JsonObject): JsonObject {
  if (!isObject(errors)) return {};
  if (typeof errors.name === "string") return { errors: errors.name };
  const names = Object.entries(errors).map(([key, error]) =>
    [key, isObject(error) ? error.name ?? null : null] as const
  );
  const isOfLegs = strategies !== undefined || Object.values(rest).some(isLeg);
  return { errors: isOfLegs ? names.map(([, name]) => name).sort() : Object.fromEntries(names) };
}

/** The names under which the parts of a written path stand once they are {@linkcode plain}. */
function namesBy([name, ...rest]: readonly string[], value: Json): readonly string[] {
  if (name === undefined) return [];
  const part = isObject(value) ? value[name] ?? null : null;
  return [nameOf(name, part), ...namesBy(rest, part)];
}

function remove(value: Json, [name, ...rest]: readonly string[]): void {
  if (!isObject(value) || name === undefined) return;
  if (rest.length === 0) delete (value as Record<string, Json>)[name];
  else remove(value[name] ?? null, rest);
}

function differ(
  actual: Json | undefined,
  expected: Json | undefined,
  path: string,
): string | undefined {
  if (isObject(actual) && isObject(expected)) return differWithin(actual, expected, path);
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    return first(expected.map((item, i) => differ(actual[i], item, `${path}[${i}]`)));
  }
  const [is, must] = [JSON.stringify(actual), JSON.stringify(expected)];
  return is === must ? undefined : `${path} is ${is} and must be ${must}`;
}

function differWithin(actual: JsonObject, expected: JsonObject, path: string): string | undefined {
  const ours = withIdsOf(expected, withoutReason(actual, expected));
  const names = new Set([...Object.keys(expected), ...Object.keys(ours)]);
  return first([...names].map((name) => differ(ours[name], expected[name], `${path}.${name}`)));
}

function first(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((each) => each !== undefined);
}

/** A job that fails before its first stage leaves no error there, and here says why (W-46). */
function withoutReason({ errors, ...rest }: JsonObject, expected: JsonObject): JsonObject {
  const isSilent = Object.keys(expected).join() === "status" && expected.status === "FAILED";
  return isSilent || errors === undefined ? rest : { ...rest, errors };
}

const MADE_ID = /^(?:\d{10}|[0-9a-f]{32})$/;

/** Ids that were made of names stand for one another in their order (REFERENCE C-271). */
function withIdsOf(expected: JsonObject, actual: JsonObject): JsonObject {
  const missing = Object.keys(expected).filter((id) => MADE_ID.test(id) && !(id in actual));
  const entries = Object.entries(actual).map(([id, item]) => {
    const isOther = MADE_ID.test(id) && !(id in expected);
    return [isOther ? missing.shift() ?? id : id, item] as const;
  });
  return Object.fromEntries(entries);
}
