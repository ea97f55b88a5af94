/**
 * Schemas are made when they are first needed: to make one takes longer than to
 * read a value by it, and most are never needed.
 *
 * @module
 */

/** Gives what `make` makes, made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}
