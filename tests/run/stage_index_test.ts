import { deepEqual, equal } from "node:assert/strict";
import { branchAddress, stageAddress } from "../../core/run/address.ts";
import type { PlannedStage } from "../../core/plan/plan.ts";
import { type IndexedBranch, type IndexedStage, StageIndex } from "../../core/run/stage_index.ts";
import { test } from "../harness.ts";

interface Branch extends IndexedBranch<IndexedStage> {
  states: IndexedStage[];
  next: number;
}

function branchOf(key: string, keys: readonly string[]): Branch {
  const stages = keys.map((key): PlannedStage => ({
    ...{ key, name: key, kind: "empty", input: {}, onLost: "rerun" },
  }));
  return { address: branchAddress("a", key), stages, states: [], next: 0 };
}

/** Begins all stages of a branch, as a run does. */
function begun(branch: Branch, index: StageIndex<IndexedStage, Branch>): void {
  for (const [at, { key }] of branch.stages.entries()) {
    const stage = { address: stageAddress(branch.address, key) };
    equal(index.get(stage.address), undefined);
    branch.next = at;
    branch.states[at] = stage;
    index.add(stage);
    equal(index.get(stage.address), stage);
  }
}

const KEYS = ["s", "with/slash", "with[bracket]", "with~2", "50%", "%2F"];

for (const length of [KEYS.length, 100]) {
  test(`StageIndex finds each of ${length} stages of several branches, in any order`, () => {
    const keys = [...KEYS, ...Array.from({ length: length - KEYS.length }, (_, i) => `s${i}`)];
    const branches = ["n=1", "n=10", "", "x/y"].map((key) => branchOf(key, keys));
    const index = new StageIndex(new Map(branches.map((branch) => [branch.address, branch])));
    for (const branch of branches) begun(branch, index);
    const all = branches.flatMap(({ states }) => states);
    for (const stage of all.toReversed()) equal(index.get(stage.address), stage);
    deepEqual([...index.values()], all);
    deepEqual([...index.keys()], all.map(({ address }) => address));
    equal(index.size, all.length);
  });
}

test("StageIndex finds nothing under the addresses of jobs, branches, attempts and other spellings", () => {
  const branch = branchOf("", ["s", "a[b]"]);
  const index = new StageIndex(new Map([[branch.address, branch]]));
  begun(branch, index);
  for (const address of ["", "a", "a[]", "a[]/", "a[]/s~2", "a[]/a[b]", "a[]/t", "b[]/s", "/s"]) {
    equal(index.get(address), undefined, address);
  }
});
