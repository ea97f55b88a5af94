/**
 * The command `sluice`.
 *
 * ```sh
 * deno run -A cli.ts run hello
 * ```
 *
 * @module
 */
import { openPrinter } from "./cli/printer.ts";
import { system } from "./platform/current_system.ts";
import { VERSION } from "./version.ts";

// Not a literal in `import()`: Deno would read all that it leads to first, even
// for `--version`.
const MAIN: string = "./cli/main.ts";

/** Carries out a command line; gives the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const printer = openPrinter(() => system.terminal(), system.env());
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    printer.print(`sluice ${VERSION}`);
    return 0;
  }
  const { main }: typeof import("./cli/main.ts") = await import(MAIN);
  return await main(args, printer);
}

// What is printed has been written by then, and all that was opened is closed.
if (import.meta.main) system.exit(await run(system.args));
