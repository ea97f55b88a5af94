/**
 * What an expression may look at while it is evaluated.
 *
 * @module
 */
import type { Value } from "./value.ts";

/** A type in the expression language; `any` in a signature takes them all. */
export type ValueType =
  | "null"
  | "bool"
  | "number"
  | "string"
  | "datetime"
  | "date"
  | "array"
  | "object"
  | "any";

/** A parameter of a function or filter. */
export interface FunctionParam {
  /** What it is called; keyword arguments of filters use it. */
  readonly name: string;
  /** The types it takes. */
  readonly types: readonly ValueType[];
  /** What stands in when it is left out; a parameter without it is required. */
  readonly fallback?: Value;
  /** Takes all remaining arguments; only the last parameter may. */
  readonly rest?: boolean;
}

/** A function of the expression language: pure, and total but for {@linkcode ExpressionError}. */
export interface ExpressionFunction {
  /** How it is called. */
  readonly name: string;
  /** What it takes, in order. */
  readonly params: readonly FunctionParam[];
  /** What it returns. */
  readonly returns: readonly ValueType[];
  /** One sentence on what it is for. */
  readonly summary: string;
  /** Computes it. Arguments are already checked against `params`, with fallbacks filled in. */
  call(args: readonly Value[], context: EvaluationContext): Value;
}

/** A filter: a function of what stands before the bar. */
export interface ExpressionFilter {
  /** How it is called. */
  readonly name: string;
  /** The types it takes before the bar. */
  readonly input: readonly ValueType[];
  /** Its arguments in parentheses, in order; constants only. */
  readonly params: readonly FunctionParam[];
  /** What it returns. */
  readonly returns: readonly ValueType[];
  /** One sentence on what it is for. */
  readonly summary: string;
  /**
   * Computes it; `undefined` says that the value does not fit. The value and
   * the arguments are already checked against `input` and `params`, with
   * fallbacks filled in.
   */
  apply(input: Value, args: readonly Value[], context: EvaluationContext): Value | undefined;
}

/** Functions by name. */
export type FunctionTable = ReadonlyMap<string, ExpressionFunction>;

/** Filters by name. */
export type FilterTable = ReadonlyMap<string, ExpressionFilter>;

/** What an expression may look at while it is evaluated: nothing else. */
export interface EvaluationContext {
  /** The value that a path begins with (`params`, `matrix`, …), or `undefined` when there is none. */
  lookup(name: string): Value | undefined;
  /** What can be called. */
  readonly functions: FunctionTable;
  /** What can stand behind a bar. */
  readonly filters: FilterTable;
  /** What `now()` says, in epoch milliseconds: the event's time. */
  readonly nowMs: number;
  /** What `success()`, `failure()` and `cancelled()` look at. */
  readonly status: "success" | "failure" | "cancelled";
}
