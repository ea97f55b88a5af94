/** P10: what it costs to check a large file. @module */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bench, inTurns } from "./bench.ts";
import { command, inFolder, runtimeCommand, sluice } from "./process.ts";

const RUNS = 3;
const LINES = 10_000;
const EXPRESSIONS = 2_000;
const PARSE_YAML = new URL("./parse_yaml.ts", import.meta.url);

/** `sluice check` against a script that only parses the YAML; whole processes, as nobody checks a file twice. */
export const largeFile: Bench = {
  id: "P10",
  title: `sluice check of ${LINES} lines with ${EXPRESSIONS} expressions`,
  budget: 3,
  measure: () =>
    inFolder(async (folder) => {
      const file = join(folder, "large.yml");
      await writeFile(file, textOf());
      const { ours, floor } = await inTurns(RUNS, {
        ours: () => sluice(["check", "--no-shellcheck", "large.yml"], folder),
        floor: () => command(runtimeCommand(PARSE_YAML, [file]), folder),
      });
      return {
        ours: { what: "sluice check", samplesMs: ours },
        floor: { what: "yaml parsing alone", samplesMs: floor },
        note:
          "whole processes, in which nothing has been compiled yet; without shellcheck, which is a program of its own",
      };
    }),
};

const LINES_OF_A_JOB = 10;

/** A thousand jobs of ten lines with two expressions each. */
function textOf(): string {
  const jobs = Array.from({ length: LINES / LINES_OF_A_JOB }, (_, i) => {
    const need = i === 0 ? "[]" : `[job${i - 1}]`;
    return `    job${i}:
      needs: ${need}
      if: \${{ params.rows > ${i} }}
      stages:
        - name: Fetch ${i}
          id: fetch
          echo: "rows \${{ params.rows + ${i} }} of ${i}"
        - name: Store ${i}
          bash: |
            echo stored >> table-${i}.csv
`;
  });
  return `large:\n  type: Workflow\n  params:\n    rows: {type: int, default: 10}\n  jobs:\n${
    jobs.join("")
  }`;
}
