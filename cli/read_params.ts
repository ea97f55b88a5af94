/**
 * Parameters from the command line: `-p name=value`, `-p name:=json`, and
 * `--params` with JSON or a file.
 *
 * @module
 */
import { ExpressionError } from "../core/expr/expression_error.ts";
import { parseJson } from "../core/expr/json.ts";
import type { Value, ValueObject } from "../core/expr/value.ts";
import { isMapping, isView } from "../core/expr/view.ts";
import { HostError } from "../core/plugin/ports.ts";
import { isForbiddenKey } from "../core/source/forbidden_key.ts";
import type { Invocation } from "./invocation.ts";
import { UsageError } from "./usage_error.ts";

/** Reads a text file. */
export type ReadText = (path: string) => Promise<string>;

/**
 * The parameters of an invocation; those given by name go before those of
 * `--params`.
 *
 * @throws {UsageError} for what is no parameter.
 */
export async function readParams(
  invocation: Invocation,
  readText: ReadText,
): Promise<ValueObject> {
  const all = new Map<string, Value>();
  for (const given of invocation.values("params")) {
    for (const [name, value] of Object.entries(await readMapping(given, readText))) {
      all.set(name, value);
    }
  }
  for (const given of invocation.values("param")) {
    const { name, value } = readParam(given);
    if (isForbiddenKey(name)) throw new UsageError(`No parameter can be named "${name}"`);
    all.set(name, value);
  }
  return Object.fromEntries(all);
}

/** `name=value` is text, `name:=json` is what the JSON says. */
export function readParam(given: string): { readonly name: string; readonly value: Value } {
  const equals = given.indexOf("=");
  const isJson = given[equals - 1] === ":";
  const name = given.slice(0, isJson ? equals - 1 : equals);
  if (equals < 0 || name === "") {
    throw new UsageError(`Cannot read the parameter "${given}": write it as name=value`);
  }
  const text = given.slice(equals + 1);
  if (!isJson) return { name, value: text };
  return { name, value: readJson(text, `the parameter "${name}"`) };
}

async function readMapping(given: string, readText: ReadText): Promise<ValueObject> {
  const value = given.trimStart().startsWith("{")
    ? readJson(given, "--params")
    : await readFile(given, readText);
  if (isMapping(value) && !isView(value)) return value;
  throw new UsageError(`Cannot use --params: it takes a mapping of names to values`);
}

async function readFile(path: string, readText: ReadText): Promise<Value> {
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof HostError) throw new UsageError(error.message, { cause: error });
    throw error;
  });
  return /\.ya?ml$/i.test(path) ? await readYaml(text, path) : readJson(text, `"${path}"`);
}

async function readYaml(text: string, path: string): Promise<Value> {
  const { parseDocument } = await import("../core/source/document.ts");
  const { isValue } = await import("../core/model/written.ts");
  const { value, errors: [first] } = parseDocument(text, path);
  if (first !== undefined) {
    const { line, column } = first.place.span.start;
    throw new UsageError(`${path}:${line}:${column} ${first.message}`);
  }
  if (value !== undefined && isValue(value)) return value;
  throw new UsageError(`Cannot use --params "${path}": it takes a mapping of names to values`);
}

function readJson(text: string, what: string): Value {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const reason = error.cause instanceof SyntaxError ? `: ${error.cause.message}` : "";
    throw new UsageError(`Cannot read ${what}: ${error.message}${reason}`, { cause: error });
  }
}
