/**
 * Functions and filters in words, for those who write expressions.
 *
 * @module
 */
import type {
  ExpressionFilter,
  ExpressionFunction,
  FunctionParam,
} from "../expr/evaluation_context.ts";

/** How a function is called: `fromJson(value: any): any`. */
export function functionSignature({ name, params, returns }: ExpressionFunction): string {
  return `${name}(${params.map(paramText).join(", ")}): ${returns.join(" or ")}`;
}

/** How a filter is used: `string | split(sep: string = " "): array`. */
export function filterSignature({ name, input, params, returns }: ExpressionFilter): string {
  const given = params.length === 0 ? "" : `(${params.map(paramText).join(", ")})`;
  return `${input.join(" or ")} | ${name}${given}: ${returns.join(" or ")}`;
}

function paramText({ name, types, fallback, rest }: FunctionParam): string {
  const optional = fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`;
  return `${rest === true ? "…" : ""}${name}: ${types.join(" or ")}${optional}`;
}
