/**
 * Diagnostics as workflow commands of GitHub Actions, which shows them beside
 * the lines of a change:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 *
 * @module
 */
import type { Diagnostic, Severity } from "../core/source/diagnostic.ts";
import type { Span } from "../core/source/span.ts";

/**
 * A diagnostic as one line that GitHub Actions reads off standard output.
 *
 * @example
 * ```ts
 * import { workflowCommand } from "./workflow_commands.ts";
 * import { equal } from "node:assert/strict";
 *
 * const span = { start: { line: 4, column: 9 }, end: { line: 4, column: 15 } };
 * const line = workflowCommand({
 *   code: "need-unknown",
 *   severity: "error",
 *   message: "100% wrong",
 *   place: { file: "etl.yml", span },
 * });
 * equal(line, "::error file=etl.yml,line=4,endLine=4,col=9,endColumn=14,title=need-unknown::100%25 wrong");
 * ```
 */
export function workflowCommand(
  { severity, code, message, notes = [], place: { file, span } }: Diagnostic,
): string {
  const properties = [["file", file], ...linesOf(span), ["title", code]]
    .map(([name, value = ""]) => `${name}=${escapedProperty(value)}`);
  return `::${COMMANDS[severity]} ${properties.join(",")}::${
    escapedData([message, ...notes].join("\n"))
  }`;
}

const COMMANDS: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
};

/** Columns are taken for a single line only, and the last one is named, not the one behind it. */
function linesOf({ start, end }: Span): readonly (readonly [name: string, value: string])[] {
  const lines = [["line", `${start.line}`], ["endLine", `${end.line}`]] as const;
  if (start.line !== end.line) return lines;
  const last = Math.max(start.column, end.column - 1);
  return [...lines, ["col", `${start.column}`], ["endColumn", `${last}`]];
}

// Whatever else a text holds, it must not end the line or begin another command.
const CODES: Readonly<Record<string, string>> = {
  "%": "%25",
  "\r": "%0D",
  "\n": "%0A",
  ":": "%3A",
  ",": "%2C",
};

function escapedData(text: string): string {
  return text.replace(/[%\r\n]/g, (char) => CODES[char] ?? char);
}

function escapedProperty(text: string): string {
  return text.replace(/[%\r\n:,]/g, (char) => CODES[char] ?? char);
}
