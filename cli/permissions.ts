/**
 * `sluice permissions`
 *
 * @module
 */
import { hasTemplate } from "../core/expr/template.ts";
import type { Workflow } from "../core/model/workflow.ts";
import {
  fromRoot,
  intersect,
  PERMISSION_NAMES,
  type Permissions,
  union,
} from "../core/plugin/permissions.ts";
import type { Sluice } from "../preset.ts";
import { flagsOfNeeds, type Need, needsByPermission } from "../core/model/need.ts";
import { openHost } from "../platform/mod.ts";
import { KNOWN_VARIABLES } from "../platform/known_variables.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { permissionsText } from "./plugin_context.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

/** Shows what the engine must be allowed for a workflow, and why, and what its isolated code gets. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const { workflow } = await findWorkflow(sluice, invocation.operands[0] ?? "", {
    name: invocation.value("workflow"),
  });
  const needs = [...await sluice.needs(workflow), ...variablesThatAreSet()];
  const unique = [...new Map(needs.toReversed().map((need) => [keyOf(need), need])).values()]
    .toReversed();
  const reaches = isolatedReaches(sluice, workflow);
  const format = invocation.value("format") ?? "table";
  if (invocation.has("json")) printJson(printer, { engine: unique, isolated: reaches });
  else FORMATS[format]?.(unique, printer);
  if (!invocation.has("json") && format === "table") printReaches(reaches, printer);
  if (openHost().runtime === "bun") printer.tell(ON_BUN);
  return EXIT.ok;
}

const ON_BUN =
  "Bun holds the engine to none of this; isolated code runs in Deno, which holds it to what it gets";

/** What the isolated code of a stage asks for, and what it gets of that. */
interface IsolatedReach {
  readonly stage: string;
  readonly code: string;
  readonly asks: Permissions;
  readonly gets: Permissions;
}

/** Of a template nobody knows yet what it will be, so that it is shown as it is where anything could be granted. */
function isolatedReaches(
  { reach, settings: { isolation } }: Sluice,
  workflow: Workflow,
): readonly IsolatedReach[] {
  if (isolation === "none") return [];
  const cwd = openHost().cwd();
  return reach(workflow).map(({ stage, code, asks, granted }) => {
    const both = intersect(fromRoot(asks, cwd), fromRoot(granted, cwd));
    return { stage, code, asks, gets: union(both, undecided(asks, granted)) };
  });
}

function undecided(asks: Permissions, granted: Permissions): Permissions {
  return Object.fromEntries(
    PERMISSION_NAMES.filter((permission) => (granted[permission] ?? []).length > 0)
      .map((permission) => [permission, (asks[permission] ?? []).filter(hasTemplate)] as const),
  );
}

function printReaches(reaches: readonly IsolatedReach[], printer: Printer): void {
  if (reaches.length === 0) return;
  const { columns } = printer.size();
  printer.print("");
  printer.print(table(reaches, [
    { title: "ISOLATED STAGE", text: ({ stage }) => stage, color: () => "cyan" },
    { title: "CODE", text: ({ code }) => code },
    { title: "ASKS FOR", text: ({ asks }) => permissionsText(asks) },
    { title: "GETS", text: ({ gets }) => permissionsText(gets) },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) }));
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
