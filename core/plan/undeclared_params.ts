/**
 * Parameters that a workflow does not declare. Runs take them as they are
 * (REFERENCE §2 row 11), and mostly they are misspelt.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Workflow } from "../model/workflow.ts";
import { closestName } from "../source/closest_name.ts";

/** So many are told of: to look for what was meant takes long where there are very many. */
export const MAX_TOLD_UNDECLARED = 20;

/** A parameter that was given and is not declared. */
export interface UndeclaredParam {
  /** Its name. */
  readonly paramName: string;
  /** What is so, and what was perhaps meant. */
  readonly message: string;
}

/** The parameters that were given and are not declared. */
export function undeclaredParams(
  { name, params }: Pick<Workflow, "name" | "params">,
  given: ValueObject,
): readonly UndeclaredParam[] {
  const declared = [...params.keys()];
  const unknown = Object.keys(given).filter((param) => !params.has(param));
  return unknown.slice(0, MAX_TOLD_UNDECLARED).map((paramName) => {
    const meant = closestName(paramName, declared);
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    const message = `Workflow "${name}" declares no parameter "${paramName}"${hint}`;
    return { paramName, message };
  });
}
