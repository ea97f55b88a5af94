/**
 * A map that most of the time holds a few entries, each for a short while.
 *
 * @module
 */

/** Among so many an entry is found by looking at each. */
const FEW = 32;

/**
 * As a `Map`, for entries that come and go. A `Map` makes a new table each time
 * its own is full of what was taken out, and V8 keeps the old ones, each for
 * the sake of the one before, until it collects everything: a kilobyte for each
 * leg of a large matrix. So a real one is made only where there are many.
 */
export class FewMap<Key, Value> {
  #few: (readonly [key: Key, value: Value])[] = [];
  #many: Map<Key, Value> | undefined;

  /** How many entries there are. */
  get size(): number {
    return this.#many?.size ?? this.#few.length;
  }

  /** The value of a key. */
  get(key: Key): Value | undefined {
    return this.#many === undefined ? this.#few[this.#indexOf(key)]?.[1] : this.#many.get(key);
  }

  /** Whether there is such a key. */
  has(key: Key): boolean {
    return this.#many?.has(key) ?? this.#indexOf(key) >= 0;
  }

  /** Adds an entry at the end; one that is there keeps its place. */
  set(key: Key, value: Value): void {
    if (this.#many !== undefined) return void this.#many.set(key, value);
    const index = this.#indexOf(key);
    this.#few[index < 0 ? this.#few.length : index] = [key, value];
    if (this.#few.length <= FEW) return;
    this.#many = new Map(this.#few);
    this.#few = [];
  }

  /** Takes an entry out. */
  delete(key: Key): void {
    if (this.#many === undefined) {
      const index = this.#indexOf(key);
      if (index >= 0) this.#takeOut(index);
      return;
    }
    this.#many.delete(key);
    if (this.#many.size === 0) this.#many = undefined;
  }

  /** The keys, in the order in which they came. */
  *keys(): Iterable<Key> {
    for (const [key] of this.entries()) yield key;
  }

  /** The values, in the order in which their keys came. */
  *values(): Iterable<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  /** All entries, in the order in which their keys came. What changes meanwhile may be missed. */
  entries(): Iterable<readonly [Key, Value]> {
    return this.#many ?? [...this.#few];
  }

  /** Takes all entries out. */
  clear(): void {
    this.#few = [];
    this.#many = undefined;
  }

  #indexOf(wanted: Key): number {
    for (let index = 0; index < this.#few.length; index++) {
      if (this.#few[index]?.[0] === wanted) return index;
    }
    return -1;
  }

  /** What came last goes first most of the time, and needs no list of what was taken out. */
  #takeOut(index: number): void {
    if (index === this.#few.length - 1) this.#few.pop();
    else this.#few.splice(index, 1);
  }
}
