/**
 * Whether two contexts say the same. Legs are compared by their matrix values,
 * errors by class, and a job that never started is the same as an absent one.
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
  return differ(normalised(actual, volatile), normalised(expected, volatile), "context");
}

function normalised(context: JsonObject, volatile: readonly string[]): Json {
  const copy = structuredClone(context) as Record<string, Json>;
  for (const path of volatile) remove(copy, path.split("."));
  if (isObject(copy.jobs)) copy.jobs = startedJobs(copy.jobs);
  return plain(copy);
}

/** A job that was skipped before it began leaves nothing but its status. */
function startedJobs(jobs: JsonObject): JsonObject {
  const started = Object.entries(jobs).filter(([, job]) =>
    !(isObject(job) && (job.status === "SKIP" || job.status === "CANCEL") &&
      job.stages === undefined && job.strategies === undefined)
  );
  return Object.fromEntries(started);
}

function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => name !== "info");
  const rest = Object.fromEntries(entries.map(([name, item]) => [name, plain(item)]));
  return { ...rest, ...errors(value), ...legs(value) };
}

function errors({ errors }: JsonObject): JsonObject {
  if (!isObject(errors)) return {};
  if (typeof errors.name === "string") return { errors: errors.name };
  const names = Object.values(errors).map((error) => isObject(error) ? error.name ?? null : null);
  return { errors: names.sort() };
}

function legs({ strategies }: JsonObject): JsonObject {
  if (!isObject(strategies)) return {};
  const byMatrix = Object.values(strategies).map((leg) =>
    [JSON.stringify(isObject(leg) ? leg.matrix : null), plain(leg)] as const
  );
  return { strategies: Object.fromEntries(byMatrix) };
}

function differ(actual: Json, expected: Json, path: string): string | undefined {
  if (isObject(actual) && isObject(expected)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = differ(actual[name] ?? null, expected[name] ?? null, `${path}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    for (const [i, item] of expected.entries()) {
      const found = differ(actual[i] ?? null, item, `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [is, must] = [JSON.stringify(actual), JSON.stringify(expected)];
  return is === must ? undefined : `${path} is ${is} and must be ${must}`;
}

function remove(value: Json, [name, ...rest]: readonly string[]): void {
  if (!isObject(value) || name === undefined) return;
  if (rest.length === 0) delete (value as Record<string, Json>)[name];
  else remove(value[name] ?? null, rest);
}

/** Whether a value is a mapping. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
