/**
 * Comments that ask for silence about something: `# sluice: ignore CODE` on
 * the line or on the one before it, and `# sluice: ignore-file CODE` anywhere.
 * Several codes have commas between them.
 *
 * @module
 */
import type { Diagnostic } from "../source/diagnostic.ts";

/** What the comments of a text ask for. */
export interface Ignored {
  /** Whether they ask for silence about this. */
  has(diagnostic: Pick<Diagnostic, "code" | "place">): boolean;
}

/**
 * Reads the comments of a text. A text without any costs one search.
 *
 * @example
 * ```ts
 * import { ignoredIn } from "./ignored.ts";
 * import { equal } from "node:assert/strict";
 *
 * const span = { start: { line: 2, column: 1 }, end: { line: 2, column: 5 } };
 * const found = { code: "need-duplicate", place: { file: "etl.yml", span } };
 * equal(ignoredIn("# sluice: ignore need-duplicate\nneeds: [a, a]").has(found), true);
 * ```
 */
export function ignoredIn(text: string): Ignored {
  if (!text.includes(MARK)) return NOTHING;
  const inFile = new Set<string>();
  const byLine = new Map<number, ReadonlySet<string>>();
  for (const [at, line] of text.split("\n").entries()) {
    const { whole, codes } = COMMENT.exec(line)?.groups ?? {};
    const named = codes?.match(CODE) ?? [];
    if (whole === undefined) byLine.set(at + 1, new Set(named));
    else named.forEach((code) => inFile.add(code));
  }
  return {
    has: ({ code, place: { span: { start: { line } } } }) =>
      inFile.has(code) || [line - 1, line].some((at) => byLine.get(at)?.has(code)),
  };
}

const MARK = "sluice: ignore";
const COMMENT =
  /(?:^|\s)#\s*sluice: ignore(?<whole>-file)?\s+(?<codes>[a-z][a-z-]*(?:\s*,\s*[a-z][a-z-]*)*)/;
const CODE = /[a-z][a-z-]*/g;
const NOTHING: Ignored = { has: () => false };
