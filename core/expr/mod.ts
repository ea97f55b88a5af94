/**
 * The expression language: what stands between `${{` and `}}`, and the
 * conditions of `if` and `until`.
 *
 * @module
 */
export * from "./ast.ts";
export * from "./condition.ts";
export * from "./datetime.ts";
export * from "./env_text.ts";
export * from "./equality.ts";
export * from "./evaluation_context.ts";
export * from "./expression.ts";
export * from "./expression_error.ts";
export * from "./filters.ts";
export * from "./functions.ts";
export * from "./id.ts";
export * from "./json.ts";
export { MAX_LIST_ITEMS } from "./operators.ts";
export { MAX_EXPRESSION_CHARS, MAX_EXPRESSION_DEPTH } from "./parser.ts";
export * from "./references.ts";
export * from "./sha256.ts";
export * from "./template.ts";
export * from "./text.ts";
export * from "./truth.ts";
export * from "./type_name.ts";
export * from "./value.ts";
export * from "./view.ts";
