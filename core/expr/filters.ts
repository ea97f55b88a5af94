/** Built-in filters. @module */
import type { FilterTable } from "./evaluation_context.ts";
/** The filters that every expression may use. */
export const BUILTIN_FILTERS: FilterTable = new Map();
