/**
 * The functions that every expression may call. All are pure: the time is the
 * event's, the status is the run's.
 *
 * @module
 */
import { floatOf, intOf, lengthOf } from "./conversion.ts";
import { Datetime } from "./datetime.ts";
import { parseDuration } from "./duration.ts";
import { orderOf, sameValue } from "./equality.ts";
import type {
  ExpressionFunction,
  FunctionParam,
  FunctionTable,
  ValueType,
} from "./evaluation_context.ts";
import { ExpressionError } from "./expression_error.ts";
import { hostOf } from "./host.ts";
import { parseJson, toJson } from "./json.ts";
import { MAX_LIST_ITEMS, tooManyItems } from "./operators.ts";
import { boundedText, shortReprOf, textOf } from "./text.ts";
import { isTruthy } from "./truth.ts";
import { typeName } from "./type_name.ts";
import type { Value } from "./value.ts";
import { entryOf, isList, isMapping } from "./view.ts";

/** The functions by name. A plugin's are put beside them: `new Map([...mine, ...BUILTIN_FUNCTIONS])`. */
export const BUILTIN_FUNCTIONS: FunctionTable = tableOf([
  {
    name: "success",
    params: [],
    returns: ["bool"],
    summary: "Whether nothing before this has failed or was cancelled",
    call: (_, context) => context.status === "success",
  },
  {
    name: "always",
    params: [],
    returns: ["bool"],
    summary: "True, whatever happened before",
    call: () => true,
  },
  {
    name: "failure",
    params: [],
    returns: ["bool"],
    summary: "Whether something before this has failed",
    call: (_, context) => context.status === "failure",
  },
  {
    name: "cancelled",
    params: [],
    returns: ["bool"],
    summary: "Whether somebody asked for the end",
    call: (_, context) => context.status === "cancelled",
  },
  {
    name: "fromJson",
    params: [param("value", "any")],
    returns: ["any"],
    summary: "The value that a JSON text stands for; what is no text stays as it is",
    call: ([value = null]) => typeof value === "string" ? parseJson(value) : value,
  },
  {
    name: "toJson",
    params: [param("value", "any")],
    returns: ["string"],
    summary: "A value as JSON text",
    call: ([value = null]) => boundedText([JSON.stringify(toJson(value))]),
  },
  {
    name: "contains",
    params: [param("all", "string", "array", "object"), param("item", "any")],
    returns: ["bool"],
    summary: "Whether a list has an item, a text another text, or a mapping a name",
    call: ([all = null, item = null]) => contains(all, item),
  },
  {
    name: "startsWith",
    params: [param("text", "string"), param("start", "string")],
    returns: ["bool"],
    summary: "Whether a text begins with another",
    call: ([text = null, start = null]) => textOf(text).startsWith(textOf(start)),
  },
  {
    name: "endsWith",
    params: [param("text", "string"), param("end", "string")],
    returns: ["bool"],
    summary: "Whether a text ends with another",
    call: ([text = null, end = null]) => textOf(text).endsWith(textOf(end)),
  },
  {
    name: "format",
    params: [param("pattern", "string"), { name: "values", types: ["any"], rest: true }],
    returns: ["string"],
    summary: "A text with {0}, {1}, … replaced by the values; {{ and }} are braces",
    call: ([pattern = "", ...values]) => formatted(textOf(pattern), values),
  },
  {
    name: "join",
    params: [param("list", "array"), optional("separator", ",", "string")],
    returns: ["string"],
    summary: "The items of a list as one text",
    call: ([list = [], separator = ""]) => joined(list, textOf(separator)),
  },
  {
    name: "length",
    params: [param("value", "string", "array", "object")],
    returns: ["number"],
    summary: "How many characters, items or names there are",
    call: ([value = null]) => lengthOf(value) ?? 0,
  },
  {
    name: "len",
    params: [param("value", "string", "array", "object")],
    returns: ["number"],
    summary: "The same as length",
    call: ([value = null]) => lengthOf(value) ?? 0,
  },
  {
    name: "min",
    params: [{ name: "values", types: ["any"], rest: true }],
    returns: ["any"],
    summary: "The least of the values, or of the items of a list",
    call: (values) => extreme("min", values),
  },
  {
    name: "max",
    params: [{ name: "values", types: ["any"], rest: true }],
    returns: ["any"],
    summary: "The greatest of the values, or of the items of a list",
    call: (values) => extreme("max", values),
  },
  {
    name: "range",
    params: [
      param("start", "number"),
      optional("stop", null, "number"),
      optional("step", 1, "number"),
    ],
    returns: ["array"],
    summary: "The numbers from start (0 when only one is given) up to, but not, stop",
    call: ([start = null, stop = null, step = null]) =>
      stop === null ? rangeOf(0, start, step) : rangeOf(start, stop, step),
  },
  {
    name: "now",
    params: [],
    returns: ["datetime"],
    summary: "The time of the event that led to this evaluation, in UTC",
    call: (_, context) => new Datetime(context.nowMs, { offsetMinutes: 0 }),
  },
  {
    name: "seconds",
    params: [param("duration", "string", "number")],
    returns: ["number"],
    summary: 'How many seconds a length of time such as "1h30m" or "PT90M" has',
    call: ([duration = null]) => secondsOf(duration),
  },
  {
    name: "host",
    params: [param("url", "string")],
    returns: ["string"],
    summary: "The host (and port, if any) that a URL names",
    call: ([url = null]) => hostOf(textOf(url)) ?? unreadable("URL", url),
  },
  {
    name: "str",
    params: [param("value", "any")],
    returns: ["string"],
    summary: "A value as text",
    call: ([value = null]) => textOf(value),
  },
  {
    name: "int",
    params: [param("value", "any")],
    returns: ["number"],
    summary: "A value as a whole number",
    call: ([value = null]) => intOf(value) ?? unreadable("whole number", value),
  },
  {
    name: "float",
    params: [param("value", "any")],
    returns: ["number"],
    summary: "A value as a number",
    call: ([value = null]) => floatOf(value) ?? unreadable("number", value),
  },
  {
    name: "bool",
    params: [param("value", "any")],
    returns: ["bool"],
    summary: "Whether a value counts as true",
    call: ([value = null]) => isTruthy(value),
  },
]);

function tableOf(functions: readonly ExpressionFunction[]): FunctionTable {
  return new Map(functions.map((each) => [each.name, each]));
}

function param(name: string, ...types: readonly ValueType[]): FunctionParam {
  return { name, types };
}

function optional(name: string, fallback: Value, ...types: readonly ValueType[]): FunctionParam {
  return { name, types, fallback };
}

function unreadable(what: string, value: Value): never {
  const message = `Cannot read ${shortReprOf(value)} as a ${what}`;
  throw new ExpressionError(message, { name: "ValueError" });
}

function secondsOf(value: Value): number {
  const isWritten = typeof value === "number" || typeof value === "string";
  const ms = isWritten ? parseDuration(value) : undefined;
  return ms === undefined ? unreadable("length of time", value) : ms / 1_000;
}

function contains(all: Value, item: Value): boolean {
  if (isList(all)) return hasItem(all, item);
  if (isMapping(all)) return typeof item === "string" && entryOf(all, item) !== undefined;
  return textOf(all).includes(textOf(item));
}

function hasItem(list: readonly Value[], item: Value): boolean {
  for (const each of list) if (sameValue(each, item)) return true;
  return false;
}

const PLACEHOLDER = /\{\{|\}\}|\{(\d{1,4})\}/g;

function formatted(pattern: string, values: readonly Value[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { 0: found, 1: number, index } of pattern.matchAll(PLACEHOLDER)) {
    pieces.push(pattern.slice(from, index));
    pieces.push(number === undefined ? found.charAt(0) : textOf(valueAt(Number(number), values)));
    from = index + found.length;
  }
  pieces.push(pattern.slice(from));
  return boundedText(pieces);
}

function valueAt(position: number, values: readonly Value[]): Value {
  const value = values[position];
  if (value !== undefined) return value;
  const message = `Cannot fill in "{${position}}": format() was given ${values.length} values`;
  throw new ExpressionError(message, { name: "ValueError" });
}

function joined(list: Value, separator: string): string {
  return isList(list) ? boundedText(list.map(textOf), separator) : "";
}

function extreme(which: "min" | "max", values: readonly Value[]): Value {
  const [only = null] = values;
  const all = values.length === 1 && isList(only) ? only : values;
  const [first, ...others] = all;
  if (first === undefined) {
    throw new ExpressionError(`Cannot find the ${which} of nothing`, { name: "ValueError" });
  }
  const sign = which === "min" ? -1 : 1;
  return others.reduce((best: Value, each) => orderOf(each, best) * sign > 0 ? each : best, first);
}

function rangeOf(start: Value, stop: Value, step: Value): readonly Value[] {
  const [from, to, by] = [wholeNumber(start), wholeNumber(stop), wholeNumber(step)];
  if (by === 0) throw new ExpressionError("Cannot count in steps of zero", { name: "ValueError" });
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (count > MAX_LIST_ITEMS) throw tooManyItems();
  return Array.from({ length: count }, (_, i) => from + i * by);
}

function wholeNumber(value: Value): number {
  if (Number.isSafeInteger(value)) return Number(value);
  throw new ExpressionError(`Cannot count with ${shortReprOf(value)} of type ${typeName(value)}`, {
    name: "TypeError",
  });
}
