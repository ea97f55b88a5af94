/**
 * What parameters hold.
 *
 * @module
 */
import type { Param } from "../../model/param.ts";
import type { Workflow } from "../../model/workflow.ts";
import { closestName } from "../../source/closest_name.ts";
import { itemsType } from "../types/value_type.ts";
import {
  type Absence,
  ANY,
  BOOL,
  DATE,
  DATETIME,
  DURATION,
  LIST,
  LOOSE,
  NUMBER,
  type ObjectType,
  STRING,
  type Type,
} from "../types/type.ts";

/** The type of the name `params`. A run may be given more than is declared (REFERENCE S-096). */
export function paramsType(
  { params, path, unread }: Pick<Workflow, "params" | "path" | "unread">,
): ObjectType {
  return {
    kind: "object",
    title: '"params"',
    properties: {
      get: (name) => {
        const param = params.get(name);
        if (param !== undefined) return { type: paramType(param) };
        return unread.has([...path, "params", name]) ? { type: ANY } : undefined;
      },
      names: () => params.keys(),
    },
    explain: (name) => undeclared(name, params),
  };
}

function undeclared(name: string, params: ReadonlyMap<string, Param>): Absence {
  const guess = closestName(name, params.keys());
  const hint = guess === undefined
    ? "so a run may begin without it and fail here"
    : `did you mean "${guess}"?`;
  return {
    code: "param-undeclared",
    severity: "warning",
    message: `Parameter "${name}" is not declared${guess === undefined ? ", " : "; "}${hint}`,
    ...(guess !== undefined && { meant: guess }),
  };
}

/** What a parameter holds. */
export function paramType(param: Param): Type {
  switch (param.type) {
    case "str":
    case "decimal":
      return STRING;
    case "int":
    case "float":
      return NUMBER;
    case "bool":
      return BOOL;
    case "date":
      return DATE;
    case "datetime":
      return DATETIME;
    case "duration":
      return DURATION;
    case "choice":
      return itemsType(param.options);
    case "map":
      return LOOSE;
    case "array":
      return LIST;
    default:
      return param satisfies never;
  }
}
