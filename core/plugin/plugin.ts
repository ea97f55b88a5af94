/**
 * What a plugin is: a function that returns a plain object.
 *
 * @module
 */
import type { ExpressionFilter, ExpressionFunction } from "../expr/evaluation_context.ts";
import type { StageKind } from "./stage_kind.ts";

/** A set of things that extend the engine. Made by a function, without work at import. */
export interface Plugin {
  /** For messages about it. */
  readonly name: string;
  /** Stage kinds; a name or set of keys that is taken already is refused. */
  readonly stages?: readonly StageKind[];
  /** Functions for expressions; a built-in of the same name wins. */
  readonly functions?: readonly ExpressionFunction[];
  /** Filters for expressions; a built-in of the same name wins (REFERENCE C-357). */
  readonly filters?: readonly ExpressionFilter[];
}

/** A stage kind that is loaded when a workflow first uses it. */
export interface StageEntry {
  /** The kind's name. */
  readonly name: string;
  /** The YAML keys that tell it. */
  readonly keys: readonly string[];
  /** Loads it; called at most once. */
  load(): Promise<StageKind>;
}
