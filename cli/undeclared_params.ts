/**
 * A word about parameters that a workflow does not declare.
 *
 * @module
 */
import type { ValueObject } from "../core/expr/value.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { undeclaredParams } from "../core/plan/undeclared_params.ts";
import type { Printer } from "./printer.ts";

/** Warns of each parameter that was given and is not declared. */
export function mentionUndeclared(
  workflow: Pick<Workflow, "name" | "params">,
  given: ValueObject,
  { printer }: { readonly printer: Printer },
): void {
  for (const { message } of undeclaredParams(workflow, given)) {
    printer.tell(`${printer.told.yellow("warning:")} ${message}`);
  }
}
