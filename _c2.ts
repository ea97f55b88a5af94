/**
 * The command `sluice`.
 *
 * ```sh
 * deno run -A cli.ts run hello
 * ```
 *
 * @module
 */
import { args, exit, terminal } from "./platform/process.ts";
import { VERSION } from "./version.ts";

/** Carries out the command line of this process and ends it. */
async function run(): Promise<never> {
  const line = args();
  if (line.length === 1 && (line[0] === "--version" || line[0] === "-V")) {
    // deno-lint-ignore no-console -- nothing else is worth loading for one line
    console.log(`sluice ${VERSION}`);
    exit(0);
  }
  const { system } = await import("./platform/current_system.ts");
  const { main } = await import(`./cli/${"main"}.ts`);
  const { openPrinter } = await import("./cli/printer.ts");
  exit(await main(line, openPrinter(terminal, system.env())));
}

if (import.meta.main) await run();
