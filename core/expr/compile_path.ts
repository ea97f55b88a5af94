/**
 * Paths into functions.
 *
 * @module
 */
import type { AccessNode, PathNode, Step } from "./ast.ts";
import type { Compile, Evaluator } from "./evaluator.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import { ExpressionError } from "./expression_error.ts";
import { noSuchPath } from "./reference_messages.ts";
import { reprOf, textOf } from "./text.ts";
import type { Value } from "./value.ts";
import { entryOf, isList, isMapping, memberOf } from "./view.ts";

/** Compiles a path that begins with a name of the context. */
export function compilePath(node: PathNode, compile: Compile): Evaluator {
  const { root, optional } = node;
  const walk = compileSteps(node, compile);
  return (context) => {
    const value = context.lookup(root);
    if (value !== undefined) return walk(value, context);
    if (optional) return null;
    throw missing(node);
  };
}

/** Compiles steps into a value that is computed. */
export function compileAccess(node: AccessNode, compile: Compile): Evaluator {
  const object = compile(node.object);
  const walk = compileSteps(node, compile);
  return (context) => walk(object(context), context);
}

type Walk = (start: Value, context: EvaluationContext) => Value;

/** A `?` forgives that a name is missing, not that there is no mapping to look for it in (REFERENCE C-347). */
function compileSteps(node: PathNode | AccessNode, compile: Compile): Walk {
  const names = plainNames(node.steps);
  if (names !== undefined) return walkNames(node, names);
  const steps = node.steps.map((step) => compileStep(step, compile));
  return (start, context) => {
    let value = start;
    for (const step of steps) {
      const found = step.find(value, context);
      if (found === undefined) {
        if (step.optional && step.fits(value)) return null;
        throw missing(node);
      }
      value = found;
    }
    return value;
  };
}

/** The names of a path in which nothing is computed and nothing may be missing: almost every path. */
function plainNames(steps: readonly Step[]): readonly string[] | undefined {
  const names = steps.flatMap((step) => step.kind === "name" && !step.optional ? [step.name] : []);
  return names.length === steps.length ? names : undefined;
}

function walkNames(node: PathNode | AccessNode, names: readonly string[]): Walk {
  return (start) => {
    let value = start;
    for (const name of names) {
      const found = memberOf(value, name);
      if (found === undefined) throw missing(node);
      value = found;
    }
    return value;
  };
}

interface CompiledStep {
  /** Whether a `?` follows. */
  readonly optional: boolean;
  /** Whether the value is of a kind that could have something there. */
  readonly fits: (value: Value) => boolean;
  /** What the value has there; `undefined` when it has nothing. */
  readonly find: (value: Value, context: EvaluationContext) => Value | undefined;
}

function compileStep(step: Step, compile: Compile): CompiledStep {
  const { optional } = step;
  if (step.kind === "name") {
    const { name } = step;
    return {
      optional,
      fits: isMapping,
      find: (value) => memberOf(value, name),
    };
  }
  const index = compile(step.index);
  return {
    optional,
    fits: (value) => isList(value) || isMapping(value),
    find: (value, context) => elementOf(value, index(context)),
  };
}

/** Lists count from 0, or from -1 backwards; mappings are asked for the key as text. */
function elementOf(value: Value, key: Value): Value | undefined {
  if (isList(value)) return Number.isInteger(key) ? value.at(Number(key)) : undefined;
  if (!isMapping(value) || (typeof key !== "string" && typeof key !== "number")) return undefined;
  return entryOf(value, textOf(key));
}

function missing({ text, start, end }: PathNode | AccessNode): ExpressionError {
  return new ExpressionError(noSuchPath(reprOf(text)), { start, end });
}
