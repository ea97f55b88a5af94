/**
 * Finds the workflow that somebody named: by name, by file, or on standard
 * input.
 *
 * @module
 */
import type { Workflow } from "../core/model/workflow.ts";
import { HostError } from "../core/plugin/ports.ts";
import { closestName } from "../core/source/closest_name.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import type { Sluice } from "../preset.ts";
import { BrokenFileError } from "./broken_file_error.ts";
import { UsageError } from "./usage_error.ts";

/** A workflow, and what was found in the file that it comes from. */
export interface FoundWorkflow {
  /** The workflow. */
  readonly workflow: Workflow;
  /** What was found in its file; no errors. */
  readonly findings: readonly Diagnostic[];
  /** The file that was named, where a run may be told of it. */
  readonly file?: string;
}

/** So many names are listed where one has to be chosen. */
const MAX_LISTED_NAMES = 10;

/**
 * The workflow that `given` names: `NAME` in the conf folder, `FILE`, `FILE#NAME`,
 * or `-` for standard input. `name` chooses among those of a file.
 *
 * @throws {UsageError} when there is none, or several.
 * @throws {BrokenFileError} when the file has errors.
 */
export async function findWorkflow(
  sluice: Sluice,
  given: string,
  options: { readonly name?: string | undefined } = {},
): Promise<FoundWorkflow> {
  const { file, name } = splitGiven(given);
  if (looksLikeFile(file)) {
    return await findInFile(sluice, file, { name: options.name ?? name }).catch(unreadable);
  }
  const workflow = await sluice.conf.find(given);
  if (workflow !== undefined) return await checked(sluice, workflow);
  const found = await findInFile(sluice, file, { name: options.name ?? name }).catch(absent);
  return found ?? await refuseUnknown(sluice, given);
}

/** Whether somebody means a file by this, and not a workflow of the conf folder. */
export function looksLikeFile(given: string): boolean {
  return given === "-" || /[/\\]|\.ya?ml$/i.test(given);
}

function splitGiven(given: string): { readonly file: string; readonly name?: string } {
  const hash = given.lastIndexOf("#");
  return hash <= 0 ? { file: given } : { file: given.slice(0, hash), name: given.slice(hash + 1) };
}

async function checked(sluice: Sluice, workflow: Workflow): Promise<FoundWorkflow> {
  const { file, text } = workflow.document;
  const diagnostics = await sluice.check(workflow);
  refuseBroken(diagnostics, `"${file}"`, { text });
  return { workflow, findings: diagnostics };
}

async function findInFile(
  sluice: Sluice,
  file: string,
  { name }: { readonly name?: string | undefined },
): Promise<FoundWorkflow> {
  const { text, workflows, diagnostics } = await sluice.load(file);
  refuseBroken(diagnostics, shownName(file), { text });
  return {
    workflow: chosen(workflows, shownName(file), { name }),
    findings: diagnostics,
    ...(file === "-" ? {} : { file }),
  };
}

function refuseBroken(
  diagnostics: readonly Diagnostic[],
  file: string,
  { text }: { readonly text: string },
): void {
  if (!diagnostics.some(({ severity }) => severity === "error")) return;
  throw new BrokenFileError(file, diagnostics, { text });
}

function shownName(file: string): string {
  return file === "-" ? "standard input" : `"${file}"`;
}

function chosen(
  workflows: readonly Workflow[],
  file: string,
  { name }: { readonly name?: string | undefined },
): Workflow {
  const [first] = workflows;
  if (first === undefined) {
    throw new UsageError(
      `There is no workflow in ${file}: none of its top-level keys has "type: Workflow"`,
    );
  }
  if (name === undefined && workflows.length === 1) return first;
  const named = workflows.find((workflow) => workflow.name === name);
  if (named !== undefined) return named;
  const names = workflows.map((workflow) => workflow.name);
  if (name !== undefined) {
    throw new UsageError(`There is no workflow "${name}" in ${file}${suggestion(name, names)}`);
  }
  throw new UsageError(
    `There are ${names.length} workflows in ${file}: choose one with --workflow: ${listed(names)}`,
  );
}

async function refuseUnknown(sluice: Sluice, given: string): Promise<never> {
  const { workflows } = await sluice.conf.list();
  const names = workflows.map(({ name }) => name);
  throw new UsageError(
    `There is no workflow "${given}" in "${sluice.settings.confPath}"${suggestion(given, names)}`,
  );
}

function suggestion(given: string, names: readonly string[]): string {
  const closest = closestName(given, names);
  if (closest !== undefined) return `; did you mean "${closest}"?`;
  return names.length === 0 ? "" : `; there is ${listed(names)}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED_NAMES).map((name) => `"${name}"`).join(", ");
  const hidden = names.length - MAX_LISTED_NAMES;
  return hidden > 0 ? `${shown} and ${hidden} more` : shown;
}

function unreadable(error: unknown): never {
  if (error instanceof HostError) throw new UsageError(error.message, { cause: error });
  throw error;
}

/** What is no workflow of the folder may be a file without the usual ending. */
function absent(error: unknown): undefined {
  if (error instanceof HostError && error.code === "ENOENT") return undefined;
  return unreadable(error);
}
