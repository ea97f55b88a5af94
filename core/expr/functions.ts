/** Built-in functions. @module */
import type { FunctionTable } from "./evaluation_context.ts";
/** The functions that every expression may call. */
export const BUILTIN_FUNCTIONS: FunctionTable = new Map();
