/**
 * What things are for, in their author's words.
 *
 * @module
 */

import { dedent } from "../expr/dedent.ts";

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
  const text = dedent(written.desc ?? written.description ?? "");
  return text.replace(/^\n+|\s+$/g, "");
}
