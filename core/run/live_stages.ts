/**
 * The stages of which an attempt is under way.
 *
 * @module
 */
import type { Address } from "./event.ts";
import { FewMap } from "./few_map.ts";
import type { StageIndex } from "./stage_index.ts";
import type { StageState } from "./state.ts";

/**
 * A set of stages, in the order in which they came, that answers to addresses
 * too. Not a map by address: much of what replaying a journal takes is hashing
 * addresses, each of which is a new text in each event.
 */
export class LiveStages {
  readonly #known: StageIndex;
  readonly #stages = new FewMap<StageState, true>();

  /**
   * Makes one that is empty.
   *
   * @param known All stages of the run.
   */
  constructor(known: StageIndex) {
    this.#known = known;
  }

  /** How many there are. */
  get size(): number {
    return this.#stages.size;
  }

  /** The stage at an address, if an attempt of it is under way. */
  get(address: Address): StageState | undefined {
    const stage = this.#known.get(address);
    return stage !== undefined && this.#stages.has(stage) ? stage : undefined;
  }

  /** Whether an attempt of the stage at an address is under way. */
  has(address: Address): boolean {
    return this.get(address) !== undefined;
  }

  /** Adds a stage; one that is there keeps its place. */
  add(stage: StageState): void {
    this.#stages.set(stage, true);
  }

  /** Takes a stage out. */
  delete(stage: StageState): void {
    this.#stages.delete(stage);
  }

  /** Their addresses. */
  *keys(): Iterable<Address> {
    for (const { address } of this.#stages.keys()) yield address;
  }

  /** All of them. */
  values(): Iterable<StageState> {
    return this.#stages.keys();
  }
}
