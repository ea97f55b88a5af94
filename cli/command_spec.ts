/**
 * How a command is written on the command line, as plain data: parsing, help
 * and completion all read it, and none of them loads what the command needs.
 *
 * @module
 */

/** What a value can be completed with. */
export type Completion = "workflow" | "run" | "file";

/** Something that stands on the command line by its position. */
export interface OperandSpec {
  /** What help calls it: `RUN`. */
  readonly name: string;
  /** What it is. */
  readonly summary: string;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Whether there may be several; only the last one of a command. */
  readonly many?: true;
  /** What it can be completed with. */
  readonly completion?: Completion;
}

/** An option. */
export interface OptionSpec {
  /** Its name without dashes: `max-parallel`. */
  readonly name: string;
  /** Its letter: `p` for `-p`. */
  readonly short?: string;
  /** What help calls its value; an option without one is a flag. */
  readonly value?: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** What its value can be completed with. */
  readonly completion?: Completion;
  /** Whether it may be given several times. */
  readonly many?: true;
  /** What it does. */
  readonly summary: string;
}

/** A command. */
export interface CommandSpec {
  /** What is typed, and the name of the file that carries it out. */
  readonly name: string;
  /** One line on what it is for. */
  readonly summary: string;
  /** What it takes by position. */
  readonly operands: readonly OperandSpec[];
  /** What it takes by name. */
  readonly options: readonly OptionSpec[];
  /** Command lines to start from, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}
