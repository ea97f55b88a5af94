/**
 * A memory that does not grow without end.
 *
 * @module
 */

/** Keeps values by text, until the texts are too long together; then the oldest make room. */
export class BoundedCache<V> {
  readonly #limit: number;
  readonly #values = new Map<string, V>();
  #chars = 0;

  /** @param limit How many characters the texts may have, all together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value for a text, made if it is not there. What cannot be made is not kept. */
  getOrMake(text: string, make: (text: string) => V): V {
    const kept = this.#values.get(text);
    if (kept !== undefined) return kept;
    const made = make(text);
    this.#values.set(text, made);
    this.#chars += text.length;
    this.#makeRoom();
    return made;
  }

  /** A map gives its keys in the order in which they were put in. */
  #makeRoom(): void {
    for (const oldest of this.#values.keys()) {
      if (this.#chars <= this.#limit) return;
      this.#values.delete(oldest);
      this.#chars -= oldest.length;
    }
  }
}
