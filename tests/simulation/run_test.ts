import { deepEqual, ok } from "node:assert/strict";
import type { Plan } from "../../core/plan/plan.ts";
import { encodeEvent } from "../../core/run/codec.ts";
import type { RunState } from "../../core/run/state.ts";
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

test("a run comes to the same end with crashes and late reports as without", () => {
  const faults = { crash: 0.1, cancel: 0, stale: 0.2 };
  const crashes = seeds.map((seed) =>
    named(seed, () => {
      const calm = simulateRun(seed, { faults: CALM });
      if (chanceDecides(calm.plan)) return 0;
      const stormy = simulateRun(seed, { faults, order: seed });
      deepEqual(outcomes(stormy.state), outcomes(calm.state));
      return stormy.crashes;
    })
  );
  ok(crashes.reduce((sum, n) => sum + n, 0) > 0 || seeds.length === 1, "some seeds crash");
});

/** Whether the order in which things happen may change the end: a time limit, fail-fast, or a stage that must not run twice. */
function chanceDecides(plan: Plan): boolean {
  return /"timeoutMs"|"failFast":true|"onLost"/.test(JSON.stringify(plan));
}

function outcomes({ outcome, jobs, stages }: RunState): unknown {
  return {
    run: outcome,
    jobs: [...jobs].map(([id, job]) => [id, job.outcome]).sort(),
    stages: [...stages].map(([address, stage]) => [address, stage.outcome, stage.failures]).sort(),
  };
}

/** A failing seed names itself, so that it can be repeated alone. */
function named<T>(seed: number, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw new Error(`SEED=${seed} ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
