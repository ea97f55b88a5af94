/**
 * `sluice permissions`
 *
 * @module
 */
import { flagsOfNeeds, type Need, needsByPermission } from "../core/model/need.ts";
import { openHost } from "../platform/mod.ts";
import { KNOWN_VARIABLES } from "../platform/known_variables.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

/** Shows what the engine must be allowed for a workflow, and why. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const { workflow } = await findWorkflow(sluice, invocation.operands[0] ?? "", {
    name: invocation.value("workflow"),
  });
  const needs = [...await sluice.needs(workflow), ...variablesThatAreSet()];
  const unique = [...new Map(needs.toReversed().map((need) => [keyOf(need), need])).values()]
    .toReversed();
  if (invocation.has("json")) printJson(printer, unique);
  else FORMATS[invocation.value("format") ?? "table"]?.(unique, printer);
  return EXIT.ok;
}

type Format = (needs: readonly Need[], printer: Printer) => void;

const FORMATS: Readonly<Record<string, Format>> = {
  table: printTable,
  flags: printFlags,
  "deno.json": printConfig,
};

function keyOf({ permission, name }: Need): string {
  return JSON.stringify([permission, name]);
}

/** A run sees of the environment what this one sees, if the flags name it. */
function variablesThatAreSet(): readonly Need[] {
  const env = openHost().env();
  return KNOWN_VARIABLES.filter((name) => Object.hasOwn(env, name)).map((name) => ({
    permission: "env",
    name,
    reason: "it is set here, for settings or stages",
  }));
}

function printTable(needs: readonly Need[], printer: Printer): void {
  const { columns } = printer.size();
  const ordered = Array.from(needsByPermission(needs).keys())
    .flatMap((permission) => needs.filter((need) => need.permission === permission));
  printer.print(table(ordered, [
    { title: "PERMISSION", text: ({ permission }) => permission, color: () => "cyan" },
    { title: "OF", text: ({ name }) => name ?? "everything" },
    { title: "FOR", text: ({ reason }) => reason, color: () => "dim" },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) }));
}

/** For `deno run $(sluice permissions etl --format flags) …`, where nothing can be quoted. */
function printFlags(needs: readonly Need[], printer: Printer): void {
  const flags = flagsOfNeeds(needs);
  const unsayable = flags.find((flag) => !/^[\w@%+=:,./~*\[\]-]+$/.test(flag));
  if (unsayable !== undefined) {
    throw new UsageError(
      `Cannot write "${unsayable}" as a word of a command line: use --format deno.json`,
    );
  }
  printer.print(flags.join(" "));
}

/** A set of permissions as `deno.json` holds it, for `deno run --permission-set`. */
function printConfig(needs: readonly Need[], printer: Printer): void {
  const set = Array.from(
    needsByPermission(needs),
    ([permission, names]) => [permission, names ?? true] as const,
  );
  printJson(printer, { permissions: { default: Object.fromEntries(set) } });
}
