/**
 * Giving functions and filters what they were called with.
 *
 * @module
 */
import type { FunctionParam, ValueType } from "./evaluation_context.ts";
import { ExpressionError } from "./expression_error.ts";
import { typeName } from "./type_name.ts";
import type { Value } from "./value.ts";

/** What was written in the parentheses. */
export interface Arguments {
  /** Those without a name, in order. */
  readonly positional: readonly Value[];
  /** Those with one. */
  readonly named: ReadonlyMap<string, Value>;
}

/** Something that is called. */
export interface Callable {
  /** How it is called. */
  readonly name: string;
  /** What it takes, in order. */
  readonly params: readonly FunctionParam[];
}

/**
 * One value for each parameter, in order; those of a `rest` parameter follow
 * one another.
 *
 * @throws {ExpressionError} for arguments that are missing, too many, unknown or of the wrong type.
 */
export function bindArguments(
  called: Callable,
  { positional, named }: Arguments,
): readonly Value[] {
  const { params } = called;
  if (named.size === 0 && isExact(params, positional)) return positional;
  const last = params.at(-1);
  if (last?.rest !== true && positional.length > params.length) throw tooMany(called, positional);
  for (const name of named.keys()) {
    if (!params.some((param) => param.name === name)) throw unknownName(called, name);
  }
  const bound: Value[] = [];
  params.forEach((param, i) => {
    const given = param.rest === true ? positional.slice(i) : positional.slice(i, i + 1);
    bound.push(...valuesOf(called, { param, given, named }));
  });
  return bound;
}

/** Whether a value is of one of the types. */
export function acceptsType(types: readonly ValueType[], value: Value): boolean {
  return types.includes("any") || types.includes(typeName(value));
}

/** The usual case, which needs no new list. */
function isExact(params: readonly FunctionParam[], given: readonly Value[]): boolean {
  if (params.length !== given.length) return false;
  for (let i = 0; i < given.length; i++) {
    const param = params[i];
    const isFit = param !== undefined && param.rest !== true &&
      acceptsType(param.types, given[i] ?? null);
    if (!isFit) return false;
  }
  return true;
}

interface Given {
  readonly param: FunctionParam;
  readonly given: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

function valuesOf(called: Callable, { param, given, named }: Given): readonly Value[] {
  const byName = named.get(param.name);
  if (byName !== undefined && given.length > 0) throw givenTwice(called, param);
  const values = byName === undefined ? given : [byName];
  for (const value of values) {
    if (!acceptsType(param.types, value)) throw wrongType(called, { param, value });
  }
  if (values.length > 0 || param.rest === true) return values;
  if (param.fallback === undefined) throw missingArgument(called, param);
  return [param.fallback];
}

function wrong(message: string): ExpressionError {
  return new ExpressionError(message, { name: "TypeError" });
}

function signatureOf({ name, params }: Callable): string {
  return `${name}(${
    params.map((param) => param.rest === true ? `${param.name}, …` : param.name).join(", ")
  })`;
}

function tooMany(called: Callable, given: readonly Value[]): ExpressionError {
  return wrong(`Cannot pass ${given.length} arguments to ${signatureOf(called)}`);
}

function unknownName(called: Callable, name: string): ExpressionError {
  return wrong(`Cannot pass "${name}" to ${signatureOf(called)}: it has no such parameter`);
}

function givenTwice(called: Callable, { name }: FunctionParam): ExpressionError {
  return wrong(`Cannot pass "${name}" to ${signatureOf(called)} twice`);
}

function missingArgument(called: Callable, { name }: FunctionParam): ExpressionError {
  return wrong(`Cannot call ${signatureOf(called)} without "${name}"`);
}

function wrongType(
  called: Callable,
  wrongly: { param: FunctionParam; value: Value },
): ExpressionError {
  const { param, value } = wrongly;
  const expected = param.types.join(" or ");
  return wrong(
    `Cannot pass a value of type ${typeName(value)} as "${param.name}" to ${
      signatureOf(called)
    }: it takes ${expected}`,
  );
}
