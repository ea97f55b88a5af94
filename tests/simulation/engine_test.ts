import { deepEqual, ok } from "node:assert/strict";
import { test } from "../harness.ts";
import { type Simulated, simulateEngines } from "./simulate_engines.ts";

const SEEDS = Number(globalThis.process?.env.SEEDS ?? 60);

// SEED=17 repeats one seed alone.
const wanted = Number(globalThis.process?.env.SEED ?? NaN);
const seeds = Number.isNaN(wanted) ? Array.from({ length: SEEDS }, (_, i) => i) : [wanted];

test("two engines bring every run to its end, whoever dies and whatever the store does", async () => {
  const all: Simulated[] = [];
  for (const seed of seeds) all.push(await named(seed, () => simulateEngines(seed)));
  if (seeds.length === 1) return;
  for (const what of ["deaths", "faults", "resumed", "refused", "orphans"] as const) {
    ok(all.some((simulated) => simulated[what] > 0), `some seeds have ${what}`);
  }
});

test("engines of one seed do the same twice", async () => {
  for (const seed of seeds.slice(0, 10)) {
    await named(
      seed,
      async () => deepEqual(await simulateEngines(seed), await simulateEngines(seed)),
    );
  }
});

/** A failing seed names itself, so that it can be repeated alone. */
async function named<T>(seed: number, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    throw new Error(`SEED=${seed} ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
