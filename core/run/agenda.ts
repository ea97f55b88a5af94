/**
 * What a decision must look at next, first come first served.
 *
 * @module
 */
import { FewMap } from "./few_map.ts";

/** Below this many handled items the list is not worth cutting. */
const CUT_AFTER = 1024;

/**
 * A queue in which each part stands at most once. It takes nothing before it
 * is opened: a state that merely follows a journal decides nothing, and what a
 * decision left undone is looked for anew when a run is taken up.
 */
export class Agenda<Item> {
  #items: Item[] = [];
  #head = 0;
  #isOpen = false;
  readonly #queued = new FewMap<Item, true>();

  /** Begins to take parts. */
  open(): void {
    this.#isOpen = true;
  }

  /** Puts a part at the end, unless it is waiting already. */
  add(item: Item): void {
    if (!this.#isOpen || this.#queued.has(item)) return;
    this.#queued.set(item, true);
    this.#items.push(item);
  }

  /** Whether nothing waits. */
  isEmpty(): boolean {
    return this.#queued.size === 0;
  }

  /** Takes the part that has waited longest. */
  take(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#queued.delete(item);
    this.#head++;
    if (this.#head > CUT_AFTER && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
