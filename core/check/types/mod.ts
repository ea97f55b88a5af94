/**
 * What expressions will give, as far as it can be told before anything runs.
 *
 * @module
 */
export * from "./accepts.ts";
export * from "./expression_type.ts";
export * from "./merge_types.ts";
export * from "./output_type.ts";
export * from "./schema_type.ts";
export * from "./type.ts";
export * from "./type_facts.ts";
export * from "./value_type.ts";
