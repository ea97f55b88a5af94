/** P4 and P5: what the engine itself costs per stage. @module */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type OpenOptions, openSluice } from "../preset.ts";
import { type Bench, inTurns, timed } from "./bench.ts";
import { inFolder } from "./process.ts";

const RUNS = 5;
const IN_MEMORY_STAGES = 10_000;
const DURABLE_STAGES = 500;
const BUDGET_MS_PER_STAGE = 0.02;
const RECORD_BYTES = 250;

/** Ten thousand empty stages in memory; the floor is the budget itself, 20 µs a stage. */
export const emptyInMemory: Bench = {
  id: "P4",
  title: `engine cost of an empty stage in memory, ${IN_MEMORY_STAGES} of them`,
  budget: 1,
  measure: () =>
    inFolder(async (folder) => {
      const run = await runner(folder, { memory: true }, IN_MEMORY_STAGES);
      await run();
      const samplesMs: number[] = [];
      for (let i = 0; i < RUNS; i++) samplesMs.push(await timed(run) / IN_MEMORY_STAGES);
      return {
        ours: { what: "an empty stage", samplesMs },
        floor: { what: "20 µs", samplesMs: [BUDGET_MS_PER_STAGE] },
        note: "nothing on disk",
      };
    }),
};

/** Empty stages one after another, each on disk before the next begins. */
export const emptyDurable: Bench = {
  id: "P5",
  title: `engine cost of an empty stage, durable, ${DURABLE_STAGES} one after another`,
  budget: 1.5,
  measure: () =>
    inFolder(async (folder) => {
      const run = await runner(folder, {}, DURABLE_STAGES);
      const taken = await inTurns(RUNS, {
        ours: run,
        floor: () => appendAndSync(folder, DURABLE_STAGES),
      });
      const each = (samples: readonly number[]) => samples.map((ms) => ms / DURABLE_STAGES);
      return {
        ours: { what: "an empty stage", samplesMs: each(taken.ours) },
        floor: { what: "append + fdatasync of the same bytes", samplesMs: each(taken.floor) },
        note: "one fsync a stage",
      };
    }),
};

async function runner(
  folder: string,
  options: OpenOptions,
  stages: number,
): Promise<() => Promise<void>> {
  const sluice = await openSluice({
    ...options,
    state: join(folder, "state"),
    conf: folder,
    audit: false,
  });
  const { workflows: [model] } = await sluice.loadText(workflowOf(stages), "empty.yml");
  if (model === undefined) {
    throw new Error("Internal error: the workflow of the benchmark does not load");
  }
  return async () => {
    const run = await sluice.engine.start(model);
    const { status } = await run.result;
    if (status !== "SUCCESS") throw new Error(`The run ended with ${status}`);
  };
}

function workflowOf(stages: number): string {
  const lines = Array.from({ length: stages }, (_, i) => `        - {name: s${i}}`);
  return `empty:\n  type: Workflow\n  jobs:\n    only:\n      stages:\n${lines.join("\n")}\n`;
}

async function appendAndSync(folder: string, times: number): Promise<void> {
  const file = await open(join(folder, "floor"), "a");
  const record = new Uint8Array(RECORD_BYTES);
  for (let i = 0; i < times; i++) {
    await file.write(record);
    await file.datasync();
  }
  await file.close();
}
