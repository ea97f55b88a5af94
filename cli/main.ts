/**
 * The command: reads the line, loads what carries it out, and says how it
 * ended.
 *
 * @module
 */
import { COMMANDS } from "./commands.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { parseArguments } from "./parse_arguments.ts";
import type { Printer } from "./printer.ts";

// Deno reads whatever a literal `import()` names before it runs the first line,
// which more than doubles a cold start; it cannot see through a variable.
const COMPLETE: string = "./complete.ts";
const PROGRAM: string = "./program.ts";
const REPORT_ERROR: string = "./report_error.ts";

/** What the file of a command exports. */
export interface CommandModule {
  /** Carries the command out. */
  execute(invocation: Invocation, printer: Printer): Promise<ExitCode>;
}

const HELP: ReadonlySet<string | undefined> = new Set(["-h", "--help"]);

/** Carries out a command line. */
export async function main(args: readonly string[], printer: Printer): Promise<ExitCode> {
  if (args[0] === "complete" && args.length > 1 && !HELP.has(args[1])) {
    const { complete }: typeof import("./complete.ts") = await import(COMPLETE);
    return await complete(args, printer);
  }
  try {
    const invocation = parseArguments(COMMANDS, args) ?? await readWithHelp(args, printer);
    if (typeof invocation === "number") return invocation;
    const command: string = `./${invocation.command.name}.ts`;
    const { execute }: CommandModule = await import(command);
    return await execute(invocation, printer);
  } catch (error) {
    const { reportError }: typeof import("./report_error.ts") = await import(REPORT_ERROR);
    return await reportError(error, printer);
  }
}

/** For what the quick parser does not accept: help, or what is wrong with the line. */
async function readWithHelp(
  args: readonly string[],
  printer: Printer,
): Promise<Invocation | ExitCode> {
  const { parseWithCommander }: typeof import("./program.ts") = await import(PROGRAM);
  return parseWithCommander(args, printer);
}
