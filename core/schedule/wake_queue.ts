/**
 * Who is to be woken when: one heap for any number of schedules.
 *
 * @module
 */

interface Sleeper<T> {
  readonly wakeMs: number;
  readonly item: T;
}

/** A binary heap, the earliest on top. */
export class WakeQueue<T> {
  readonly #heap: Sleeper<T>[] = [];

  /** When the first one is to be woken; `undefined` when nobody waits. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.wakeMs;
  }

  /** Adds somebody. */
  add(item: T, wakeMs: number): void {
    const sleeper = { wakeMs, item };
    let at = this.#heap.length;
    // What is later than the new one moves down to make room for it.
    for (let above = parentOf(at); at > 0; above = parentOf(at)) {
      const parent = this.#heap[above];
      if (parent === undefined || parent.wakeMs <= wakeMs) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = sleeper;
  }

  /** Takes out the first one if its time has come. */
  takeDue(nowMs: number): T | undefined {
    const [first] = this.#heap;
    if (first === undefined || first.wakeMs > nowMs) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first.item;
  }

  /** Puts a sleeper in at the top and lets it sink to where it belongs. */
  #sink(sleeper: Sleeper<T>): void {
    let at = 0;
    for (;;) {
      const below = this.#earlierChild(at);
      const child = this.#heap[below];
      if (child === undefined || child.wakeMs >= sleeper.wakeMs) break;
      this.#heap[at] = child;
      at = below;
    }
    this.#heap[at] = sleeper;
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1;
    const [one, other] = [this.#heap[left], this.#heap[left + 1]];
    return one !== undefined && other !== undefined && other.wakeMs < one.wakeMs ? left + 1 : left;
  }
}

function parentOf(at: number): number {
  return (at - 1) >> 1;
}
