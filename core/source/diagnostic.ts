/**
 * What a user wrote wrong, as data: all of it at once, each with its place.
 *
 * @module
 */
import type { Place } from "./span.ts";

/** How bad it is: an error stops the run before it begins. */
export type Severity = "error" | "warning" | "info";

/** A further place that helps to explain, e.g. "first defined here". */
export interface Related {
  /** What is there. */
  readonly message: string;
  /** Where. */
  readonly place: Place;
}

/** What to write instead of something. */
export interface Fix {
  /** What to write. */
  readonly text: string;
  /** Instead of what stands here. */
  readonly place: Place;
}

/** Something wrong with what the user wrote, and where they wrote it. */
export interface Diagnostic {
  /** Stable and documented in `docs/diagnostics.md`: `"need-unknown"`. */
  readonly code: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** What is wrong and what is so now: sentence case, no final period. */
  readonly message: string;
  /** Where it was written. */
  readonly place: Place;
  /** Other places that help to explain. */
  readonly related?: readonly Related[];
  /** What else is good to know, each in a sentence without its capital. */
  readonly notes?: readonly string[];
  /** What was probably meant, where that is plain: a misspelt name with the right one. */
  readonly fix?: Fix;
}

/** A value, or every reason there is none. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };
