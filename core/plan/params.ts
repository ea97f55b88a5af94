/**
 * What a run is told, checked and converted before anything begins.
 *
 * @module
 */
import { reprOf } from "../expr/text.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Param } from "../model/param.ts";
import { type ConversionOptions, convertParam, type ParamErrorName } from "../model/param_value.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";

/** The most values that a run is given. */
export const MAX_GIVEN_PARAMS = 10_000;

/** Why a run cannot begin with what it was given. */
export interface ParamProblem {
  /** The parameter; several, with commas between them, for those that are missing. */
  readonly param: string;
  /** What was given; `undefined` when nothing was. */
  readonly given: Value | undefined;
  /** What is so, in the reference's words where it has some. */
  readonly message: string;
  /** The error's class as users see it. */
  readonly name: ParamErrorName | "WorkflowError";
}

/** The values of all parameters, or every reason why there are none. */
export type ConvertedParams =
  | { readonly ok: true; readonly value: ValueObject }
  | { readonly ok: false; readonly errors: readonly ParamProblem[] };

/**
 * Converts what was given to what is declared. Defaults stand in for what is
 * missing or null (REFERENCE §2 row 11); what is not declared is passed on as
 * it is; a declared parameter without value or default stays unset.
 *
 * @example
 * ```ts
 * import { convertParams } from "./params.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const env = { type: "str", description: "", required: false, range: {}, default: "dev" } as const;
 * deepEqual(convertParams(new Map([["env", env]]), { other: 1 }, { nowMs: 0 }), {
 *   ok: true,
 *   value: { env: "dev", other: 1 },
 * });
 * ```
 */
export function convertParams(
  declared: ReadonlyMap<string, Param>,
  given: ValueObject,
  options: ConversionOptions,
): ConvertedParams {
  const errors = [...refusedNames(given), ...missingParams(declared, given)];
  const value: Record<string, Value> = {};
  for (const [name, param] of declared) {
    const own = ownValue(given, name);
    if (own === undefined && param.required) continue;
    const converted = convertParam(param, own ?? null, options);
    if (!converted.ok) {
      errors.push({ param: name, given: own, message: converted.message, name: converted.name });
    } else if (converted.value !== null || own !== undefined) {
      value[name] = converted.value;
    }
  }
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: { ...value, ...undeclared(declared, given) } };
}

function missingParams(declared: ReadonlyMap<string, Param>, given: ValueObject): ParamProblem[] {
  const missing = [...declared]
    .filter(([name, param]) => param.required && ownValue(given, name) === undefined)
    .map(([name]) => name);
  if (missing.length === 0) return [];
  const names = missing.map(reprOf).join(", ");
  const message = `Required Param on this workflow setting does not set: ${names}.`;
  return [{ param: missing.join(", "), given: undefined, message, name: "WorkflowError" }];
}

function refusedNames(given: ValueObject): ParamProblem[] {
  const names = Object.keys(given);
  if (names.length > MAX_GIVEN_PARAMS) {
    const message = `There are ${names.length} parameters; the most is ${MAX_GIVEN_PARAMS}`;
    return [{ param: "", given: undefined, message, name: "ParamError" }];
  }
  return names.filter(isForbiddenKey).map((param) => {
    const message = `No parameter may be called "${param}"`;
    return { param, given: undefined, message, name: "ParamError" };
  });
}

function undeclared(declared: ReadonlyMap<string, Param>, given: ValueObject): ValueObject {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !declared.has(name)));
}

function ownValue(given: ValueObject, name: string): Value | undefined {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}
