/**
 * A stage has the id of one that it could otherwise read.
 *
 * @module
 */
import type { Stage, Workflow } from "../../model/workflow.ts";
import type { Rule } from "../rule.ts";
import { type BranchSite, type PlacedStage, placedStages } from "../site.ts";

/** Reports nested stages with the id of an earlier stage outside: from there on, the id means the inner one. */
export const idShadowed: Rule = {
  code: "id-shadowed",
  summary: "A nested stage has the id of an earlier stage outside",
  check(workflow, { report }) {
    const twins = new Twins();
    for (const { stage, branch } of allStages(workflow)) {
      const outer = stage.id === undefined ? undefined : twins.outer(stage.id, branch);
      if (outer === undefined) continue;
      report({
        severity: "warning",
        message:
          `Stage "${stage.id}" hides an earlier stage of this id outside, which cannot be read any more`,
        path: [...stage.path, "id"],
        related: [{ message: "the earlier one", path: outer.path }],
      });
    }
  },
};

function* allStages({ jobs }: Workflow): Generator<PlacedStage> {
  for (const job of jobs.values()) yield* placedStages(job);
}

/** Finds the earlier stage outside that has an id; each list is looked through once. */
class Twins {
  readonly #places = new Map<readonly Stage[], ReadonlyMap<string, number>>();

  outer(id: string, { around }: BranchSite): Stage | undefined {
    if (around === undefined) return undefined;
    const { stages, before } = around.branch;
    const at = this.#placesIn(stages).get(id) ?? before;
    return at < before ? stages[at] : this.outer(id, around.branch);
  }

  #placesIn(stages: readonly Stage[]): ReadonlyMap<string, number> {
    const known = this.#places.get(stages);
    if (known !== undefined) return known;
    const places = new Map<string, number>();
    for (const [at, { id }] of stages.entries()) {
      if (id !== undefined && !places.has(id)) places.set(id, at);
    }
    this.#places.set(stages, places);
    return places;
  }
}
