/** P6: many runs at once, which share the flushes of the disk. @module */
import { join } from "node:path";
import { type Bench, inTurns } from "./bench.ts";
import { openWorkflowEach } from "./open_workflow.ts";
import { peerVersion, restateServer } from "./peers.ts";
import { inFolder } from "./process.ts";
import { openRestate, type Restate } from "./restate.ts";
import { opened, runMany, stagesText } from "./subjects.ts";

const RUNS = 5;
const AT_ONCE = 1_000;
const STAGES = 3;

/** A server takes so many requests at once that none waits for another; more only slow it down. */
const REQUESTS_AT_ONCE = 200;

/** A thousand runs of three empty stages at once against as many of a Restate server. */
export const manyAtOnce: Bench = {
  id: "P6",
  title: `${AT_ONCE} runs of ${STAGES} empty stages at once, durable: cost of each`,
  budget: 0.2,
  measure: () =>
    inFolder(async (folder) => {
      await using restate = await openRestate(join(folder, "restate"));
      const { sluice, workflow } = await opened(stagesText(STAGES), { folder });
      const { ours, floor } = await inTurns(RUNS, {
        ours: () => runMany(sluice, workflow, { count: AT_ONCE, atOnce: AT_ONCE }),
        floor: () => manyOf(restate),
      });
      const openWorkflow = await openWorkflowEach(folder, AT_ONCE);
      const each = (samples: readonly number[]) => samples.map((ms) => ms / AT_ONCE);
      return {
        ours: { what: "a run", samplesMs: each(ours) },
        floor: { what: "a run of Restate", samplesMs: each(floor) },
        note: `all flush to disk before they go on; ${
          peerVersion(restateServer())
        }; ${openWorkflow}`,
      };
    }),
};

async function manyOf(restate: Restate): Promise<void> {
  let left = AT_ONCE;
  const lane = async () => {
    while (left-- > 0) await restate.run();
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
}
