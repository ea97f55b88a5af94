/**
 * What a stage leaves that starts another workflow: the parameters that the
 * run had, and its jobs.
 *
 * @module
 */
import type { Value } from "../../expr/value.ts";
import type { Workflow } from "../../model/workflow.ts";
import { isWrittenMapping } from "../../model/written.ts";
import { ANY, type ObjectType, type Property } from "../types/type.ts";
import { paramType } from "./param_types.ts";

/** What is known of the run besides its workflow. */
export interface TriggeredRun {
  /** The parameters that it is given, as written. */
  readonly given: Value;
  /** Finds its jobs; asked when somebody reads them, since workflows may start one another in a circle. */
  readonly jobs: () => ObjectType;
}

/** The outputs of a stage that starts this workflow. */
export function triggeredOutputs(workflow: Workflow, { given, jobs }: TriggeredRun): ObjectType {
  const params = paramsOf(workflow, given);
  const get = (name: string): Property | undefined => {
    if (name === "jobs") return { type: jobs() };
    return name === "params" ? { type: params } : undefined;
  };
  return { kind: "object", properties: { get, names: () => ["params", "jobs"] } };
}

/** The run has what is declared, and what it is given besides; of parameters that are computed nobody can tell. */
function paramsOf({ name, params }: Workflow, given: Value): ObjectType {
  const besides = isWrittenMapping(given) ? Object.keys(given) : [];
  const get = (param: string): Property | undefined => {
    const declared = params.get(param);
    if (declared !== undefined) return { type: paramType(declared) };
    return besides.includes(param) ? { type: ANY } : undefined;
  };
  const known: ObjectType = {
    kind: "object",
    title: `the parameters of workflow "${name}"`,
    properties: { get, names: () => new Set([...params.keys(), ...besides]) },
  };
  return isWrittenMapping(given) ? known : { ...known, rest: ANY };
}
