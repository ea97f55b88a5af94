/** P18: what it costs to list the newest runs of many. @module */
import { join } from "node:path";
import { openHost, thisWriter } from "../platform/mod.ts";
import { sqliteJournal } from "../plugins/sqlite_journal.ts";
import { type Bench, inTurns } from "./bench.ts";
import { inFolder, sluice } from "./process.ts";

const RUNS = 10;
const FEW = 100;
const MANY = 100_000;
const AT_ONCE = 1_000;

/** `sluice runs` beside many runs against the same beside few. */
export const storedRuns: Bench = {
  id: "P18",
  title: `sluice runs with ${MANY} runs stored`,
  budget: 1.5,
  measure: () =>
    inFolder(async (folder) => {
      const [few, many] = [join(folder, "few"), join(folder, "many")];
      await store(few, FEW);
      await store(many, MANY);
      const { ours, floor } = await inTurns(RUNS, {
        ours: () => sluice(["runs", "--state", many], folder),
        floor: () => sluice(["runs", "--state", few], folder),
      });
      return {
        ours: { what: `beside ${MANY} runs`, samplesMs: ours },
        floor: { what: `beside ${FEW}`, samplesMs: floor },
        note: "whole processes, the newest 50",
      };
    }),
};

async function store(folder: string, count: number): Promise<void> {
  const journals = sqliteJournal({ folder, host: openHost() });
  const writer = thisWriter();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const startedAt = Date.UTC(2026, 0, 1) + next++ * 1_000;
      const summary = {
        ...{ runId: `run-${startedAt}`, workflow: "etl", trigger: "schedule", startedAt },
        ...{ status: "SUCCESS", settledAt: startedAt + 500 },
      };
      const journal = await journals.create(summary, writer);
      await journal.close();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await journals.close();
}
