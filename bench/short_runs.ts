/** P17: whether memory stays flat. @module */
import type { Bench, Measured } from "./bench.ts";
import { collectingCommand, printedBy } from "./process.ts";

const SHORT_RUNS = new URL("./soak_runs.ts", import.meta.url);

/** A hundred thousand short runs in one process; its memory then against that after ten thousand. */
export const shortRuns: Bench = {
  id: "P17",
  title: "soak: memory after 100,000 short runs in one process",
  budget: 1.1,
  async measure(): Promise<Measured> {
    return JSON.parse(await printedBy(collectingCommand(SHORT_RUNS, [])));
  },
};
