/**
 * What callers give, made into what a parameter holds (REFERENCE C-054 to
 * C-066). Messages are the reference's where it has one.
 *
 * @module
 */
import type { Node } from "../expr/ast.ts";
import { Datetime } from "../expr/datetime.ts";
import { parseDuration } from "../expr/duration.ts";
import { parseExpression } from "../expr/expression.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { parseJson } from "../expr/json.ts";
import { shortReprOf, textOf } from "../expr/text.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { isList, isMapping, namesOf } from "../expr/view.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";
import { quantize, quantizeNumber } from "./decimal.ts";
import type { ChoiceParam, CollectionParam, NumberParam, Param, Range, StrParam } from "./param.ts";

/** What a conversion may look at besides the value. */
export interface ConversionOptions {
  /** The time for `datetime` and `date` without a default, in epoch milliseconds. */
  readonly nowMs: number;
}

/** Which error class users see. */
export type ParamErrorName = "ParamError" | "TypeError" | "ValueError";

/** The value of a parameter, or why there is none. */
export type ConvertedParam =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly name: ParamErrorName; readonly message: string };

/** The longest text that is read as a list, a mapping or a number. */
export const MAX_PARAM_TEXT_CHARS = 1_000_000;

/**
 * The value that a parameter holds when it is given `value`. For null its
 * default stands in, else what its type has for a default: now, today, the
 * first option, an empty list or mapping; else it stays null.
 *
 * @example
 * ```ts
 * import { convertParam } from "./param_value.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const param = { type: "int", description: "", required: false, range: {}, precision: 6 } as const;
 * deepEqual(convertParam(param, " 42 ", { nowMs: 0 }), { ok: true, value: 42 });
 * ```
 */
export function convertParam(
  param: Param,
  value: Value,
  options: ConversionOptions,
): ConvertedParam {
  const given = value ?? param.default ?? typeDefault(param, options);
  if (given === null) return converted(null);
  switch (param.type) {
    case "str":
      return convertText(param, given);
    case "int":
      return convertInt(param, given);
    case "float":
      return convertFloat(param, given);
    case "decimal":
      return convertDecimal(param, given);
    case "bool":
      return convertBool(given);
    case "date":
      return convertDate(given);
    case "datetime":
      return convertDatetime(given);
    case "duration":
      return convertDuration(given);
    case "choice":
      return convertChoice(param, given);
    case "map":
    case "array":
      return convertCollection(param, given);
    default:
      return param satisfies never;
  }
}

/** What a type has where neither the caller nor the author gave a value; `null` for nothing. */
export function typeDefault(param: Param, { nowMs }: ConversionOptions): Value {
  switch (param.type) {
    case "date":
      return new Datetime(nowMs, { kind: "date" });
    case "datetime":
      return new Datetime(nowMs, { offsetMinutes: 0 });
    case "choice":
      return param.options[0] ?? null;
    case "map":
      return {};
    case "array":
      return [];
    default:
      return null;
  }
}

function convertText(param: StrParam, given: Value): ConvertedParam {
  const text = textOf(given);
  const problem = rangeProblem(text.length, param.range, "text of length");
  if (problem !== undefined) return refused("ParamError", problem);
  if (param.pattern !== undefined && !param.pattern.matches(text)) {
    const shown = shortReprOf(text);
    return refused(
      "ParamError",
      `Value ${shown} does not match the pattern '${param.pattern.text}'`,
    );
  }
  return converted(text);
}

/** A length of time stays the text that it is written as; a number of seconds becomes one. */
function convertDuration(given: Value): ConvertedParam {
  const text = typeof given === "number" ? `${given}s` : given;
  if (typeof text === "string" && parseDuration(text) !== undefined) return converted(text.trim());
  const shown = shortReprOf(given);
  return refused(
    "ParamError",
    `Value ${shown} is no length of time such as "90s", "1h30m" or "PT1H30M", at most 366 days`,
  );
}

const INTEGER = /^[+-]?\d+(?:_\d+)*$/;
const MAX_DIGITS = 400;

function convertInt(param: NumberParam, given: Value): ConvertedParam {
  const text = typeof given === "string" ? given.trim() : String(given);
  const readable = (typeof given === "number" || typeof given === "string") && INTEGER.test(text);
  if (!readable || text.length > MAX_DIGITS) {
    return refused("ParamError", `Value can not convert to int, ${textOf(given)}, with base 10`);
  }
  const number = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(number)) {
    return refused(
      "ParamError",
      `Value ${text} is beyond what a whole number can hold exactly, ${Number.MAX_SAFE_INTEGER}`,
    );
  }
  return withinRange(number, param.range);
}

const NUMBER = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d{1,4})?$/;

function convertFloat(param: NumberParam, given: Value): ConvertedParam {
  if (typeof given !== "number" && typeof given !== "string") {
    return refused(
      "TypeError",
      `Received value type does not match with str, float, or int: ${pythonType(given)}`,
    );
  }
  const number = numberOf(given);
  if (number === undefined) {
    return refused("ValueError", `could not convert string to float: ${shortReprOf(given)}`);
  }
  return withinRange(quantizeNumber(number, param.precision), param.range);
}

function convertDecimal(param: NumberParam, given: Value): ConvertedParam {
  if (typeof given !== "number" && typeof given !== "string") {
    return refused(
      "TypeError",
      `Received value type does not match with str, float, or decimal: ${pythonType(given)}`,
    );
  }
  const number = numberOf(given);
  const text = quantize(String(given).trim().replaceAll("_", ""), param.precision);
  if (number === undefined || text === undefined) {
    return refused("ValueError", "String that want to convert to decimal type does not valid.");
  }
  const problem = rangeProblem(number, param.range, "value");
  return problem === undefined ? converted(text) : refused("ParamError", problem);
}

function numberOf(given: number | string): number | undefined {
  const text = String(given).trim();
  if (text.length > MAX_DIGITS || !NUMBER.test(text)) return undefined;
  const number = Number(text.replaceAll("_", ""));
  return Number.isFinite(number) ? number : undefined;
}

const TRUE_WORDS = ["true", "yes", "y", "t", "on", "1"];
const FALSE_WORDS = ["false", "no", "n", "f", "off", "0"];

function convertBool(given: Value): ConvertedParam {
  if (typeof given === "boolean") return converted(given);
  const word = typeof given === "string" || typeof given === "number"
    ? String(given).trim().toLowerCase()
    : "";
  if (TRUE_WORDS.includes(word)) return converted(true);
  if (FALSE_WORDS.includes(word)) return converted(false);
  return refused("ParamError", `Value can not convert to bool, ${shortReprOf(given)}`);
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function convertDate(given: Value): ConvertedParam {
  const date = typeof given === "string" ? Datetime.parse(given.trim()) : given;
  if (date instanceof Datetime && (typeof given !== "string" || date.kind === "date")) {
    const clockMs = date.epochMs + (date.offsetMinutes ?? 0) * MINUTE_MS;
    return converted(new Datetime(Math.floor(clockMs / DAY_MS) * DAY_MS, { kind: "date" }));
  }
  return refused("ParamError", notInTime(given, "date"));
}

function convertDatetime(given: Value): ConvertedParam {
  const time = typeof given === "string" ? Datetime.parse(given.trim()) : given;
  if (time instanceof Datetime) return converted(new Datetime(time.epochMs, { offsetMinutes: 0 }));
  return refused("ParamError", notInTime(given, "datetime"));
}

function notInTime(given: Value, type: "date" | "datetime"): string {
  return typeof given === "string"
    ? `Invalid the ISO format string for ${type}: ${shortReprOf(given)}`
    : `Value that want to convert to ${type} does not support for type: ${pythonType(given)}`;
}

/** How many options a message names. */
const MAX_SHOWN_OPTIONS = 20;

function convertChoice(param: ChoiceParam, given: Value): ConvertedParam {
  if (param.options.some((option) => option === given)) return converted(given);
  const allowed = param.options.slice(0, MAX_SHOWN_OPTIONS).map(shortReprOf).join(", ");
  const more = param.options.length > MAX_SHOWN_OPTIONS ? ", …" : "";
  return refused(
    "ParamError",
    `${shortReprOf(given)} does not match any value in choice options: ${allowed}${more}`,
  );
}

function convertCollection(param: CollectionParam, given: Value): ConvertedParam {
  const [isWanted, noun] = param.type === "map"
    ? [isMapping, "dict"] as const
    : [isList, "list"] as const;
  const value = typeof given === "string" ? readCollection(given, param.type) : given;
  if (value === undefined || !isWanted(value)) {
    const message = `Value of map param support only string-${noun} or ${noun} type, not ${
      pythonType(given)
    }`;
    return refused("ParamError", message);
  }
  const count = isList(value) ? value.length : [...namesOf(value)].length;
  const problem = rangeProblem(count, param.range, "count of entries");
  return problem === undefined ? converted(value) : refused("ParamError", problem);
}

function readCollection(text: string, type: "map" | "array"): Value | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return type === "map" ? {} : [];
  if (trimmed.length > MAX_PARAM_TEXT_CHARS) return undefined;
  return jsonIn(trimmed) ?? pythonLiteralIn(trimmed);
}

function jsonIn(text: string): Value | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined; // Perhaps a Python literal.
    throw error;
  }
}

// The expression language spells values as Python does, so its parser reads
// them; a tree that holds more than values is no literal.
function pythonLiteralIn(text: string): Value | undefined {
  try {
    return literalOf(parseExpression(text).root);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined; // Then it is neither.
    throw error;
  }
}

function literalOf(node: Node): Value | undefined {
  switch (node.kind) {
    case "literal":
      return node.value;
    case "unary": {
      const operand = literalOf(node.operand);
      if (typeof operand !== "number" || node.operator === "not") return undefined;
      return node.operator === "-" ? -operand : operand;
    }
    case "list": {
      const items = node.items.map(literalOf);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case "mapping":
      return mappingOf(node.entries);
    default:
      return undefined;
  }
}

function mappingOf(
  entries: readonly { readonly name: string; readonly value: Node }[],
): ValueObject | undefined {
  const result: Record<string, Value> = {};
  for (const { name, value } of entries) {
    const literal = literalOf(value);
    if (literal === undefined || isForbiddenKey(name)) return undefined;
    result[name] = literal;
  }
  return result;
}

function withinRange(number: number, range: Range): ConvertedParam {
  const problem = rangeProblem(number, range, "value");
  return problem === undefined ? converted(number) : refused("ParamError", problem);
}

function rangeProblem(amount: number, range: Range, what: string): string | undefined {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = range;
  if (amount < min) return `The ${what} ${amount} is less than the minimum ${min}`;
  if (amount > max) return `The ${what} ${amount} is more than the maximum ${max}`;
  if (amount <= above) return `The ${what} ${amount} is not more than ${above}`;
  if (amount >= below) return `The ${what} ${amount} is not less than ${below}`;
  return undefined;
}

/** What Python calls the type of a value, as the reference's messages do. */
function pythonType(value: Value): string {
  if (value === null) return "<class 'NoneType'>";
  if (value instanceof Datetime) return `<class 'datetime.${value.kind}'>`;
  if (isList(value)) return "<class 'list'>";
  switch (typeof value) {
    case "boolean":
      return "<class 'bool'>";
    case "number":
      return Number.isInteger(value) ? "<class 'int'>" : "<class 'float'>";
    case "string":
      return "<class 'str'>";
    default:
      return "<class 'dict'>";
  }
}

function converted(value: Value): ConvertedParam {
  return { ok: true, value };
}

function refused(name: ParamErrorName, message: string): ConvertedParam {
  return { ok: false, name, message };
}
