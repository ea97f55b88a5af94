/**
 * The expression language.
 *
 * @module
 */
export * from "./ast.ts";
export * from "./condition.ts";
export * from "./datetime.ts";
export * from "./equality.ts";
export * from "./evaluation_context.ts";
export * from "./expression.ts";
export * from "./expression_error.ts";
export * from "./filters.ts";
export * from "./functions.ts";
export * from "./id.ts";
export * from "./json.ts";
export * from "./references.ts";
export * from "./sha256.ts";
export * from "./template.ts";
export * from "./text.ts";
export * from "./type_name.ts";
export * from "./value.ts";
export * from "./view.ts";
