/**
 * The stages of a run, by address and in the order in which they began.
 *
 * @module
 */
import type { PlannedStage } from "../plan/plan.ts";
import { splitStageAddress, stageKey, standsIn } from "./address.ts";
import type { Address } from "./event.ts";

/** What is indexed. */
export interface IndexedStage {
  /** Its name within the run. */
  readonly address: Address;
}

/** Where stages stand. */
export interface IndexedBranch<Stage> {
  /** Its name within the run. */
  readonly address: Address;
  /** Its stages as planned. */
  readonly stages: readonly PlannedStage[];
  /** What has become of them, by the same index. */
  readonly states: readonly (Stage | undefined)[];
  /** The index of the stage that is under way, or next. */
  readonly next: number;
}

/** In a shorter list a stage is found sooner than a map of it is made. */
const LONG_LIST = 16;

/**
 * Finds stages through their branches. A map of its own would hold the address
 * of every stage once more, and most events speak of the stage of the one
 * before, or of the next one in its branch, for which nothing need be searched.
 */
export class StageIndex<Stage extends IndexedStage, Branch extends IndexedBranch<Stage>>
  implements Iterable<readonly [Address, Stage]> {
  readonly #branches: ReadonlyMap<Address, Branch>;
  readonly #inOrder: Stage[] = [];
  #latest: Stage | undefined;
  #latestBranch: Branch | undefined;

  /**
   * Makes one that is empty.
   *
   * @param branches The branches of the run, by address.
   */
  constructor(branches: ReadonlyMap<Address, Branch>) {
    this.#branches = branches;
  }

  /** How many have begun. */
  get size(): number {
    return this.#inOrder.length;
  }

  /** The stage at an address; `undefined` where none has begun. */
  get(address: Address): Stage | undefined {
    if (this.#latest?.address === address) return this.#latest;
    const branch = this.branchAround(address);
    const stage = branch && stageIn(branch, stageKey(address));
    // What is escaped in an address could be mistaken for another name.
    return stage?.address === address ? this.#latest = stage : undefined;
  }

  /** The branch that the stage at an address stands in, whether or not it has begun. */
  branchAround(address: Address): Branch | undefined {
    const latest = this.#latestBranch;
    if (latest !== undefined && standsIn(address, latest.address)) return latest;
    const branch = this.#branches.get(splitStageAddress(address).branch);
    if (branch !== undefined) this.#latestBranch = branch;
    return branch;
  }

  /** Adds a stage that has begun and stands in its branch. */
  add(stage: Stage): void {
    this.#inOrder.push(stage);
    this.#latest = stage;
  }

  /** The addresses of all. */
  *keys(): Iterable<Address> {
    for (const { address } of this.#inOrder) yield address;
  }

  /** All. */
  values(): IterableIterator<Stage> {
    return this.#inOrder.values();
  }

  /** All, each with its address. */
  *[Symbol.iterator](): Iterator<readonly [Address, Stage]> {
    for (const stage of this.#inOrder) yield [stage.address, stage];
  }
}

function stageIn<Stage>(
  { stages, states, next }: IndexedBranch<Stage>,
  key: string,
): Stage | undefined {
  return states[stages[next]?.key === key ? next : positionOf(key, stages)];
}

/** Lists are part of the plan, and so the same for all legs and attempts. */
const POSITIONS = new WeakMap<readonly PlannedStage[], ReadonlyMap<string, number>>();

function positionOf(key: string, stages: readonly PlannedStage[]): number {
  if (stages.length < LONG_LIST) return stages.findIndex((stage) => stage.key === key);
  const known = POSITIONS.get(stages) ?? new Map(stages.map((stage, at) => [stage.key, at]));
  POSITIONS.set(stages, known);
  return known.get(key) ?? -1;
}
