/**
 * Who is to be woken when: one heap for any number of schedules.
 *
 * @module
 */

/** A binary heap, the earliest on top; in two lists, since numbers in a list of their own take no object each. */
export class WakeQueue<T> {
  readonly #wakes: number[] = [];
  readonly #items: T[] = [];

  /** When the first one is to be woken; `undefined` when nobody waits. */
  get nextMs(): number | undefined {
    return this.#wakes[0];
  }

  /** Adds somebody. */
  add(item: T, wakeMs: number): void {
    let at = this.#items.length;
    // What is later than the new one moves down to make room for it.
    for (let above = parentOf(at); at > 0 && this.#wakeAt(above) > wakeMs; above = parentOf(at)) {
      this.#move(above, at);
      at = above;
    }
    this.#wakes[at] = wakeMs;
    this.#items[at] = item;
  }

  /** Takes out the first one if its time has come. */
  takeDue(nowMs: number): T | undefined {
    if (this.#wakeAt(0) > nowMs) return undefined;
    const first = this.#items[0];
    const [wakeMs, last] = [this.#wakes.pop(), this.#items.pop()];
    const isLeft = this.#items.length > 0;
    if (isLeft && wakeMs !== undefined && last !== undefined) this.#sink(last, wakeMs);
    return first;
  }

  /** Lets go of those who are not to be woken any more. */
  drop(isGone: (item: T) => boolean): void {
    const items = this.#items.splice(0);
    const wakes = this.#wakes.splice(0);
    for (const [at, item] of items.entries()) {
      if (!isGone(item)) this.add(item, wakes[at] ?? Infinity);
    }
  }

  /** Those who are to be woken up to a moment, in no order; they stay. */
  *until(wakeMs: number, from = 0): Generator<T> {
    const item = this.#items[from];
    // Nobody below is woken earlier.
    if (item === undefined || this.#wakeAt(from) > wakeMs) return;
    yield item;
    yield* this.until(wakeMs, 2 * from + 1);
    yield* this.until(wakeMs, 2 * from + 2);
  }

  /** Puts somebody in at the top and lets them sink to where they belong. */
  #sink(item: T, wakeMs: number): void {
    let at = 0;
    for (let below = this.#earlierChild(at); this.#wakeAt(below) < wakeMs;) {
      this.#move(below, at);
      at = below;
      below = this.#earlierChild(at);
    }
    this.#wakes[at] = wakeMs;
    this.#items[at] = item;
  }

  #move(from: number, to: number): void {
    const [wakeMs, item] = [this.#wakes[from], this.#items[from]];
    if (wakeMs === undefined || item === undefined) return;
    this.#wakes[to] = wakeMs;
    this.#items[to] = item;
  }

  #wakeAt(at: number): number {
    return this.#wakes[at] ?? Infinity;
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1;
    return this.#wakeAt(left + 1) < this.#wakeAt(left) ? left + 1 : left;
  }
}

function parentOf(at: number): number {
  return (at - 1) >> 1;
}
