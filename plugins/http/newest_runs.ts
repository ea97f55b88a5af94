/**
 * The newest runs of many workflows, with few looks into the store.
 *
 * @module
 */
import type { Engine } from "../../core/engine/engine.ts";
import type { RunSummary } from "../../core/plugin/journal.ts";

/** So many of the newest runs are looked at for all workflows together. */
export const MAX_LISTED_TOGETHER = 1_000;

/** Milliseconds for which is believed what a workflow's runs were that are none of those. */
export const APART_MS = 60_000;

/** Finds the newest runs of workflows. */
export class NewestRuns {
  readonly #engine: Engine;
  /** Of workflows that have not run for long: a newer run would be among those of all. */
  readonly #apart = new Map<
    string,
    { readonly runs: readonly RunSummary[]; readonly atMs: number }
  >();

  /** @param engine Whose runs. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** At most `each` runs for each of the workflows, newest first. */
  async of(
    workflows: readonly string[],
    { each }: { readonly each: number },
  ): Promise<ReadonlyMap<string, readonly RunSummary[]>> {
    const store = await this.#engine.store();
    const all = await store.list({ limit: MAX_LISTED_TOGETHER });
    const byWorkflow = Map.groupBy(all, ({ workflow }) => workflow);
    const found = new Map<string, readonly RunSummary[]>();
    for (const workflow of workflows) {
      const together = byWorkflow.get(workflow) ?? [];
      const isEnough = together.length >= each || all.length < MAX_LISTED_TOGETHER;
      found.set(workflow, isEnough ? together.slice(0, each) : await this.#alone(workflow, each));
    }
    return found;
  }

  async #alone(workflow: string, each: number): Promise<readonly RunSummary[]> {
    const nowMs = this.#engine.now();
    const key = `${each}/${workflow}`;
    const known = this.#apart.get(key);
    if (known !== undefined && Math.abs(nowMs - known.atMs) < APART_MS) return known.runs;
    const runs = await (await this.#engine.store()).list({ workflow, limit: each });
    // One that has not ended may end without a newer one.
    const isOver = runs.every(({ settledAt }) => settledAt !== undefined);
    if (isOver) this.#apart.set(key, { runs, atMs: nowMs });
    else this.#apart.delete(key);
    return runs;
  }
}
