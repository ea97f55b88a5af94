/**
 * Telling one statement from several: SQLite carries out the first and says
 * nothing of the others.
 *
 * @module
 */

/** Quoted texts and names, comments, and the ends of statements. */
const TOKEN = /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?(?:\*\/|$)|;|[^\s;]/g;

/** The body of a trigger has statements within. */
const TRIGGER = /^\s*CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;

/**
 * Whether a text has one statement, perhaps with a `;` and comments behind it.
 *
 * @example
 * ```ts
 * import { isSingleStatement } from "./single_statement.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(isSingleStatement("SELECT ';' -- that is all;"), true);
 * equal(isSingleStatement("SELECT 1; DROP TABLE rows"), false);
 * ```
 */
export function isSingleStatement(sql: string): boolean {
  if (TRIGGER.test(sql)) return true;
  let [begun, ended] = [false, false];
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    if (token === ";") ended ||= begun;
    else if (ended) return false;
    else begun = true;
  }
  return begun;
}
