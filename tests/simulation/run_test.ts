import { deepEqual, ok } from "node:assert/strict";
import type { ValueObject } from "../../core/expr/value.ts";
import type { Plan } from "../../core/plan/plan.ts";
import { anyAttempt } from "../../core/run/address.ts";
import { encodeEvent } from "../../core/run/codec.ts";
import type { GivenStage, KeptJob } from "../../core/run/command.ts";
import { runContext } from "../../core/run/contexts.ts";
import type { RunState } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { type Simulated, simulateRun } from "./simulate_run.ts";

const SEEDS = Number(globalThis.process?.env.SEEDS ?? 1_000);
const CALM = { crash: 0, cancel: 0, stale: 0, jump: 0 };
const STORMY = { crash: 0.05, cancel: 0.02, stale: 0.1, jump: 0.05 };

/** Seeds that found a bug, or would find it again, and what it was. They run, however few the others are. */
const FOUND: ReadonlyMap<number, string> = new Map([
  [2, "a need that is left out of the run was waited for"],
  [3, "events ran back with the clock"],
  [4, "what clean-up did once its job was past its limit had no limit itself"],
  [9, "rounds without branches followed one another for ever"],
  [10, "a declared output held a view, which a journal cannot"],
  [36, "a round followed one that was cancelled"],
  [37, "clean-up that opens branches went on after it was ended"],
  [139, "an end did not reach the branches of a stage's second attempt"],
  [180, "clean-up that was lost with its engine was cancelled"],
  [237, "a clean-up job was not tried again"],
  [331, "clean-up was ended by the first request"],
  [1401, "a job that was called off in the line kept the slot from the others"],
  [11535, "a clock that was set back cut a job's wait short"],
]);

// SEED=17 repeats one seed alone.
const wanted = Number(globalThis.process?.env.SEED ?? NaN);
const seeds = Number.isNaN(wanted)
  ? [...new Set([...FOUND.keys(), ...Array.from({ length: SEEDS }, (_, i) => i)])]
  : [wanted];

test("a run survives crashes, cancels, late reports and clocks that jump, whatever the seed", () => {
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
  const faults = { ...STORMY, crash: 0.1, cancel: 0 };
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

test("a run takes over what succeeded in an earlier one, and runs the rest", () => {
  for (const seed of seeds.slice(0, 300)) {
    named(seed, () => {
      const earlier = simulateRun(seed, { faults: STORMY });
      const kept = succeeded(earlier);
      const { state } = simulateRun(seed, { faults: STORMY, order: seed, kept });
      const { jobs } = runContext(state);
      for (const { job, entry } of kept) deepEqual(Object(jobs)[job], entry);
    });
  }
});

test("a run goes on from the stages that ended in an earlier one, and from those settled by hand", () => {
  let taken = 0;
  for (const seed of seeds.slice(0, 300)) {
    named(seed, () => {
      const given = ended(simulateRun(seed, { faults: STORMY }));
      const { journal } = simulateRun(seed, {
        ...{ faults: { ...STORMY, crash: 0.1 }, order: seed, given, override: 0.5 },
      });
      taken += journal.filter((event) =>
        event.type === "stage.settled" && event.reason?.kind === "overridden"
      ).length;
    });
  }
  ok(taken > 0 || seeds.length === 1, "somebody settles a stage by hand");
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

/** Every second stage that succeeded, as a rerun would hand it over. */
function ended({ state }: Simulated): GivenStage[] {
  return [...state.stages.values()].filter((stage, index) =>
    stage.outcome === "succeeded" && index % 2 === 0
  ).map((stage) => ({
    stage: anyAttempt(stage.address),
    outcome: "succeeded",
    outputs: { kept: stage.address },
    reason: { kind: "kept" },
  }));
}

function succeeded({ state }: Simulated): KeptJob[] {
  const entries: Readonly<Record<string, ValueObject>> = Object(runContext(state).jobs);
  return Object.entries(entries).flatMap(([job, entry]) =>
    entry.status === "SUCCESS" ? [{ job, outcome: "succeeded", entry } as const] : []
  );
}

/** A failing seed names itself, so that it can be repeated alone. */
function named<T>(seed: number, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw new Error(`SEED=${seed} ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
