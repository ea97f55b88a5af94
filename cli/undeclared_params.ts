/**
 * A word about parameters that a workflow does not declare: they are handed on
 * as they are (REFERENCE §2 row 11), and mostly they are misspelt.
 *
 * @module
 */
import type { ValueObject } from "../core/expr/value.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { closestName } from "../core/source/closest_name.ts";
import type { Printer } from "./printer.ts";

/** Warns of each parameter that was given and is not declared. */
export function mentionUndeclared(
  { name, params }: Pick<Workflow, "name" | "params">,
  given: ValueObject,
  { printer }: { readonly printer: Printer },
): void {
  const declared = [...params.keys()];
  for (const param of Object.keys(given).filter((param) => !params.has(param))) {
    const meant = closestName(param, declared);
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    const text = `Workflow "${name}" declares no parameter "${param}"${hint}`;
    printer.tell(`${printer.told.yellow("warning:")} ${text}`);
  }
}
