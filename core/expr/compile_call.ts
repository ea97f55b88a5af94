/**
 * Calls and filters into functions.
 *
 * @module
 */
import { closestName } from "../source/closest_name.ts";
import { acceptsType, type Arguments, bindArguments } from "./arguments.ts";
import type { CallNode, FilterNode } from "./ast.ts";
import type { Compile, Evaluator } from "./evaluator.ts";
import type { EvaluationContext, ExpressionFilter } from "./evaluation_context.ts";
import { ExpressionError, placed } from "./expression_error.ts";
import { argumentNotConstant, filterMisfit, noSuchFilter } from "./reference_messages.ts";
import { shortReprOf } from "./text.ts";
import { pythonTypeName } from "./type_name.ts";
import type { Value } from "./value.ts";

/** Compiles the call of a function. */
export function compileCall(node: CallNode, compile: Compile): Evaluator {
  const args = node.args.map(compile);
  return (context) => {
    const called = context.functions.get(node.name);
    if (called === undefined) throw unknownFunction(node, context);
    const positional: Value[] = [];
    for (const arg of args) positional.push(arg(context));
    try {
      return called.call(bindArguments(called, { positional, named: NONE }), context);
    } catch (error) {
      throw placed(error, node);
    }
  };
}

/** Compiles a filter; its arguments are constants, so they are bound once (REFERENCE C-356). */
export function compileFilter(node: FilterNode, compile: Compile): Evaluator {
  const input = compile(node.input);
  const written = constantArguments(node);
  let boundTo: ExpressionFilter | undefined;
  let bound: readonly Value[] = [];
  return (context) => {
    const value = input(context);
    try {
      const filter = filterOf(node, context);
      if (boundTo !== filter) {
        bound = bindArguments(filter, argumentsOf(node, written));
        boundTo = filter;
      }
      return applied(filter, { value, bound, context });
    } catch (error) {
      throw placed(error, node);
    }
  };
}

const NONE: ReadonlyMap<string, Value> = new Map();

function unknownFunction(node: CallNode, context: EvaluationContext): ExpressionError {
  const closest = closestName(node.name, context.functions.keys());
  const hint = closest === undefined ? "" : `; did you mean "${closest}"?`;
  const message = `Cannot call "${node.name}": there is no such function${hint}`;
  return new ExpressionError(message, { start: node.start, end: node.start + node.name.length });
}

/** `undefined` when one of them is not a constant. */
function constantArguments({ args, named }: FilterNode): Arguments | undefined {
  const positional: Value[] = [];
  for (const arg of args) {
    if (arg.kind !== "literal") return undefined;
    positional.push(arg.value);
  }
  const byName = new Map<string, Value>();
  for (const { name, value } of named) {
    if (value.kind !== "literal") return undefined;
    byName.set(name, value.value);
  }
  return { positional, named: byName };
}

function argumentsOf({ text }: FilterNode, written: Arguments | undefined): Arguments {
  if (written !== undefined) return written;
  throw new ExpressionError(argumentNotConstant(text));
}

function filterOf({ name }: FilterNode, context: EvaluationContext): ExpressionFilter {
  const filter = context.filters.get(name);
  if (filter !== undefined) return filter;
  throw new ExpressionError(noSuchFilter(name));
}

interface Application {
  readonly value: Value;
  readonly bound: readonly Value[];
  readonly context: EvaluationContext;
}

function applied(filter: ExpressionFilter, { value, bound, context }: Application): Value {
  if (!acceptsType(filter.input, value)) throw misfit(filter, value);
  const result = filter.apply(value, bound, context);
  if (result === undefined) throw misfit(filter, value);
  return result;
}

function misfit({ name }: ExpressionFilter, value: Value): ExpressionError {
  const shown = `${shortReprOf(value)} (type: ${pythonTypeName(value)})`;
  return new ExpressionError(filterMisfit(name, shown));
}
