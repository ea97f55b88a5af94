/**
 * The values that expressions work on: plain data, nothing with behaviour.
 *
 * @module
 */
import type { Datetime } from "./datetime.ts";

/** A value of the expression language. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Datetime
  | readonly Value[]
  | ValueObject
  | View;

/** A plain mapping of names to values. Only own properties are ever read. */
export interface ValueObject {
  /** What stands under a name. */
  readonly [name: string]: Value;
}

/** Marks a {@linkcode View}. */
export const VIEW: unique symbol = Symbol("sluice.view");

/**
 * A mapping whose entries are made when they are read, so that a context of a
 * hundred thousand legs costs nothing until an expression looks into it.
 */
export interface View {
  /** Tells a view from a plain mapping. */
  readonly [VIEW]: true;
  /** The value of `name`, or `undefined` when there is none. */
  get(name: string): Value | undefined;
  /** The names there are, in order. */
  names(): Iterable<string>;
}
