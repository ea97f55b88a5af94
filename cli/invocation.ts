/**
 * What was typed, taken apart.
 *
 * @module
 */
import { parseDuration } from "../core/expr/duration.ts";
import type { CommandSpec } from "./command_spec.ts";
import { UsageError } from "./usage_error.ts";

/** Option name to the values it was given, in order; a flag has one empty value. */
export type OptionValues = ReadonlyMap<string, readonly string[]>;

/** A command with what it was given. */
export class Invocation {
  readonly #options: OptionValues;
  /** The command. */
  readonly command: CommandSpec;
  /** What is no option, in order. */
  readonly operands: readonly string[];

  /** @param command The command that was named. */
  constructor(
    command: CommandSpec,
    given: { readonly operands: readonly string[]; readonly options: OptionValues },
  ) {
    this.command = command;
    this.operands = given.operands;
    this.#options = given.options;
  }

  /** Whether an option was given. */
  has(option: string): boolean {
    return this.#options.has(option);
  }

  /** The value of an option; the last one if there are several. */
  value(option: string): string | undefined {
    return this.values(option).at(-1);
  }

  /** All values of an option. */
  values(option: string): readonly string[] {
    return this.#options.get(option) ?? [];
  }

  /**
   * The value of an option that is a number, or `undefined` where it was not given.
   *
   * @throws {UsageError} for anything that is no number of this kind.
   */
  number(option: string, kind: NumberKind): number | undefined {
    const text = this.value(option);
    if (text === undefined) return undefined;
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    const fits = number >= kind.min && number <= MAX_NUMBER;
    if (fits && (kind.whole !== true || Number.isInteger(number))) return number;
    const noun = kind.whole === true ? "a whole number" : "a number";
    throw new UsageError(`Cannot use --${option} "${text}": it takes ${noun} from ${kind.min} on`);
  }

  /**
   * The value of an option that is a length of time, in milliseconds, or
   * `undefined` where it was not given.
   *
   * @throws {UsageError} for anything that is none.
   */
  durationMs(option: string): number | undefined {
    const text = this.value(option);
    if (text === undefined) return undefined;
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0) return ms;
    throw new UsageError(
      `Cannot use --${option} "${text}": it takes seconds, or a time such as 90s, 30m or 1h30m`,
    );
  }
}

/** Which numbers an option takes. */
export interface NumberKind {
  /** The least. */
  readonly min: number;
  /** Whether it takes whole numbers only. */
  readonly whole?: true;
}

/** Beyond this an option's number is no count and no time. */
const MAX_NUMBER = 1e9;
