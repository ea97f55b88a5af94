/**
 * What a `uses:` stage calls: functions of a registry folder, each marked by
 * {@linkcode defineCaller} and exported by its module.
 *
 * @module
 */
import type { z } from "zod";
import type { ValueObject } from "../expr/value.ts";

/** Marks a {@linkcode Caller}. The same in every copy of this module, so that it is known wherever it was made. */
export const CALLER: unique symbol = Symbol.for("sluice.caller");

/** The tag of a function that names none (REFERENCE C-203). */
export const DEFAULT_TAG = "latest";

/** The attempt on whose behalf a function is called. */
export interface CallerResult {
  /** The run's id. */
  readonly runId: string;
  /** Stable name of this attempt: pass it on as an idempotency key. */
  readonly key: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
}

/** What a function is handed besides its input. */
export interface CallerContext {
  /** The attempt that it is called for. */
  readonly result: CallerResult;
  /** What the caller of the run handed to it besides parameters (REFERENCE C-040). */
  readonly extras: ValueObject;
  /** Aborted on cancel and timeout: end the work and let the error through. */
  readonly signal: AbortSignal;
  /** Prints a line as the stage's own output. */
  log(line: string): void;
}

/** A function that `uses: <module>/<name>@<tag>` calls. */
export interface Caller<Input = unknown> {
  /** Tells it from everything else that a module exports. */
  readonly [CALLER]: true;
  /** What it is called by. */
  readonly name: string;
  /** Which of the functions of this name it is. */
  readonly tag: string;
  /** What it takes, by name; absent means nothing. */
  readonly input?: z.ZodObject;
  /** What it returns; absent means any mapping. */
  readonly output?: z.ZodType;
  /** The inputs that hold secrets. */
  readonly secrets: readonly string[];
  /** Does the work. Returns the stage's outputs. */
  run(input: Input, context: CallerContext): unknown;
}

/** A function as its author defines it. */
export interface CallerDefinition<Input extends z.ZodObject> {
  /** What it is called by in `uses`; `_` counts as `-`. */
  readonly name: string;
  /** What stands behind the `@`. @default "latest" */
  readonly tag?: string;
  /** What it is called by instead of its name, as it is written. */
  readonly alias?: string;
  /**
   * What it takes, by name. A name that begins with `_` is given without it.
   * Other names are refused, unless it is a loose object. A date-time arrives
   * as the `Date` or `Datetime` that the schema asks for.
   */
  readonly input?: Input;
  /** What it returns: checked, and with the schema's own transformations applied. */
  readonly output?: z.ZodType;
  /** The inputs that hold secrets: what they hold is hidden in what is printed, returned and thrown. */
  readonly secrets?: readonly (keyof z.output<Input> & string)[];
  /** Does the work. Returns the stage's outputs, a mapping. */
  run(input: z.output<Input>, context: CallerContext): object | Promise<object>;
}

/**
 * Defines a function that stages call by `uses`. Export it from a module of a
 * registry folder.
 *
 * @throws {RangeError} for a name or a tag that `uses` could not spell.
 * @example
 * ```ts
 * import { z } from "zod";
 * import { defineCaller } from "./caller.ts";
 *
 * // Export it from tasks.ts, and `uses: tasks/copy-rows@v1` calls it.
 * const copyRows = defineCaller({
 *   name: "copy_rows",
 *   tag: "v1",
 *   input: z.object({ source: z.string(), sink: z.string() }),
 *   run: ({ source, sink }, { log }) => {
 *     log(`From ${source} to ${sink}`);
 *     return { records: 1 };
 *   },
 * });
 * console.assert(copyRows.name === "copy-rows");
 * ```
 */
export function defineCaller<Input extends z.ZodObject>(
  definition: CallerDefinition<Input>,
): Caller<z.output<Input>> {
  const { name, alias = name.replaceAll("_", "-"), tag = DEFAULT_TAG, secrets = [] } = definition;
  if (!NAME.test(alias)) {
    throw new RangeError(`"${alias}" cannot name a caller: use letters, digits, "-", "_" and "/"`);
  }
  if (tag === "") throw new RangeError(`The tag of caller "${alias}" must not be empty`);
  return {
    [CALLER]: true,
    name: alias,
    tag,
    secrets,
    ...(definition.input && { input: definition.input }),
    ...(definition.output && { output: definition.output }),
    run: (input, context) => definition.run(input, context),
  };
}

/** Whether a value was made by {@linkcode defineCaller}. */
export function isCaller(value: unknown): value is Caller {
  return typeof value === "object" && value !== null && Object.hasOwn(value, CALLER);
}

const NAME = /^[\w-]+(?:\/[\w-]+)*$/;
