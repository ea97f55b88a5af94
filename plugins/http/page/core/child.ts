/**
 * What elements are made from. Types alone: nobody serves this file.
 *
 * @module
 */

/** What may stand in an element; a function is asked again when what it read has changed. */
export type Child =
  | Node
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Child[]
  | (() => Child);

/** An attribute, which may follow from signals, or a listener (`onclick`). */
export type Prop = string | number | boolean | null | undefined | ((event: never) => unknown);
