/**
 * The stages of which an attempt is under way.
 *
 * @module
 */
import type { Address } from "./event.ts";
import { FewMap } from "./few_map.ts";
import type { IndexedStage } from "./stage_index.ts";

/**
 * A set of stages, in the order in which they came, that answers to addresses
 * too. Not a map by address: much of what replaying a journal takes is hashing
 * addresses, each of which is a new text in each event.
 */
export class LiveStages<Stage extends IndexedStage> {
  readonly #known: { get(address: Address): Stage | undefined };
  readonly #stages = new FewMap<Stage, true>();

  /**
   * Makes one that is empty.
   *
   * @param known All stages of the run.
   */
  constructor(known: { get(address: Address): Stage | undefined }) {
    this.#known = known;
  }

  /** How many there are. */
  get size(): number {
    return this.#stages.size;
  }

  /** The stage at an address, if an attempt of it is under way. */
  get(address: Address): Stage | undefined {
    const stage = this.#known.get(address);
    return stage !== undefined && this.#stages.has(stage) ? stage : undefined;
  }

  /** Whether an attempt of the stage at an address is under way. */
  has(address: Address): boolean {
    return this.get(address) !== undefined;
  }

  /** Adds a stage; one that is there keeps its place. */
  add(stage: Stage): void {
    this.#stages.set(stage, true);
  }

  /** Takes a stage out. */
  delete(stage: Stage): void {
    this.#stages.delete(stage);
  }

  /** Their addresses. */
  *keys(): Iterable<Address> {
    for (const { address } of this.#stages.keys()) yield address;
  }

  /** All of them. */
  values(): Iterable<Stage> {
    return this.#stages.keys();
  }
}
