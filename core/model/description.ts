/**
 * What things are for, in their author's words.
 *
 * @module
 */

/**
 * The description that was written under either of its two names, without
 * blank lines around it and without the indentation that all lines share.
 *
 * @example
 * ```ts
 * import { descriptionOf } from "./description.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(descriptionOf({ desc: "\n  Loads it.\n    Twice.\n" }), "Loads it.\n  Twice.");
 * equal(descriptionOf({ desc: null }), "");
 * ```
 */
export function descriptionOf(
  written: {
    readonly desc?: string | null | undefined;
    readonly description?: string | null | undefined;
  },
): string {
  const lines = (written.desc ?? written.description ?? "").split(/\r?\n/);
  let shared = Infinity;
  for (const line of lines) {
    if (line.trim() !== "") shared = Math.min(shared, line.search(/\S/));
  }
  return lines.map((line) => line.slice(shared).trimEnd()).join("\n").replace(/^\n+|\n+$/g, "");
}
