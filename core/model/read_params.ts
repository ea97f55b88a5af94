/**
 * The `params` of a workflow, read from its document.
 *
 * @module
 */
import { closestName } from "../source/closest_name.ts";
import type { Path } from "../source/document.ts";
import type { Report } from "./finding.ts";
import { withoutInert } from "./inert.ts";
import { type ReadOptions, readRight } from "./issues.ts";
import { nameProblem } from "./name.ts";
import {
  INERT_PARAM_KEYS,
  meantParamType,
  type Param,
  PARAM_TYPE_NAMES,
  paramFrom,
  paramSchema,
  type ParamType,
  paramType,
} from "./param.ts";
import { convertParam } from "./param_value.ts";
import { entriesOfWritten, isWrittenMapping, kindOfWritten } from "./written.ts";
import { quotedName } from "./wording.ts";

/** The most parameters of one workflow. */
export const MAX_PARAMS = 1_000;

/** The parameters that were written; what is wrong with them is reported. */
export function readParams(
  written: unknown,
  { path, report }: { readonly path: Path; readonly report: Report },
): ReadonlyMap<string, Param> {
  const entries = entriesOfWritten(written);
  if (entries.length > MAX_PARAMS) {
    const message =
      `A workflow has at most ${MAX_PARAMS} parameters; this one has ${entries.length}`;
    report({ code: "too-many", message, path, target: "key" });
    return new Map();
  }
  const params = new Map<string, Param>();
  for (const [name, value] of entries) {
    const reading = { path: [...path, name], subject: `parameter ${quotedName(name)}`, report };
    checkName(name, reading);
    const param = readParam(value, reading);
    if (param !== undefined) params.set(name, param);
  }
  return params;
}

function readParam(written: unknown, reading: ReadOptions): Param | undefined {
  const short = isWrittenMapping(written) ? undefined : written;
  const type = typeOf(isWrittenMapping(written) ? written.type : short, {
    ...reading,
    key: short === undefined ? ["type"] : [],
  });
  if (type === undefined) return undefined;
  const whole = isWrittenMapping(written)
    ? { ...withoutInert(written, INERT_PARAM_KEYS, reading), type }
    : { type };
  const right = readRight(paramSchema(type), whole, reading);
  if (right === undefined) return undefined;

  const param = paramFrom(right.read, type);
  checkOptions(param, reading);
  checkDefault(param, reading);
  return param;
}

/** The type that was written, or plainly meant. */
function typeOf(
  written: unknown,
  { path, key, subject, report }: ReadOptions & { readonly key: Path },
): ParamType | undefined {
  const type = typeof written === "string" ? paramType(written) : undefined;
  if (type !== undefined) return type;
  const guess = typeof written === "string" ? meantBy(written) : undefined;
  report({
    code: "param-type-unknown",
    message: typeMessage(written, { subject, guess }),
    path: [...path, ...key],
    ...(typeof written === "string" && guess
      ? { fix: { text: guess, was: written } }
      : { hides: path }),
  });
  return guess;
}

function meantBy(written: string): ParamType | undefined {
  return meantParamType(written) ?? paramType(closestName(written, PARAM_TYPE_NAMES) ?? "");
}

function typeMessage(
  written: unknown,
  { subject, guess }: { readonly subject: string; readonly guess: ParamType | undefined },
): string {
  const known = PARAM_TYPE_NAMES.join(", ");
  if (typeof written !== "string") {
    return `The type of ${subject} is ${kindOfWritten(written)}; it must be one of ${known}`;
  }
  const hint = guess ? `did you mean "${guess}"?` : `there are ${known}`;
  return `Unknown type "${written}" of ${subject}; ${hint}`;
}

function checkName(name: string, { path, subject, report }: ReadOptions): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  report({
    code: "name-invalid",
    message: `The name of ${subject} ${problem}`,
    path,
    target: "key",
  });
}

function checkOptions(param: Param, { path, subject, report }: ReadOptions): void {
  if (param.type !== "choice" || param.options.length > 0) return;
  const message = `The choice of ${subject} has no "options"`;
  report({ code: "key-missing", message, path, target: "key" });
}

function checkDefault(param: Param, { path, subject, report }: ReadOptions): void {
  if (param.default === undefined || param.default === null) return;
  const converted = convertParam(param, param.default, { nowMs: 0 });
  if (converted.ok) return;
  report({
    code: "param-default-invalid",
    message:
      `The default of ${subject} does not fit its type "${param.type}": ${converted.message}`,
    path: [...path, "default"],
  });
}
