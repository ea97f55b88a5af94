/**
 * The latest items of something that only grows.
 *
 * @module
 */

/** The most items that are kept. */
export const MAX_RING_ITEMS = 2_000;

/** The most that is kept, in UTF-16 code units. */
export const MAX_RING_LENGTH: number = 1024 * 1024;

/** The latest items, by their number from 0. */
export class Ring {
  #items: string[] = [];
  #length = 0;
  #base = 0;

  /** The number of the oldest item that is still here. */
  get base(): number {
    return this.#base;
  }

  /** The number that the next item will have. */
  get end(): number {
    return this.#base + this.#items.length;
  }

  /** Adds an item; old ones go when there is no room. */
  push(item: string): void {
    this.#items.push(item);
    this.#length += item.length;
    // A good part at a time: to take one off the front moves all others.
    if (this.#items.length > 2 * MAX_RING_ITEMS || this.#length > 2 * MAX_RING_LENGTH) this.#trim();
  }

  /** Items from this number on, up to about `maxLength`, but at least one if there is any. */
  from(at: number, maxLength: number): readonly string[] {
    const found: string[] = [];
    let length = 0;
    for (let index = at - this.#base; index < this.#items.length && length < maxLength; index++) {
      const item = this.#items[index] ?? "";
      found.push(item);
      length += item.length;
    }
    return found;
  }

  #trim(): void {
    let drop = 0;
    let length = this.#length;
    while (this.#items.length - drop > MAX_RING_ITEMS || length > MAX_RING_LENGTH) {
      length -= this.#items[drop]?.length ?? 0;
      drop++;
    }
    this.#items = this.#items.slice(drop);
    this.#base += drop;
    this.#length = length;
  }
}
