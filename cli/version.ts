/**
 * `sluice version`
 *
 * @module
 */
import { system } from "../platform/current_system.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";

/** Prints the version. */
export function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  if (invocation.has("json")) {
    printJson(printer, { version: VERSION, runtime: system.runtime });
  } else printer.print(`sluice ${VERSION} (${system.runtime})`);
  return Promise.resolve(EXIT.ok);
}
