/**
 * A memory that does not grow without end.
 *
 * @module
 */

/** Keeps the values that were made last; the oldest make room. */
export class BoundedCache<V> {
  readonly #limit: number;
  readonly #values = new Map<string, V>();

  /** @param limit How many values are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value for a key, made if it is not there. What cannot be made is not kept. */
  getOrMake(key: string, make: (key: string) => V): V {
    const kept = this.#values.get(key);
    if (kept !== undefined) return kept;
    const made = make(key);
    const [oldest] = this.#values.keys();
    if (this.#values.size >= this.#limit && oldest !== undefined) this.#values.delete(oldest);
    this.#values.set(key, made);
    return made;
  }
}
