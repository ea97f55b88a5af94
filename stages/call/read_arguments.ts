/**
 * The `with` of a stage, read by what the function says it takes (REFERENCE
 * C-206 to C-209).
 *
 * @module
 */
import { z } from "zod";
import { Datetime } from "../../core/expr/datetime.ts";
import { MAX_VALUE_DEPTH, reprOf, tooDeep } from "../../core/expr/text.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { entriesOf, isList } from "../../core/expr/view.ts";
import type { Caller } from "../../core/plugin/caller.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { closestName } from "../../core/source/closest_name.ts";

/**
 * The input of a function, made of what the stage gives.
 *
 * @param given By the names in the function's input, as {@linkcode namedArguments} gives them.
 * @throws {StageError} `ValueError` when one is missing, `TypeError` when there is one too many, `StageError` when one does not fit.
 */
export async function readArguments(
  { name, tag, input, secrets }: Caller,
  given: ValueObject,
): Promise<unknown> {
  const shape = input?.shape ?? {};
  await checkPresent(shape, given);
  if (input === undefined || input.def.catchall === undefined) {
    checkKnown(shape, { given, called: `${name}@${tag}` });
  }
  if (input === undefined) return {};
  const read: Record<string, unknown> = {};
  for (const [argument, value] of Object.entries(given)) {
    // A secret from a variable that is not set is text all the same (REFERENCE C-214).
    const told = value === null && secrets.includes(argument) ? "null" : value;
    read[argument] = await readingFor(shape[argument], plain(told, 0));
  }
  const parsed = await input.safeParseAsync(read);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues);
}

/** The arguments by the names in the function's input: there a name may begin with `_`, as a word of the language would not do (C-208). */
export function namedArguments({ input }: Caller, given: ValueObject): ValueObject {
  const shape = input?.shape ?? {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const isPrivate = !Object.hasOwn(shape, name) && Object.hasOwn(shape, `_${name}`);
      return [isPrivate ? `_${name}` : name, value];
    }),
  );
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

/** The message has all that is required, as in the reference, and not only what is missing. */
async function checkPresent(shape: Shape, given: ValueObject): Promise<void> {
  const required: string[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    if (!await accepts(schema, undefined)) required.push(name);
  }
  if (required.every((name) => Object.hasOwn(given, name))) return;
  const names = required.map((name) => `${name}, `).join("");
  const set = reprOf(Object.keys(given));
  const message = `Necessary params, (${names}), does not set to args. It already set ${set}.`;
  throw new StageError(message, { name: "ValueError", retryable: false });
}

function checkKnown(
  shape: Shape,
  { given, called }: { readonly given: ValueObject; readonly called: string },
): void {
  const known = Object.keys(shape);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(shape, name));
  if (unknown === undefined) return;
  const guess = closestName(unknown, known);
  const takes = known.length === 0 ? "nothing" : known.map((name) => `"${name}"`).join(", ");
  const hint = guess === undefined ? `it takes ${takes}` : `did you mean "${guess}"?`;
  throw new StageError(`Function "${called}" takes no argument "${unknown}"; ${hint}`, {
    name: "TypeError",
    retryable: false,
  });
}

/** The first reading of a value that the schema accepts; the value itself where it accepts none. */
async function readingFor(schema: z.core.$ZodType | undefined, value: unknown): Promise<unknown> {
  if (schema === undefined) return value;
  for (const reading of readingsOf(value)) {
    if (await accepts(schema, reading)) return reading;
  }
  return value;
}

/** A date-time may be wanted as a `Date`, and a text may be meant as either. */
function* readingsOf(value: unknown): Generator<unknown> {
  yield value;
  yield withDates(value);
  const moment = typeof value === "string" ? Datetime.parse(value) : undefined;
  if (moment === undefined) return;
  yield withDates(moment);
  yield moment;
}

function withDates(value: unknown): unknown {
  if (value instanceof Datetime) return new Date(value.epochMs);
  if (Array.isArray(value)) return value.map(withDates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withDates(item)]));
}

async function accepts(schema: z.core.$ZodType, value: unknown): Promise<boolean> {
  return (await z.safeParseAsync(schema, value)).success;
}

/** Foreign code gets data of its own: no views of the run, and nothing that it could change under others. */
function plain(value: Value, depth: number): unknown {
  if (value === null || typeof value !== "object" || value instanceof Datetime) return value;
  if (depth === MAX_VALUE_DEPTH) throw tooDeep();
  if (isList(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(
    [...entriesOf(value)].map(([name, item]) => [name, plain(item, depth + 1)]),
  );
}

function invalid(issues: readonly z.core.$ZodIssue[]): StageError {
  const details = issues.map(({ path, message }) =>
    path.length === 0 ? message : `"${path.join(".")}": ${message}`
  );
  return new StageError(
    `Validate argument from the caller function raise invalid type. ${details.join("; ")}`,
    { retryable: false },
  );
}
