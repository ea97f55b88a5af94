/**
 * Code with values apart: what a script field becomes, so that no value is
 * ever read as code (DESIGN §6).
 *
 * @module
 */
import type { Value } from "./value.ts";

/** A script and the values that it refers to by variable. */
export interface EmbeddedCode {
  /** The script; each template has become a reference to a variable. */
  readonly text: string;
  /** Variable name to value, in the order of the templates. */
  readonly values: Readonly<Record<string, Value>>;
}
