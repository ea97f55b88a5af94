import { deepEqual, equal, ok } from "node:assert/strict";
import { replayRun } from "../../core/engine/replay_run.ts";
import { test } from "../harness.ts";
import { simulatedLanguage } from "../simulation/random_plan.ts";
import { simulateRun } from "../simulation/simulate_run.ts";

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);
const CALM = { crash: 0, cancel: 0, stale: 0, jump: 0 };

test("replayRun() comes to the end that is recorded, by the same decisions", () => {
  let same = 0;
  for (const seed of SEEDS) {
    const { journal } = simulateRun(seed, { faults: CALM });
    const replay = replayRun(journal, { language: simulatedLanguage });
    deepEqual(replay.differences, [], `SEED=${seed}`);
    if (replay.same) same++;
  }
  // Where several things happened in the same millisecond, their order is not always known.
  ok(same >= SEEDS.length * 0.95, `${same} of ${SEEDS.length}`);
});

test("replayRun() leaves open what is not recorded", () => {
  const { journal, plan } = simulateRun(1, { faults: CALM });
  const [job] = plan.jobs;
  ok(job);
  const extra = { ...job, id: "extra", needs: [], condition: "${{ always() }}", stages: [] };
  const stage = { key: "new", name: "new", kind: "leaf", input: {} };
  const changed = { ...plan, jobs: [...plan.jobs, { ...extra, stages: [stage] }] };
  const { state, differences } = replayRun(journal, { language: simulatedLanguage, plan: changed });
  equal(state.phase, "running");
  ok([...state.live.keys()].every((address) => address.startsWith("extra[")));
  ok(differences.every(({ address }) => address === "" || address.startsWith("extra")));
});
