/**
 * `sluice schema`
 *
 * @module
 */
import { jsonSchema } from "../core/model/json_schema.ts";
import { FIRST_PARTY_STAGES } from "../stages/first_party.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";

/** Prints the JSON Schema of workflow files. */
export async function execute(_invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const stages = await Promise.all(FIRST_PARTY_STAGES.map((entry) => entry.load()));
  printJson(printer, jsonSchema(stages));
  return EXIT.ok;
}
