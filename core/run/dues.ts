/**
 * When the parts of a run want to be looked at: limits and waits.
 *
 * @module
 */
import type { Address } from "./event.ts";
import { FewMap } from "./few_map.ts";

/** Below this many entries, stale ones included, the heap is not worth sorting out. */
const SORT_OUT_AFTER = 64;

/**
 * What is due when. Each entry is handed out once: what is still here after
 * that waits for something other than time, so it cannot wake the run again
 * and again. Kept as a heap, because a run of 10,000 jobs may have as many
 * limits, and every command asks for the soonest.
 */
export class Dues {
  /** Most runs have few limits, and to hash an address takes longer than to look at those. */
  readonly #times = new FewMap<Address, number>();
  #heap: Due[] = [];

  /** Sets when `address` is due, instead of what was set before. */
  set(address: Address, dueAt: number): void {
    this.#times.set(address, dueAt);
    this.#push({ address, dueAt });
    // Entries that were deleted or set anew stay in the heap until they come
    // up; limits of an hour on stages of a second would fill it.
    if (this.#heap.length > SORT_OUT_AFTER + 2 * this.#times.size) this.#sortOut();
  }

  /** When `address` is due; `undefined` when nothing is set. */
  get(address: Address): number | undefined {
    return this.#times.get(address);
  }

  /** Forgets when `address` is due. */
  delete(address: Address): void {
    this.#times.delete(address);
  }

  /** Forgets everything. */
  clear(): void {
    this.#times.clear();
    this.#heap = [];
  }

  /** What is set, in no order. */
  entries(): Iterable<readonly [Address, number]> {
    return this.#times.entries();
  }

  /** When the next entry is due that has not been handed out; `Infinity` when there is none. */
  soonest(): number {
    return this.#top()?.dueAt ?? Infinity;
  }

  /** Hands out the next entry that is due by `at`: sooner ones first, then what lies around the others. */
  take(at: number): Address | undefined {
    const top = this.#top();
    if (top === undefined || top.dueAt > at) return undefined;
    this.#pop();
    return top.address;
  }

  #top(): Due | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#times.get(top.address) === top.dueAt) return top;
      this.#pop();
    }
    return undefined;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let hole = heap.push(due) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !comesBefore(due, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      const isOther = one !== undefined && other !== undefined && comesBefore(other, one);
      const next = isOther ? other : one;
      if (next === undefined || !comesBefore(next, last)) break;
      heap[hole] = next;
      hole = isOther ? left + 1 : left;
    }
    heap[hole] = last;
  }

  #sortOut(): void {
    const kept = this.#heap.filter(({ address, dueAt }) => this.#times.get(address) === dueAt);
    // A sorted list is a heap.
    this.#heap = kept.sort((one, other) => comesBefore(one, other) ? -1 : 1);
  }
}

interface Due {
  readonly address: Address;
  readonly dueAt: number;
}

/** By address too, so that the order does not depend on how the heap came about. */
function comesBefore(one: Due, other: Due): boolean {
  return one.dueAt < other.dueAt || one.dueAt === other.dueAt && one.address < other.address;
}
