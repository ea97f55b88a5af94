import { deepEqual, equal } from "node:assert/strict";
import { encodeEvent } from "../../core/run/codec.ts";
import { test } from "../harness.ts";
import { simulateRun } from "./simulate_run.ts";

const SEEDS = 1_000;
const CALM = { crash: 0, cancel: 0, stale: 0 };
const STORMY = { crash: 0.05, cancel: 0.01, stale: 0.1 };

// SEED=17 repeats one seed alone.
const wanted = Number(globalThis.process?.env.SEED ?? NaN);
const seeds = Number.isNaN(wanted) ? Array.from({ length: SEEDS }, (_, i) => i) : [wanted];

test("a run survives crashes, cancels and late reports, whatever the seed", () => {
  for (const seed of seeds) named(seed, () => simulateRun(seed, { faults: STORMY }));
});

test("a run of one seed is the same run twice", () => {
  for (const seed of seeds.slice(0, 200)) {
    named(seed, () => {
      const [once, again] = [
        simulateRun(seed, { faults: STORMY }),
        simulateRun(seed, { faults: STORMY }),
      ];
      deepEqual(once.journal.map(encodeEvent), again.journal.map(encodeEvent));
    });
  }
});

test("a run comes to the same outcomes after crashes as without", () => {
  const faults = { crash: 0.1, cancel: 0, stale: 0.2 };
  let compared = 0;
  for (const seed of seeds) {
    named(seed, () => {
      const calm = simulateRun(seed, { faults: CALM });
      const stormy = simulateRun(seed, { faults, order: seed });
      if (stormy.crashes === 0 || timeMatters(calm.plan) || timeMatters(stormy.plan)) return;
      compared++;
      equal(stormy.state.phase, calm.state.phase);
    });
  }
  equal(compared > 0 || seeds.length === 1, true, "some seeds crash");
});

function timeMatters({ timeoutMs }: { timeoutMs?: number }): boolean {
  return timeoutMs !== undefined;
}

/** A failing seed names itself, so that it can be repeated alone. */
function named(seed: number, body: () => void): void {
  try {
    body();
  } catch (cause) {
    throw new Error(`SEED=${seed} ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
