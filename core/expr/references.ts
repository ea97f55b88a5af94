/** Which paths a text reads. @module */
import type { Expression } from "./expression.ts";
/** A path that an expression reads. */
export interface Reference {
  /** What it begins with: `params`, `needs`, … */
  readonly root: string;
  /** The constant names behind it, up to the first computed one. */
  readonly segments: readonly string[];
  /** Whether a `?` says that the path may be missing. */
  readonly optional: boolean;
  /** Whether `segments` is the whole path; false when a computed index follows. */
  readonly complete: boolean;
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
}
/** The paths that an expression reads. */
export function referencesOf(_expression: Expression): readonly Reference[] { return []; }
/** The paths that the holes of a template read; holes that do not parse are left out. Offsets into `text`. */
export function references(_text: string): readonly Reference[] { return []; }
/** The paths that a condition reads; none when it does not parse. */
export function conditionReferences(_text: string): readonly Reference[] { return []; }
