/** P13: what it costs that a stage prints a lot. @module */
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bench, inTurns, median } from "./bench.ts";
import { builtCommand, command, inFolder } from "./process.ts";

const RUNS = 5;
const MEGABYTES = 100;
const FLOOD = `yes 'The quick brown fox jumps over the lazy dog, again and again' | head -c ${
  MEGABYTES * 1_000_000
}`;

/** Milliseconds between two looks at how much memory a process has used at most. */
const LOOK_MS = 20;

/** A hundred megabytes through `sluice run` into its log against the same into a file. */
export const output: Bench = {
  id: "P13",
  title: `one stage prints ${MEGABYTES} MB`,
  budget: 2,
  measure: () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "flood.yml"), workflowOf(FLOOD));
      await writeFile(join(folder, "quiet.yml"), workflowOf("true"));
      const commandOf = await builtCommand(folder);
      const peakOf = (file: string) => peakMegabytes(commandOf(["run", file]), folder);
      await peakOf("quiet.yml"); // The runtime keeps what it compiles, for the next one.
      const [flooded, quiet] = [new Array<number>(), new Array<number>()];
      const { ours, floor } = await inTurns(RUNS, {
        ours: async () => void flooded.push(await peakOf("flood.yml")),
        floor: () => command(["bash", "-c", `${FLOOD} > file`], folder),
      });
      for (let run = 0; run < RUNS; run++) {
        quiet.push(await peakOf("quiet.yml"));
      }
      const [peak, idle] = [median(flooded), median(quiet)];
      const memory = `peak ${peak.toFixed(0)} MB, ${(peak - idle).toFixed(0)} MB above a quiet run`;
      return {
        ours: { what: "sluice", samplesMs: ours },
        floor: { what: "bash > file", samplesMs: floor },
        note: `the whole process, as it is built, log kept; ${memory}, budget 64 MB`,
      };
    }),
};

function workflowOf(script: string): string {
  return `flood:
  type: Workflow
  jobs:
    only:
      stages:
        - name: Print
          bash: |
            ${script}
`;
}

/** Runs a command; says how much memory it used at most. */
async function peakMegabytes(
  [program = "", ...args]: readonly string[],
  cwd: string,
): Promise<number> {
  const child = spawn(program, args, { cwd, stdio: "ignore" });
  let peak = 0;
  const looking = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0));
  }, LOOK_MS);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(looking);
  if (code !== 0) throw new Error(`"${program} ${args.join(" ")}" ended with ${code}`);
  return peak / 1_024;
}
