/**
 * What a schema says is wrong, in words for the author of the document.
 *
 * @module
 */
import { z } from "zod";
import { closestName } from "../source/closest_name.ts";
import type { Path } from "../source/document.ts";
import type { Finding, Report } from "./finding.ts";
import { isWrittenMapping, kindOfWritten } from "./written.ts";
import { capitalized } from "./wording.ts";

/** What is read, for messages. */
export interface ReadOptions {
  /** The way to it. */
  readonly path: Path;
  /** What it is: `job "load"`. */
  readonly subject: string;
  /** Takes each thing that is wrong. */
  readonly report: Report;
}

/**
 * A file is read once, so compiling a schema first costs more than it saves:
 * a third of the time to load a small workflow.
 */
export const ONCE: { readonly jitless: true } = { jitless: true };

/**
 * The written value as its schema sees it, or `undefined` after every reason
 * why it does not fit has been reported.
 */
export function readWith<T>(
  schema: z.ZodType<T>,
  written: unknown,
  options: ReadOptions,
): T | undefined {
  const read = schema.safeParse(written, { ...ONCE, error: () => UNWORDED });
  if (read.success) return read.data;
  for (const issue of read.error.issues) {
    for (const finding of findingsOf(issue, { schema, written, ...options })) {
      options.report(finding);
    }
  }
  return undefined;
}

/** What is right in a written value. */
export interface RightPart<T> {
  /** As its schema sees it. */
  readonly read: T;
  /** As it was written. */
  readonly written: unknown;
}

/**
 * As {@linkcode readWith}, but what is wrong is left out after it has been
 * reported, so that the rest can be looked at further; `undefined` when the
 * rest does not fit either.
 */
export function readRight<T>(
  schema: z.ZodType<T>,
  written: unknown,
  options: ReadOptions,
): RightPart<T> | undefined {
  const read = schema.safeParse(written, { ...ONCE, error: () => UNWORDED });
  if (read.success) return { read: read.data, written };
  const findings = read.error.issues.flatMap((issue) =>
    findingsOf(issue, { schema, written, ...options })
  );
  findings.forEach(options.report);
  const wrong = findings.map(({ path }) => path.slice(options.path.length));
  // What is wrong by itself goes first; if that does not help, the fields that hold it.
  for (const paths of [wrong.map(outsideLists), wrong.map((path) => path.slice(0, 1))]) {
    const rest = without(written, paths);
    const again = schema.safeParse(rest, ONCE);
    if (again.success) return { read: again.data, written: rest };
  }
  return undefined;
}

/** Lists keep their length, since paths count in them: one with a wrong item goes as a whole. */
function outsideLists(path: Path): Path {
  const at = path.findIndex((step) => typeof step === "number");
  return at < 0 ? path : path.slice(0, at);
}

/** A copy without what stands at the paths. */
function without(written: unknown, paths: readonly Path[]): unknown {
  if (!isWrittenMapping(written)) return written;
  const byKey = Map.groupBy(paths, ([key]) => key === undefined ? undefined : String(key));
  const kept = Object.entries(written).flatMap(([key, value]) => {
    const within = byKey.get(key)?.map((path) => path.slice(1));
    if (within === undefined) return [[key, value]];
    return within.some((path) => path.length === 0) ? [] : [[key, without(value, within)]];
  });
  return Object.fromEntries(kept);
}

// Marks a message that no schema has worded, so that it is worded here.
const UNWORDED = "\u0000";

type Issue = z.core.$ZodIssue;

interface Reading extends ReadOptions {
  readonly schema: z.ZodType;
  readonly written: unknown;
}

function findingsOf(issue: Issue, reading: Reading): readonly Finding[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(key, issue.path, reading));
  }
  if (issue.code === "invalid_union") return findingsOfUnion(issue, reading);

  const path = [...reading.path, ...issue.path];
  const found = valueAt(reading.written, issue.path);
  if (found === undefined && issue.message === UNWORDED) return [missingKey(issue.path, reading)];

  const guess = meantValue(issue, found);
  const message = issue.message === UNWORDED
    ? `${quoted(issue.path, reading)} must be ${wanted(issue)}, but it is ${shown(found)}` +
      (guess === undefined ? "" : `; did you mean "${guess}"?`)
    : issue.message;
  return [{ code: "value-invalid", message, path, hides: hidden(issue.path, reading) }];
}

/** The one of a few texts that was probably meant. */
function meantValue(issue: Issue, found: unknown): string | undefined {
  if (issue.code !== "invalid_value" || typeof found !== "string") return undefined;
  return closestName(found, issue.values.filter((value) => typeof value === "string"));
}

function hidden(at: Path, { path }: Reading): Path {
  return [...path, ...outsideLists(at)];
}

function unknownKey(key: string, within: Path, reading: Reading): Finding {
  const known = keysAt(reading.schema, within);
  const here = Object.hasOwn(FOREIGN_KEYS, key) ? FOREIGN_KEYS[key] : undefined;
  const guess = closestName(key, known);
  const owner = within.length === 0
    ? reading.subject
    : `${quoted(within, reading)} of ${reading.subject}`;
  const said = {
    code: "key-unknown",
    path: [...reading.path, ...within, key],
    target: "key",
  } as const;
  // Nobody knows what stands under the key that was meant.
  const hides = (meant: string): Path => [...reading.path, ...within, meant];
  if (here !== undefined && known.includes(here)) {
    const message = `Unknown key "${key}" in ${owner}; here it is "${here}"`;
    return { ...said, message, hides: hides(here) };
  }
  return {
    ...said,
    message: `Unknown key "${key}" in ${owner}${hintFor(key, guess)}`,
    ...(guess !== undefined && { fix: { text: guess, was: key }, hides: hides(guess) }),
  };
}

function hintFor(key: string, guess: string | undefined): string {
  if (Object.hasOwn(FOREIGN_HINTS, key)) return `; ${FOREIGN_HINTS[key]}`;
  return guess === undefined ? "" : `; did you mean "${guess}"?`;
}

/** What other systems call it; what stands there may have to be written otherwise, too. */
const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  steps: "stages",
  tasks: "stages",
  inputs: "params",
  parameters: "params",
  with: "params",
  schedule: "on",
  schedule_interval: "on",
  depends: "needs",
  depends_on: "needs",
  dependencies: "needs",
  upstream: "needs",
  retries: "retry",
  count: "attempts",
  retry_delay: "delay",
  "timeout-minutes": "timeout",
  timeout_minutes: "timeout",
  do: "stages",
};

/** What other systems have, and how the same is said here. */
const FOREIGN_HINTS: Readonly<Record<string, string>> = {
  steps: 'stages stand in jobs: "jobs: {main: {stages: […]}}"',
  tasks: 'stages stand in jobs: "jobs: {main: {stages: […]}}"',
  "continue-on-error": 'what is to run after a failure has "if: always()"',
  container: 'write "runs-on: {type: container, with: {image: …}}"',
  services: 'start them in a stage, and stop them in one that has "if: always()"',
  environment: 'variables stand in "env"',
  permissions: 'what code may reach is granted in the settings, "sluice permissions" shows it',
  secrets: "a stage reads one as secrets.NAME, in its env",
  shell: 'write "bash: …" for a shell script',
  "working-directory": 'write "cd … &&" at the start of the script',
  retry_delay: 'write "retry: {attempts: 3, delay: 5m}"',
  uses: 'a job has stages; a stage with "trigger: NAME" starts another workflow',
  with: 'what a stage is told stands in fields of its own, such as "env"',
};

function missingKey(at: Path, reading: Reading): Finding {
  const path = [...reading.path, ...at.slice(0, -1)];
  return {
    code: "key-missing",
    message: `${capitalized(reading.subject)} has no ${quoted(at, reading)}, which it needs`,
    path,
    target: "key",
    hides: path,
  };
}

// Of the ways in which a union can be written, the author meant the one that
// goes deepest before something is wrong, if one goes deeper than the others.
function findingsOfUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  reading: Reading,
): readonly Finding[] {
  const meant = issue.errors.toSorted((one, other) => depth(other) - depth(one))[0] ?? [];
  if (depth(meant) > 0) {
    return meant.flatMap((inner) =>
      findingsOf({ ...inner, path: [...issue.path, ...inner.path] }, reading)
    );
  }
  const found = valueAt(reading.written, issue.path);
  if (found === undefined) return [missingKey(issue.path, reading)];

  const worded = issue.message !== UNWORDED ? issue.message : wordedBranch(issue.errors);
  const forms = [...new Set(issue.errors.flat().map(wanted))].join(" or ");
  const message = worded ??
    `${quoted(issue.path, reading)} must be ${forms}, but it is ${shown(found)}`;
  const path = [...reading.path, ...issue.path];
  return [{ code: "value-invalid", message, path, hides: hidden(issue.path, reading) }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(
    0,
    ...issues.map(({ path, code }) => path.length + (code === "unrecognized_keys" ? 1 : 0)),
  );
}

function wordedBranch(branches: readonly (readonly Issue[])[]): string | undefined {
  return branches.flat().find((issue) => issue.message !== UNWORDED)?.message;
}

function wanted(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return NAMES_OF_TYPES[issue.expected] ?? issue.expected;
    case "too_small":
      return bound(issue.origin, issue.inclusive ? "at least" : "more than", issue.minimum);
    case "too_big":
      return bound(issue.origin, issue.inclusive ? "at most" : "less than", issue.maximum);
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    default:
      return "something else";
  }
}

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  null: "empty",
};

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === "string") return `${relation} ${limit} characters long`;
  if (origin === "array") return `a list with ${relation} ${limit} items`;
  return `${relation} ${limit}`;
}

function shown(found: unknown): string {
  if (typeof found === "number" || typeof found === "boolean") return String(found);
  if (typeof found === "string" && found.length <= 60) return `"${found}"`;
  return kindOfWritten(found);
}

// The last name on the way with the indexes behind it: `"needs"`, `"needs[2]"`.
function quoted(path: Path, reading: Reading): string {
  const name = path.findLastIndex((part) => typeof part === "string");
  if (name < 0) return `${capitalized(reading.subject)}${indexes(path)}`;
  return `"${String(path[name])}${indexes(path.slice(name + 1))}"`;
}

function indexes(path: Path): string {
  return path.map((part) => `[${String(part)}]`).join("");
}

function valueAt(written: unknown, path: Path): unknown {
  let value = written;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = Reflect.get(value, part);
  }
  return value;
}

/** The keys that a mapping may have at `path` below what `schema` describes. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysAt(option, path));
  const [part, ...rest] = path;
  if (part === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodObject) {
    const field: unknown = inner.shape[String(part)];
    return field instanceof z.ZodType ? keysAt(field, rest) : [];
  }
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType, rest);
  return [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return wraps ? unwrapped(schema.unwrap()) : schema;
}
