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

/** Carries out a command line. */
export async function main(args: readonly string[], printer: Printer): Promise<ExitCode> {
  if (args[0] === "complete") return (await import("./complete.ts")).complete(args, printer);
  try {
    const invocation = parseArguments(COMMANDS, args) ?? await readWithHelp(args, printer);
    if (typeof invocation === "number") return invocation;
    const { execute } = await invocation.command.load();
    return await execute(invocation, printer);
  } catch (error) {
    return await (await import("./report_error.ts")).reportError(error, printer);
  }
}

/** For what the quick parser does not accept: help, or what is wrong with the line. */
async function readWithHelp(
  args: readonly string[],
  printer: Printer,
): Promise<Invocation | ExitCode> {
  const { parseWithCommander } = await import("./program.ts");
  return parseWithCommander(args, printer);
}
