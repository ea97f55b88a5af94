/**
 * What elements are made from. Types alone: nobody serves this file.
 *
 * @module
 */

/** A node of the document; where there is none, as on the server, nothing is known of it. */
type DomNode = typeof globalThis extends { Node: { prototype: infer Found } } ? Found : object;

/** What may stand in an element; a function is asked again when what it read has changed. */
export type Child =
  | DomNode
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Child[]
  | (() => Child);

/** An attribute, which may follow from signals, or a listener (`onclick`). */
export type Prop = string | number | boolean | null | undefined | ((event: never) => unknown);
