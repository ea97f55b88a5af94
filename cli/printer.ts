/**
 * Where the command prints: standard output is for programs, standard error
 * for people.
 *
 * @module
 */
import { messageOf } from "../core/source/message_of.ts";
import type { Terminal } from "../platform/system.ts";
import { HostError } from "../core/plugin/ports.ts";
import { COLORED, type Paint, PLAIN } from "./paint.ts";

/** Where the command prints. */
export interface Printer {
  /** Prints lines to standard output. */
  print(text: string): void;
  /** Prints lines to standard error. */
  tell(text: string): void;
  /** Whether standard output is a terminal. */
  readonly printsToTerminal: boolean;
  /** Whether standard error is a terminal that can move its cursor. */
  readonly tellsTerminal: boolean;
  /** Colours for standard output. */
  readonly printed: Paint;
  /** Colours for standard error. */
  readonly told: Paint;
  /** How large the terminal is now. */
  size(): { readonly columns: number; readonly rows: number };
}

/** The printer of this process. */
export function openPrinter(
  terminal: () => Terminal,
  env: Readonly<Record<string, string>>,
): Printer {
  const { stdoutIsTty, stderrIsTty } = terminal();
  // https://no-color.org: set and not empty, whatever its value.
  const colors = (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return {
    // The runtimes write what they are given whole and at once, and ignore a
    // reader that has gone away: `sluice runs | head -1`.
    print: (text) => printed(() => console.log(text)),
    tell: (text) => told(() => console.error(text)),
    printsToTerminal: stdoutIsTty,
    tellsTerminal: stderrIsTty && env.TERM !== "dumb",
    printed: stdoutIsTty && colors ? COLORED : PLAIN,
    told: stderrIsTty && colors ? COLORED : PLAIN,
    size: () => {
      const { columns, rows } = terminal();
      // Terminals that programs open are of no size until somebody sets one.
      return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
    },
  };
}

/** What a program asked for is missing if it cannot be written: the command has failed. */
function printed(write: () => void): void {
  try {
    write();
  } catch (cause) {
    const why = messageOf(cause);
    throw new HostError("EIO", `Cannot write to standard output: ${why}`, { cause });
  }
}

/** What people are told is not worth a run. */
function told(write: () => void): void {
  try {
    write();
  } catch {
    // There is nobody left who could be told of it.
  }
}
