/**
 * `sluice schema`
 *
 * @module
 */
import { jsonSchema } from "../core/model/json_schema.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";

/** Prints the JSON Schema of workflow files, with the stage kinds and triggers of the conf folder's plugins. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const stages = await Promise.all(sluice.registry.stageEntries.map((entry) => entry.load()));
  const triggers = await sluice.registry.triggersIn(sluice.registry.triggerNames.join());
  printJson(printer, jsonSchema(stages, triggers));
  return EXIT.ok;
}
